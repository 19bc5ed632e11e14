-- What provisioning told before it was written down: whoever is kept by it alone would age at once with the upgrade.
UPDATE scim_token SET told_at = last_used_at WHERE told_at IS NULL;
