-- On which day somebody last got an answer from a knowledge base: a review asks that of every grant.
CREATE TABLE knowledge_use (
  knowledge_base_id uuid NOT NULL REFERENCES knowledge_base (id) ON DELETE CASCADE,
  person_id         uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  -- In UTC.
  day               date NOT NULL,
  PRIMARY KEY (knowledge_base_id, person_id)
);
CREATE INDEX knowledge_use_person ON knowledge_use (person_id);
INSERT INTO knowledge_use (knowledge_base_id, person_id, day)
SELECT u.knowledge_base_id, c.person_id, max((m.created_at AT TIME ZONE 'UTC')::date)
FROM message_source u JOIN knowledge_base k ON k.id = u.knowledge_base_id
JOIN message m ON m.id = u.message_id JOIN conversation c ON c.id = m.conversation_id
GROUP BY 1, 2;
-- It answered that question alone, and each answer paid for it.
DROP INDEX message_source_base;
