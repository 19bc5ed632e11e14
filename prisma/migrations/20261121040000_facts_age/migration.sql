-- One node at a time asks a provider again about somebody; after a failure nobody does before this.
ALTER TABLE identity ADD COLUMN renewing_until timestamptz;
