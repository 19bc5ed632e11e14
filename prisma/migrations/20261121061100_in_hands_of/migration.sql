-- Who made the account or a link to it, and so could sign in as this person while no identity provider vouches for them.
ALTER TABLE person ADD COLUMN in_hands_of uuid[] NOT NULL DEFAULT '{}';
UPDATE person SET in_hands_of = made.by FROM (
  SELECT person_id, array_agg(DISTINCT created_by) AS by FROM one_time_link WHERE created_by IS NOT NULL GROUP BY person_id) made
WHERE made.person_id = person.id;
