-- Who added a mapping: it gives them nothing, now or at a later sign-in.
ALTER TABLE group_mapping ADD COLUMN added_by uuid;
