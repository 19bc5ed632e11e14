-- A company file and a directory name service accounts by their name alone. Of several with one name the oldest keeps it.
UPDATE person SET name = name || ' ' || right(id::text, 12)
WHERE kind = 'service' AND EXISTS (
  SELECT FROM person older WHERE older.kind = 'service' AND lower(older.name) = lower(person.name) AND older.id < person.id);

CREATE UNIQUE INDEX person_service_name ON person (lower(name)) WHERE kind = 'service';
