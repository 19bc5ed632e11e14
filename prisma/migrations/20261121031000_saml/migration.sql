-- By which name an identity provider ends a session: SAML's NameID, which may be another one at each sign-in.
ALTER TABLE session ADD COLUMN name_id text;
ALTER TABLE identity DROP COLUMN name_id;
