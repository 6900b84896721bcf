-- Rules on sensitive words as they should stand at the platform, and how far it is.
CREATE TABLE connect_wecom_rule (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  name TEXT NOT NULL,
  words TEXT NOT NULL,              -- JSON: ["...", ...]
  semantics TEXT NOT NULL,          -- JSON, the platform's: 1 phone 2 mail 3 red packet
  kind BIGINT NOT NULL CHECK (kind IN (1, 2)),   -- 1 warn and block 2 warn
  everybody BIGINT NOT NULL,
  staff TEXT NOT NULL,              -- JSON: ids of ours
  units TEXT NOT NULL,
  wanted BIGINT NOT NULL,           -- 0: to be taken away
  want_ver BIGINT NOT NULL,
  made_ver BIGINT NOT NULL,
  rule_id TEXT NOT NULL,            -- the platform's; "": not there
  asked_name TEXT NOT NULL,         -- of the first attempt whose answer never came
  asked_at BIGINT,
  look_at BIGINT NOT NULL,          -- not looked for before this: a late request has landed by then
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  detail TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX connect_wecom_rule_name ON connect_wecom_rule (corp_id, name) WHERE wanted = 1;
