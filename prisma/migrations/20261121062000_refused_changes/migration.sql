-- Since when a change of it is refused: what the provider would have told then does not stay young by what it tells of others.
ALTER TABLE scim_user ADD COLUMN refused_at timestamptz;
ALTER TABLE scim_group ADD COLUMN refused_at timestamptz;
