-- A session of an administrator that shows menus and rights as somebody else has them. It goes with the session.
CREATE TABLE view_as (
  session_id   uuid PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  subject_kind text NOT NULL CHECK (subject_kind IN ('person', 'group')),
  subject_id   uuid NOT NULL,
  started_at   timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL
);
