-- Where people may come from: an identity provider of the company.
CREATE TABLE identity_provider (
  id             uuid PRIMARY KEY,
  -- Part of its addresses, such as /auth/oidc/{key}/callback; never changed.
  key            text NOT NULL UNIQUE,
  kind           text NOT NULL CHECK (kind IN ('oidc', 'oauth2', 'saml', 'ldap', 'header')),
  name           text NOT NULL,
  enabled        boolean NOT NULL DEFAULT false,
  settings       jsonb NOT NULL DEFAULT '{}',
  -- AES-256-GCM over a JSON object; the row's id is the associated data.
  secrets_sealed bytea,
  -- How old what it said about a person may be before it has to be said again.
  max_age_hours  integer NOT NULL DEFAULT 12 CHECK (max_age_hours BETWEEN 1 AND 720),
  created_at     timestamptz NOT NULL DEFAULT now(),
  updated_at     timestamptz NOT NULL DEFAULT now()
);

-- A provider's identity has the issuer 'provider:<id>'; those without a provider are local.
ALTER TABLE identity
  ADD COLUMN provider_id    uuid REFERENCES identity_provider (id) ON DELETE CASCADE,
  -- When the provider last said what stands here.
  ADD COLUMN facts_at       timestamptz,
  ADD COLUMN disabled_at    timestamptz,
  -- External ids as the provider told them, mapped or not.
  ADD COLUMN groups         text[] NOT NULL DEFAULT '{}',
  ADD COLUMN roles          text[] NOT NULL DEFAULT '{}',
  -- The role that a mapping gave, and the one before it, to which it falls back.
  ADD COLUMN mapped_role    text CHECK (mapped_role IN ('user', 'admin')),
  ADD COLUMN former_role    text CHECK (former_role IN ('pending', 'user', 'admin')),
  ADD COLUMN refresh_sealed bytea,
  -- SAML's NameID of the last sign-in, as single logout names a person.
  ADD COLUMN name_id        text,
  ADD CONSTRAINT identity_of_provider CHECK (provider_id IS NULL OR issuer = 'provider:' || provider_id::text);
CREATE INDEX identity_provider_facts ON identity (provider_id, facts_at);

ALTER TABLE session
  ADD COLUMN provider_id      uuid REFERENCES identity_provider (id) ON DELETE CASCADE,
  ADD COLUMN identity_id      uuid REFERENCES identity (id) ON DELETE CASCADE,
  -- OIDC's sid, SAML's SessionIndex: what the provider calls the session when it ends it.
  ADD COLUMN provider_session text,
  ADD COLUMN id_token_sealed  bytea;
CREATE INDEX session_provider ON session (provider_id, provider_session);
CREATE INDEX session_identity ON session (identity_id);

-- 'provider:<id>' where a provider ended the access, so that only the same one, or a hand, opens it again.
ALTER TABLE person ADD COLUMN deactivated_by text;

-- One row for each try to sign in, used once, bound to the browser by a cookie whose hash stands here.
CREATE TABLE sign_in_attempt (
  id          uuid PRIMARY KEY,
  token_hash  bytea NOT NULL UNIQUE,
  provider_id uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  purpose     text NOT NULL CHECK (purpose IN ('sign_in', 'link', 'confirm', 'test')),
  -- Whose try it is, for every purpose but signing in.
  person_id   uuid REFERENCES person (id) ON DELETE CASCADE,
  data_sealed bytea NOT NULL,
  return_to   text NOT NULL DEFAULT '/',
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL,
  used_at     timestamptz
);
CREATE INDEX sign_in_attempt_expires ON sign_in_attempt (expires_at);

-- Assertions and logout tokens that were taken already, on whichever node.
CREATE TABLE seen_token (
  provider_id uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  id          text NOT NULL,
  expires_at  timestamptz NOT NULL,
  PRIMARY KEY (provider_id, id)
);
CREATE INDEX seen_token_expires ON seen_token (expires_at);

-- What providers named, for an administrator to map.
CREATE TABLE provider_group (
  provider_id uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  told_as     text NOT NULL CHECK (told_as IN ('group', 'role')),
  external_id text NOT NULL,
  label       text NOT NULL DEFAULT '',
  seen_at     timestamptz NOT NULL,
  PRIMARY KEY (provider_id, told_as, external_id)
);

-- The allow-list: whom the provider puts into this group or role gets one of ours. Nothing else that it names counts.
CREATE TABLE group_mapping (
  id          uuid PRIMARY KEY,
  provider_id uuid NOT NULL REFERENCES identity_provider (id) ON DELETE CASCADE,
  told_as     text NOT NULL DEFAULT 'group' CHECK (told_as IN ('group', 'role')),
  external_id text NOT NULL,
  label       text NOT NULL DEFAULT '',
  group_id    uuid REFERENCES access_group (id) ON DELETE CASCADE,
  role        text CHECK (role IN ('user', 'admin')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  CHECK ((group_id IS NULL) <> (role IS NULL))
);
CREATE UNIQUE INDEX group_mapping_once ON group_mapping (provider_id, told_as, external_id, group_id, role) NULLS NOT DISTINCT;
CREATE INDEX group_mapping_group ON group_mapping (group_id);
