-- Rules the platform has that are not ours, as they were when they were last looked at.
CREATE TABLE connect_wecom_rule_seen (
  corp_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  name TEXT NOT NULL,
  words TEXT NOT NULL,
  semantics TEXT NOT NULL,
  kind BIGINT NOT NULL,
  users TEXT NOT NULL,              -- JSON: userids
  departments TEXT NOT NULL,        -- JSON: the platform's numbers
  created_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, rule_id)
);
-- When a corp's rules are looked at next.
CREATE TABLE connect_wecom_rule_look (
  corp_id TEXT PRIMARY KEY,
  look_at BIGINT NOT NULL,
  looked_at BIGINT,
  error TEXT NOT NULL,
  detail TEXT NOT NULL
);
