-- An administrator's way to what nobody gave them: for a reason, until an end, told to its owner.
CREATE TABLE break_glass (
  id            uuid PRIMARY KEY,
  person_id     uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  resource_kind text NOT NULL CHECK (resource_kind IN ('knowledge_base', 'model', 'group')),
  resource_id   uuid NOT NULL,
  -- What it gives meanwhile; in a group it is a plain membership.
  level         text NOT NULL CHECK (level IN ('use', 'contribute', 'manage')),
  reason        text NOT NULL,
  started_at    timestamptz NOT NULL,
  -- Brought forward when it is ended by hand.
  ends_at       timestamptz NOT NULL,
  ended_by      uuid,
  CHECK (resource_kind = 'knowledge_base' OR level = 'use')
);
CREATE INDEX break_glass_person ON break_glass (person_id, ends_at);
CREATE INDEX break_glass_resource ON break_glass (resource_kind, resource_id, started_at DESC);
CREATE INDEX break_glass_started ON break_glass (started_at DESC, id DESC);
