-- Messages of the app to the merchant's own staff, and what became of them with each.
CREATE TABLE connect_wecom_notice (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  caller_key TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  url TEXT NOT NULL,                -- "": a text, else a card
  asked_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (corp_id, caller_key)
);
CREATE INDEX connect_wecom_notice_age ON connect_wecom_notice (created_at);
CREATE TABLE connect_wecom_notice_to (
  notice_id BIGINT NOT NULL,
  userid TEXT NOT NULL,
  corp_id TEXT NOT NULL,
  state TEXT NOT NULL,              -- waiting asked sent failed unknown
  batch BIGINT NOT NULL,            -- whom one call names; asked again with the same names
  due_at BIGINT NOT NULL,
  asked_at BIGINT,
  done_at BIGINT,
  error TEXT NOT NULL,
  PRIMARY KEY (notice_id, userid)
);
CREATE INDEX connect_wecom_notice_due ON connect_wecom_notice_to (corp_id, state, due_at);
CREATE INDEX connect_wecom_notice_asked ON connect_wecom_notice_to (corp_id, asked_at);
-- Who is told when something is wrong, and of what.
CREATE TABLE connect_wecom_watch (
  corp_id TEXT PRIMARY KEY,
  codes BIGINT NOT NULL,            -- alarms of live codes
  connection BIGINT NOT NULL,       -- walks that failed, pushes that wait for somebody, an archive that is not pulled
  since BIGINT NOT NULL,            -- what was wrong before is not told
  ver BIGINT NOT NULL
);
CREATE TABLE connect_wecom_watcher (
  corp_id TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  PRIMARY KEY (corp_id, staff_id)
);
CREATE TABLE connect_wecom_told (
  corp_id TEXT NOT NULL,
  kind TEXT NOT NULL,               -- alarm sync pushes archive
  ref BIGINT NOT NULL,              -- the alarm, the walk, the day
  at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, kind, ref)
);
