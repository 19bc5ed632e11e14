-- Chat accounts that were unlinked by hand: no sign-in links them to the same person again by itself.
CREATE TABLE chat_unlinked (
  surface     text NOT NULL,
  tenant_id   text NOT NULL,
  external_id text NOT NULL,
  person_id   uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (surface, tenant_id, external_id, person_id)
);
