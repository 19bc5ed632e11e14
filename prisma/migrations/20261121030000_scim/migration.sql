-- What a provider's provisioning comes in with. The token is shown once; here stands its hash.
CREATE TABLE scim_token (
  id           uuid PRIMARY KEY,
  provider_id  uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  token_hash   bytea NOT NULL UNIQUE,
  name         text NOT NULL,
  created_by   uuid,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  -- Also how one knows that the provider still speaks with us.
  last_used_at timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX scim_token_provider ON scim_token (provider_id);

-- A person as the provider's provisioning knows them: one identity of this provider, and the same one by which they sign in.
CREATE TABLE scim_user (
  identity_id uuid PRIMARY KEY REFERENCES identity (id) ON DELETE CASCADE,
  provider_id uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  user_name   text NOT NULL,
  external_id text,
  -- What was told, not whether the person may come in: an administrator may have ended that.
  active      boolean NOT NULL,
  attributes  jsonb NOT NULL DEFAULT '{}',
  version     integer NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  deleted_at  timestamptz
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (provider_id, lower(user_name)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX scim_user_external ON scim_user (provider_id, external_id) WHERE deleted_at IS NULL;
-- Pages are in the order of the ids, which is the order in which people came.
CREATE INDEX scim_user_page ON scim_user (provider_id, identity_id) WHERE deleted_at IS NULL;

CREATE TABLE scim_group (
  id           uuid PRIMARY KEY,
  provider_id  uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  external_id  text,
  display_name text NOT NULL,
  version      integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  UNIQUE (provider_id, external_id)
);
CREATE INDEX scim_group_page ON scim_group (provider_id, id);
CREATE INDEX scim_group_name ON scim_group (provider_id, lower(display_name));

CREATE TABLE scim_group_member (
  group_id    uuid NOT NULL REFERENCES scim_group (id) ON DELETE CASCADE,
  identity_id uuid NOT NULL REFERENCES identity (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, identity_id)
);
CREATE INDEX scim_group_member_identity ON scim_group_member (identity_id);
