-- A key of a service account is known to whoever made it, and counts only while they could make it still.
ALTER TABLE api_key ADD COLUMN made_by_person uuid;

-- Only the owner makes keys, and they end when it gets another: what a person's account has, that person made.
UPDATE api_key k SET made_by_person = a.owner_id FROM service_account a
WHERE a.person_id = k.person_id AND a.owner_kind = 'person' AND k.made_by = 'portal';
-- Which of a group's managers made one is what was recorded of it.
UPDATE api_key k SET made_by_person = e.actor_id FROM service_account a, audit_entry e
WHERE a.person_id = k.person_id AND a.owner_kind = 'group' AND k.made_by = 'portal'
  AND e.action = 'api_key.created' AND e.detail ->> 'keyId' = k.id::text;
-- Where nobody can be named, the key ends here: a new one is made in a minute.
UPDATE api_key k SET revoked_at = now() FROM service_account a
WHERE a.person_id = k.person_id AND k.made_by_person IS NULL AND k.revoked_at IS NULL;
