-- Where an answer stands in Teams: a thumb under it says only that, not which answer it is.
CREATE TABLE teams_answer (
  tenant_id       text NOT NULL,
  conversation_id text NOT NULL,
  activity_id     text NOT NULL,
  message_id      uuid NOT NULL REFERENCES message (id) ON DELETE CASCADE,
  PRIMARY KEY (tenant_id, conversation_id, activity_id)
);
CREATE INDEX teams_answer_message ON teams_answer (message_id);
