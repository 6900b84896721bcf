-- Keys leave the main store. On SQLite they stand in DATA/keys/persons and this table says which slot is whose; on
-- PostgreSQL they stand in a schema of their own (NAME_vault, so that pg_dump can leave it out) and person_key shows them.
--sqlite: ALTER TABLE person_key RENAME TO person_key_before;
--sqlite: CREATE TABLE person_key (
--sqlite:   person_id INTEGER PRIMARY KEY,
--sqlite:   slot INTEGER NOT NULL
--sqlite: );
--pg: DO $$ BEGIN
--pg:   EXECUTE 'CREATE SCHEMA IF NOT EXISTS ' || quote_ident(current_schema() || '_vault');
--pg:   EXECUTE 'ALTER TABLE person_key SET SCHEMA ' || quote_ident(current_schema() || '_vault');
--pg:   EXECUTE 'CREATE VIEW person_key AS SELECT person_id, sealed, made_at FROM ' || quote_ident(current_schema() || '_vault') || '.person_key';
--pg: END $$;

-- Every key that was ever given up: a keystore restored from an older copy loses them again before anybody reads.
CREATE TABLE key_grave (
  person_id BIGINT NOT NULL,
  slot BIGINT NOT NULL,                      -- 0 on PostgreSQL
  destroyed BIGINT NOT NULL DEFAULT 0,       -- 1: seen gone from the keystore
  PRIMARY KEY (person_id, slot)
);
CREATE INDEX key_grave_open ON key_grave (slot) WHERE destroyed = 0;
-- Whoever takes a person's key row away has the key itself destroyed.
--sqlite: CREATE TRIGGER person_key_gone AFTER DELETE ON person_key BEGIN
--sqlite:   INSERT INTO key_grave (person_id, slot) VALUES (old.person_id, old.slot);
--sqlite: END;
