-- Somebody who waited for approval and was refused stays out, and is not asked about again.
ALTER TABLE person ADD COLUMN refused_at timestamptz;

-- Whoever was joined with somebody else is kept by name for what was recorded, and comes in no more.
ALTER TABLE person ADD COLUMN merged_into uuid,
  ADD CONSTRAINT person_merged_is_out CHECK (merged_into IS NULL OR status = 'deactivated');
CREATE INDEX person_merged_into ON person (merged_into);

-- Addresses that people had: who has one of them today may be the same person, or somebody's heir in name.
CREATE TABLE former_email (
  person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  email     text NOT NULL,
  PRIMARY KEY (person_id, email)
);

-- Two people who look alike and are not the same.
CREATE TABLE people_apart (
  one        uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  other      uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  decided_by uuid,
  decided_at timestamptz NOT NULL,
  PRIMARY KEY (one, other),
  CONSTRAINT people_apart_in_order CHECK (one < other)
);
CREATE INDEX people_apart_other ON people_apart (other);

-- Two people whom an administrator proposes to make one: both have to confirm.
CREATE TABLE person_merge (
  id          uuid PRIMARY KEY,
  kept_id     uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  joining_id  uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  role        text NOT NULL CHECK (role IN ('pending', 'user', 'admin')),
  proposed_by uuid NOT NULL,
  proposed_at timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  outcome     text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'merged', 'withdrawn', 'refused')),
  ended_at    timestamptz
);
CREATE INDEX person_merge_kept ON person_merge (kept_id);
CREATE INDEX person_merge_joining ON person_merge (joining_id);

-- What each of the two was shown, the sign-in by which they confirm it, and when they did.
CREATE TABLE person_merge_side (
  merge_id     uuid NOT NULL REFERENCES person_merge (id) ON DELETE CASCADE,
  person_id    uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  attempt_id   uuid,
  seen         text,
  confirmed_at timestamptz,
  PRIMARY KEY (merge_id, person_id)
);
CREATE INDEX person_merge_side_person ON person_merge_side (person_id);
