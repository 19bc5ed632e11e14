-- Being renewed and not to be tried again before: two things, so that whoever waits for a renewal can tell them apart whatever the clocks say.
ALTER TABLE identity ADD COLUMN renew_after timestamptz;
