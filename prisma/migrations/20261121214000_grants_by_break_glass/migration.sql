-- What was given by right of a break-glass ends with it, whenever it was to end.
ALTER TABLE access_grant ADD COLUMN break_glass_id uuid REFERENCES break_glass (id) ON DELETE CASCADE;
CREATE INDEX access_grant_break_glass ON access_grant (break_glass_id);

-- Until now it was told by its end, and by nothing else.
UPDATE access_grant g SET break_glass_id = b.id FROM break_glass b
WHERE g.resource_kind = 'knowledge_base' AND g.expires_at = b.ends_at AND b.ended_by IS NULL AND b.started_at <= g.created_at
  AND ((b.resource_kind = 'knowledge_base' AND b.resource_id = g.resource_id) OR (b.resource_kind = 'group' AND g.created_by = b.person_id));
