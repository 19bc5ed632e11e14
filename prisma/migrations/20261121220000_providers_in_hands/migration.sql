-- Who made a provider, or changed whom it believes, and could let in whom they like by it, until another administrator has
-- confirmed it; and since when it is so.
ALTER TABLE identity_provider ADD COLUMN in_hands_of uuid[] NOT NULL DEFAULT '{}', ADD COLUMN in_hands_since timestamptz;

-- People whose account was a provider's alone: when it goes, a link would let its maker in as them.
ALTER TABLE person ADD COLUMN was_provided boolean NOT NULL DEFAULT false;
UPDATE person p SET was_provided = true
WHERE p.deactivated_by LIKE 'provider:%' AND NOT EXISTS (SELECT FROM identity i WHERE i.person_id = p.id);
