-- Groups and roles age apart from who somebody is: a sign-in that does not tell them leaves them as old as they were.
ALTER TABLE identity ADD COLUMN groups_at timestamptz, ADD COLUMN roles_at timestamptz;
UPDATE identity SET groups_at = facts_at, roles_at = facts_at;
-- When a token's provisioning last told something: looking and failing tell nothing.
ALTER TABLE scim_token ADD COLUMN told_at timestamptz;
