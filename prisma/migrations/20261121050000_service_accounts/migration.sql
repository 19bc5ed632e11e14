-- A member that is no human: a person of the kind 'service', who has no identity and so cannot sign in.
CREATE TABLE service_account (
  person_id   uuid PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  description text NOT NULL DEFAULT '',
  owner_kind  text NOT NULL CHECK (owner_kind IN ('person', 'group')),
  owner_id    uuid NOT NULL,
  created_by  uuid
);
CREATE INDEX service_account_owner ON service_account (owner_kind, owner_id);
