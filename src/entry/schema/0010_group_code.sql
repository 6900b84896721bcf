-- Group codes: the definition as JSON text, and beside it what is looked for.
CREATE TABLE entry_group_code (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,        -- the address on the poster: /g/SLUG
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  spec TEXT NOT NULL,
  secret TEXT NOT NULL,             -- signs the short-lived addresses of its pictures
  repeat_key TEXT UNIQUE,           -- makes create_group_code repeat-safe
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX entry_group_code_folder ON entry_group_code (folder, id);

-- Where a code's rotation stands; the row is taken before anything of a scan or an arrival is counted.
CREATE TABLE entry_group_turn (
  code_id BIGINT PRIMARY KEY,
  rev BIGINT NOT NULL,              -- moves with every change of the code
  scans BIGINT NOT NULL,
  last_entry BIGINT NOT NULL
);

-- An entry of the pool: how often it was shown. What it is stands in the definition.
CREATE TABLE entry_group_entry (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  dropped BIGINT NOT NULL,          -- 1: not in the definition any more
  day BIGINT NOT NULL,              -- days since 1970 in the merchant's zone
  day_shown BIGINT NOT NULL
);
CREATE INDEX entry_group_entry_code ON entry_group_entry (code_id);
