CREATE EXTENSION IF NOT EXISTS vector;

-- People, and the ways they sign in -------------------------------------------------------------------------------

CREATE TABLE person (
  id             uuid PRIMARY KEY,
  name           text NOT NULL,
  email          text,
  role           text NOT NULL CHECK (role IN ('pending', 'user', 'admin')),
  status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deactivated')),
  kind           text NOT NULL DEFAULT 'human' CHECK (kind IN ('human', 'service')),
  language       text,
  from_sample    boolean NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL DEFAULT now(),
  deactivated_at timestamptz
);
CREATE INDEX person_email ON person (lower(email));

-- A person is (issuer, subject). A local account's issuer is 'local' and its subject the person's id.
CREATE TABLE identity (
  id           uuid PRIMARY KEY,
  person_id    uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  issuer       text NOT NULL,
  subject      text NOT NULL,
  email        text,
  confirmed_at timestamptz NOT NULL DEFAULT now(),
  created_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (issuer, subject)
);
CREATE INDEX identity_person ON identity (person_id);

CREATE TABLE password (
  person_id   uuid PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
  email       text NOT NULL,
  hash        text NOT NULL,
  must_change boolean NOT NULL DEFAULT false,
  changed_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX password_email ON password (lower(email));

CREATE TABLE one_time_link (
  token_hash bytea PRIMARY KEY,
  person_id  uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  purpose    text NOT NULL CHECK (purpose IN ('first_sign_in', 'reset_password')),
  created_by uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX one_time_link_person ON one_time_link (person_id);

CREATE TABLE session (
  id           uuid PRIMARY KEY,
  token_hash   bytea NOT NULL UNIQUE,
  person_id    uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  device       text,
  address      text
);
CREATE INDEX session_person ON session (person_id);

CREATE TABLE api_key (
  id           uuid PRIMARY KEY,
  token_hash   bytea NOT NULL UNIQUE,
  person_id    uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  name         text NOT NULL,
  scopes       text[] NOT NULL,
  made_by      text NOT NULL CHECK (made_by IN ('portal', 'command_line')),
  reason       text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX api_key_person ON api_key (person_id);

CREATE TABLE throttle (
  key        text PRIMARY KEY,
  points     integer NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Groups and rights -----------------------------------------------------------------------------------------------

CREATE TABLE access_group (
  id            uuid PRIMARY KEY,
  name          text NOT NULL,
  description   text NOT NULL DEFAULT '',
  -- Classes every model must have to be used by a member; limits of several groups intersect.
  model_classes text[] NOT NULL DEFAULT '{}',
  from_sample   boolean NOT NULL DEFAULT false,
  created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX access_group_name ON access_group (lower(name));

CREATE TABLE membership (
  group_id   uuid NOT NULL REFERENCES access_group (id) ON DELETE CASCADE,
  person_id  uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  -- 'manual', or the provider that brought it: a sync removes only its own.
  source     text NOT NULL DEFAULT 'manual',
  manager    boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_id, person_id, source)
);
CREATE INDEX membership_person ON membership (person_id);

-- group_id null: everyone's default. There is no row for "inherit".
CREATE TABLE permission_rule (
  id         uuid PRIMARY KEY,
  group_id   uuid REFERENCES access_group (id) ON DELETE CASCADE,
  permission text NOT NULL,
  effect     text NOT NULL CHECK (effect IN ('allow', 'deny'))
);
CREATE UNIQUE INDEX permission_rule_once ON permission_rule (group_id, permission) NULLS NOT DISTINCT;

CREATE TABLE access_grant (
  id            uuid PRIMARY KEY,
  resource_kind text NOT NULL CHECK (resource_kind IN ('knowledge_base', 'model')),
  -- null: every resource of that kind, later ones too.
  resource_id   uuid,
  to_kind       text NOT NULL CHECK (to_kind IN ('person', 'group', 'everyone')),
  to_id         uuid,
  level         text NOT NULL CHECK (level IN ('use', 'contribute', 'manage')),
  expires_at    timestamptz,
  created_by    uuid,
  created_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((to_kind = 'everyone') = (to_id IS NULL)),
  CHECK (to_kind <> 'everyone' OR level = 'use')
);
CREATE UNIQUE INDEX access_grant_once ON access_grant (resource_kind, resource_id, to_kind, to_id) NULLS NOT DISTINCT;
CREATE INDEX access_grant_to ON access_grant (to_kind, to_id);

-- Chat accounts ---------------------------------------------------------------------------------------------------

CREATE TABLE chat_account (
  id          uuid PRIMARY KEY,
  surface     text NOT NULL CHECK (surface IN ('slack', 'teams')),
  tenant_id   text NOT NULL,
  external_id text NOT NULL,
  person_id   uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  name        text NOT NULL,
  workspace   text NOT NULL DEFAULT '',
  linked_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (surface, tenant_id, external_id)
);
CREATE INDEX chat_account_person ON chat_account (person_id);

-- A link on its way: made for a chat account, claimed by a signed-in person, finished by the same chat account.
CREATE TABLE chat_link (
  id              uuid PRIMARY KEY,
  token_hash      bytea NOT NULL UNIQUE,
  surface         text NOT NULL,
  tenant_id       text NOT NULL,
  external_id     text NOT NULL,
  name            text NOT NULL,
  workspace       text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz NOT NULL,
  claimed_by      uuid REFERENCES person (id) ON DELETE CASCADE,
  code_hash       bytea,
  code_expires_at timestamptz,
  tries_left      integer NOT NULL DEFAULT 3,
  finished_at     timestamptz
);
CREATE INDEX chat_link_account ON chat_link (surface, tenant_id, external_id);

-- Chat events, once each: the row is written before the platform is told "received".
CREATE TABLE inbox (
  event_key   text PRIMARY KEY,
  surface     text NOT NULL,
  payload     jsonb,
  received_at timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz,
  attempts    integer NOT NULL DEFAULT 0,
  handled_at  timestamptz
);
CREATE INDEX inbox_open ON inbox (received_at) WHERE handled_at IS NULL;

-- Knowledge -------------------------------------------------------------------------------------------------------

CREATE TABLE knowledge_base (
  id              uuid PRIMARY KEY,
  name            text NOT NULL,
  description     text NOT NULL DEFAULT '',
  owner_kind      text NOT NULL CHECK (owner_kind IN ('person', 'group')),
  owner_id        uuid NOT NULL,
  creator_id      uuid,
  answer_policy   text NOT NULL DEFAULT 'sources_only' CHECK (answer_policy IN ('sources_only', 'may_add_general')),
  notice          text NOT NULL DEFAULT '',
  discoverable    boolean NOT NULL DEFAULT false,
  embedding_model text NOT NULL,
  dimensions      integer,
  -- Whether it has a partition of its own; else its passages lie in a hashed one.
  partitioned     boolean NOT NULL DEFAULT false,
  passage_count   integer NOT NULL DEFAULT 0,
  from_sample     boolean NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL DEFAULT now(),
  -- Set when it is being deleted: nothing reads it from then on, a job drops what is left.
  deleted_at      timestamptz
);
CREATE UNIQUE INDEX knowledge_base_name ON knowledge_base (lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE document (
  id                uuid PRIMARY KEY,
  knowledge_base_id uuid NOT NULL REFERENCES knowledge_base (id),
  name              text NOT NULL,
  live_version_id   uuid,
  created_by        uuid,
  created_at        timestamptz NOT NULL DEFAULT now(),
  deleted_at        timestamptz
);
CREATE UNIQUE INDEX document_name ON document (knowledge_base_id, lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE document_version (
  id          uuid PRIMARY KEY,
  document_id uuid NOT NULL REFERENCES document (id) ON DELETE CASCADE,
  version     integer NOT NULL,
  file_name   text NOT NULL,
  file_key    text NOT NULL,
  sha256      bytea NOT NULL,
  bytes       bigint NOT NULL,
  format      text NOT NULL,
  language    text,
  stage       text NOT NULL DEFAULT 'queued'
              CHECK (stage IN ('queued', 'extracting', 'chunking', 'embedding', 'indexing', 'ready', 'failed', 'superseded')),
  progress    real NOT NULL DEFAULT 0,
  pages       integer,
  passages    integer,
  error_code  text,
  error       text,
  created_by  uuid,
  created_at  timestamptz NOT NULL DEFAULT now(),
  ready_at    timestamptz,
  UNIQUE (document_id, version)
);
CREATE INDEX document_version_unfinished ON document_version (created_at) WHERE stage NOT IN ('ready', 'failed', 'superseded');

-- What may be cited now, and nothing else. A list partition for each larger knowledge base, hashed ones for the rest.
CREATE SCHEMA passages;
CREATE TABLE passage (
  knowledge_base_id uuid NOT NULL,
  id                uuid NOT NULL,
  document_id       uuid NOT NULL,
  version_id        uuid NOT NULL,
  ordinal           integer NOT NULL,
  page              integer,
  page_end          integer,
  heading           text,
  text              text NOT NULL,
  rects             jsonb,
  search            tsvector NOT NULL,
  embedding         vector NOT NULL,
  PRIMARY KEY (knowledge_base_id, id)
) PARTITION BY LIST (knowledge_base_id);
CREATE INDEX passage_search ON passage USING gin (search);
CREATE INDEX passage_order ON passage (version_id, ordinal);
CREATE TABLE passages.shared PARTITION OF passage DEFAULT PARTITION BY HASH (knowledge_base_id);
CREATE TABLE passages.shared_0 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE passages.shared_1 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE passages.shared_2 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE passages.shared_3 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE passages.shared_4 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE passages.shared_5 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE passages.shared_6 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE passages.shared_7 PARTITION OF passages.shared FOR VALUES WITH (MODULUS 8, REMAINDER 7);

-- Versions being built or rolled back: the same rows, without a vector index.
CREATE TABLE passage_version (
  version_id        uuid NOT NULL REFERENCES document_version (id) ON DELETE CASCADE,
  ordinal           integer NOT NULL,
  id                uuid NOT NULL,
  knowledge_base_id uuid NOT NULL,
  document_id       uuid NOT NULL,
  page              integer,
  page_end          integer,
  heading           text,
  text              text NOT NULL,
  rects             jsonb,
  search            tsvector NOT NULL,
  embedding         vector NOT NULL,
  PRIMARY KEY (version_id, ordinal)
);

-- In how many passages of a knowledge base a term stands, kept by the swap: the rarest terms of a question are matched.
CREATE TABLE passage_term (
  knowledge_base_id uuid NOT NULL,
  term              text NOT NULL,
  passages          integer NOT NULL,
  PRIMARY KEY (knowledge_base_id, term)
);

-- Each text is embedded once by a model.
CREATE TABLE embedding_cache (
  model     text NOT NULL,
  text_hash bytea NOT NULL,
  embedding vector NOT NULL,
  used_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model, text_hash)
);

-- Models ----------------------------------------------------------------------------------------------------------

CREATE TABLE model_server (
  id             uuid PRIMARY KEY,
  name           text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('ollama', 'openai')),
  base_url       text NOT NULL,
  -- AES-256-GCM: key id, nonce, text, tag; the row's id is the associated data.
  api_key_sealed bytea,
  -- The environment's servers are shown read-only.
  from_environment boolean NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX model_server_name ON model_server (lower(name));

CREATE TABLE model (
  id             uuid PRIMARY KEY,
  server_id      uuid NOT NULL REFERENCES model_server (id) ON DELETE CASCADE,
  name           text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('chat', 'embedding', 'rerank')),
  context_tokens integer,
  classes        text[] NOT NULL DEFAULT '{}',
  is_default     boolean NOT NULL DEFAULT false,
  seen_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (server_id, name)
);

-- Conversations ---------------------------------------------------------------------------------------------------

CREATE TABLE conversation (
  id         uuid PRIMARY KEY,
  person_id  uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  surface    text NOT NULL CHECK (surface IN ('portal', 'api', 'command_line', 'slack', 'teams')),
  -- The thread or chat it belongs to on its surface, so that a follow-up finds it.
  thread_key text,
  title      text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX conversation_thread ON conversation (person_id, surface, thread_key);
CREATE INDEX conversation_person ON conversation (person_id, updated_at DESC);

CREATE TABLE message (
  id              uuid PRIMARY KEY,
  conversation_id uuid NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
  role            text NOT NULL CHECK (role IN ('person', 'assistant')),
  text            text NOT NULL,
  outcome         text CHECK (outcome IN ('answered', 'not_found', 'failed', 'stopped')),
  error_code      text,
  model           text,
  timings         jsonb,
  feedback        text CHECK (feedback IN ('good', 'bad')),
  created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_conversation ON message (conversation_id, created_at, id);

-- What an answer was drawn from: read again only by who may still read the knowledge base.
CREATE TABLE message_source (
  message_id        uuid NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  n                 integer NOT NULL,
  knowledge_base_id uuid NOT NULL,
  document_id       uuid NOT NULL,
  version_id        uuid NOT NULL,
  passage_id        uuid NOT NULL,
  score             real NOT NULL,
  cited             boolean NOT NULL,
  PRIMARY KEY (message_id, n)
);
CREATE INDEX message_source_document ON message_source (document_id);

-- Record ----------------------------------------------------------------------------------------------------------

CREATE TABLE audit_entry (
  id         uuid PRIMARY KEY,
  at         timestamptz NOT NULL DEFAULT now(),
  actor_id   uuid,
  -- How it came in: portal, api, slack, teams, command_line, worker.
  surface    text NOT NULL,
  action     text NOT NULL,
  subject_kind text,
  subject_id uuid,
  detail     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_entry_at ON audit_entry (at DESC);
CREATE INDEX audit_entry_subject ON audit_entry (subject_kind, subject_id, at DESC);

CREATE TABLE setting (
  key        text PRIMARY KEY,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
