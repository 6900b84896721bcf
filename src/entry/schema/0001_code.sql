-- Live codes: the definition as JSON text, and beside it what is looked for.
CREATE TABLE entry_code (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,        -- the address on the poster: /c/SLUG
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('staff', 'store')),
  mode TEXT NOT NULL CHECK (mode IN ('page', 'direct')),
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  spec TEXT NOT NULL,
  repeat_key TEXT UNIQUE,           -- makes create_code repeat-safe
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX entry_code_folder ON entry_code (folder, id);

-- Where a code's rotation stands; the row is taken before anything of a scan is judged. Small, because every scan writes it.
CREATE TABLE entry_code_turn (
  code_id BIGINT PRIMARY KEY,
  rev BIGINT NOT NULL,              -- moves with every change of the code
  scans BIGINT NOT NULL,
  assigned BIGINT NOT NULL,
  since_add BIGINT NOT NULL,        -- scans since the last friend
  last_staff BIGINT NOT NULL,
  round BIGINT NOT NULL
);

-- What each guide got through a code; staff_id 0: where the platform assigns.
CREATE TABLE entry_code_guide (
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  assigned BIGINT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970 in the merchant's zone
  day_assigned BIGINT NOT NULL,
  adds BIGINT NOT NULL,
  since_add BIGINT NOT NULL,        -- assignments since the last friend
  round BIGINT NOT NULL,
  round_limit BIGINT NOT NULL,      -- what the allowance of rounds was raised to
  last_at BIGINT NOT NULL,
  last_scan BIGINT NOT NULL,        -- the newest entry_scan, which names the one before it
  before_scan BIGINT NOT NULL,
  PRIMARY KEY (code_id, staff_id)
);

-- Where the rotation of a store (its unit) or a level of backup (-1, -2, ...) stands; the members' own is in entry_code_turn.
CREATE TABLE entry_code_list (
  code_id BIGINT NOT NULL,
  list BIGINT NOT NULL,
  last_staff BIGINT NOT NULL,
  PRIMARY KEY (code_id, list)
);

-- Whose codes these are: a line for each member. Who stands above or below one of them sees the code.
CREATE TABLE entry_code_reach (
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,         -- 0: a whole unit
  unit_path TEXT NOT NULL,
  PRIMARY KEY (code_id, staff_id, unit_path)
);
CREATE INDEX entry_code_reach_staff ON entry_code_reach (staff_id, code_id);

-- A guide who takes nobody: of one code, or (0) of any.
CREATE TABLE entry_guide_off (
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  PRIMARY KEY (code_id, staff_id)
);
