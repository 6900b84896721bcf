-- What WeCom pushed, opened and believed, until it is done with; what failed stays to be played again.
CREATE TABLE connect_callback (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  said TEXT NOT NULL,                -- digest of what it says: the same again is the same row
  kind TEXT NOT NULL,                -- "change_external_contact/add_external_contact"
  body TEXT NOT NULL,                -- the XML, emptied 30 days after it was done
  state TEXT NOT NULL,               -- waiting done unknown failed
  tries BIGINT NOT NULL DEFAULT 0,
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  happened_at BIGINT NOT NULL,       -- by the platform's clock
  received_at BIGINT NOT NULL,
  done_at BIGINT,
  times BIGINT NOT NULL DEFAULT 1,   -- how often it came
  UNIQUE (corp_id, said)
);
CREATE INDEX connect_callback_due ON connect_callback (state, try_at);
CREATE INDEX connect_callback_done ON connect_callback (done_at);

-- Seals that were used: one may come again with its own words (the platform repeats itself), not with others.
CREATE TABLE connect_callback_seal (
  corp_id TEXT NOT NULL,
  signature TEXT NOT NULL,
  said TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, signature)
);
CREATE INDEX connect_callback_seal_at ON connect_callback_seal (at);

-- Pushes that were refused, counted by day and reason; nothing of them is kept.
CREATE TABLE connect_callback_refused (
  corp_id TEXT NOT NULL,
  day BIGINT NOT NULL,
  reason TEXT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (corp_id, day, reason)
);

-- What is to be asked of the platform after a push said something of it: a friendship, a group, the tags, the directory.
CREATE TABLE connect_wecom_look (
  corp_id TEXT NOT NULL,
  what TEXT NOT NULL,                -- contact chat tags staff
  userid TEXT NOT NULL,              -- of a contact
  object TEXT NOT NULL,              -- external_userid, chat id; empty: all
  remark TEXT NOT NULL DEFAULT '',   -- to be set there first
  description TEXT NOT NULL DEFAULT '',
  wanted BIGINT NOT NULL,            -- the newest push; one that comes while we look asks again
  try_at BIGINT NOT NULL,
  tries BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (corp_id, what, userid, object)
);
CREATE INDEX connect_wecom_look_due ON connect_wecom_look (corp_id, try_at);

-- Welcomes: one attempt for each code the platform gave.
CREATE TABLE connect_wecom_welcome (
  corp_id TEXT NOT NULL,
  welcome_code TEXT NOT NULL,
  userid TEXT NOT NULL,
  external_userid TEXT NOT NULL,
  state TEXT NOT NULL,               -- sending sent failed unknown silent late
  error TEXT NOT NULL DEFAULT '',
  received_at BIGINT NOT NULL,
  sent_at BIGINT,
  PRIMARY KEY (corp_id, welcome_code)
);
CREATE INDEX connect_wecom_welcome_at ON connect_wecom_welcome (received_at);
