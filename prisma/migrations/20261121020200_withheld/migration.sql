-- What administrators allow a group, its managers may hold back for its members and give again, and nothing more.
ALTER TABLE permission_rule
  ADD COLUMN withheld boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT permission_rule_withheld CHECK (NOT withheld OR (effect = 'allow' AND group_id IS NOT NULL));
