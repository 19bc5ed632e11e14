-- Somebody asks for a knowledge base; its owner answers once.
CREATE TABLE access_request (
  id                uuid PRIMARY KEY,
  knowledge_base_id uuid NOT NULL REFERENCES knowledge_base (id) ON DELETE CASCADE,
  person_id         uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  reason            text NOT NULL,
  level             text NOT NULL CHECK (level IN ('use', 'contribute', 'manage')),
  -- What they wish; null: without an end.
  until             timestamptz,
  surface           text NOT NULL,
  state             text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'declined', 'withdrawn', 'lapsed')),
  created_at        timestamptz NOT NULL,
  closed_at         timestamptz,
  -- Who answered, what they gave, and what they said.
  answered_by       uuid,
  given_level       text CHECK (given_level IN ('use', 'contribute', 'manage')),
  given_until       timestamptz,
  word              text NOT NULL DEFAULT '',
  CHECK ((state = 'open') = (closed_at IS NULL))
);
-- Asking twice is asking once.
CREATE UNIQUE INDEX access_request_open ON access_request (knowledge_base_id, person_id) WHERE state = 'open';
CREATE INDEX access_request_person ON access_request (person_id, created_at DESC);
CREATE INDEX access_request_base ON access_request (knowledge_base_id, created_at DESC);

-- A grant is looked at again by whoever owns what it opens. Its end is recorded once, after it had its effect.
ALTER TABLE access_grant ADD COLUMN reviewed_at timestamptz, ADD COLUMN reviewed_by uuid, ADD COLUMN end_recorded_at timestamptz;
-- How often, days; null: as the installation has it.
ALTER TABLE knowledge_base ADD COLUMN review_days integer CHECK (review_days BETWEEN 1 AND 3650);
-- When something of a knowledge base was last used, without reading every answer.
CREATE INDEX message_source_base ON message_source (knowledge_base_id);

-- What a bot is still to tell somebody. The words are made when it is told, from what is true then.
CREATE TABLE chat_notice (
  id          uuid PRIMARY KEY,
  person_id   uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  surface     text NOT NULL CHECK (surface IN ('slack', 'teams')),
  tenant_id   text NOT NULL,
  external_id text NOT NULL,
  topic       text NOT NULL CHECK (topic IN ('access_asked', 'access_answered')),
  subject_id  uuid NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  lease_until timestamptz,
  attempts    integer NOT NULL DEFAULT 0,
  settled_at  timestamptz
);
CREATE INDEX chat_notice_open ON chat_notice (surface, created_at) WHERE settled_at IS NULL;
CREATE INDEX chat_notice_person ON chat_notice (person_id);

-- The personal chat in which somebody wrote to the bot last: Teams tells no other way to reach them.
CREATE TABLE teams_personal_chat (
  tenant_id       text NOT NULL,
  object_id       text NOT NULL,
  service_url     text NOT NULL,
  conversation_id text NOT NULL,
  bot_id          text NOT NULL,
  PRIMARY KEY (tenant_id, object_id)
);
