-- Which of the corp's tag groups and tags are which of ours, and the name both sides agreed on last.
CREATE TABLE connect_wecom_tag_group (
  corp_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  our_group BIGINT NOT NULL,
  platform_name TEXT NOT NULL,
  our_name TEXT NOT NULL,
  PRIMARY KEY (corp_id, group_id),
  UNIQUE (corp_id, our_group)
);
CREATE TABLE connect_wecom_tag (
  corp_id TEXT NOT NULL,
  tag_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  our_tag BIGINT NOT NULL,
  platform_name TEXT NOT NULL,
  our_name TEXT NOT NULL,
  error TEXT NOT NULL DEFAULT '',   -- why the platform would not take our change, e.g. a tag of its console
  PRIMARY KEY (corp_id, tag_id),
  UNIQUE (corp_id, our_tag)
);
CREATE INDEX connect_wecom_tag_ours ON connect_wecom_tag (our_tag);
-- One of our groups that the corp should have too.
CREATE TABLE connect_wecom_tag_wish (
  corp_id TEXT NOT NULL,
  our_group BIGINT NOT NULL,
  PRIMARY KEY (corp_id, our_group)
);
-- Both sides changed the same thing since they last agreed.
CREATE TABLE connect_tag_conflict (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('group', 'tag')),
  platform_id TEXT NOT NULL,
  our_id BIGINT NOT NULL,
  agreed TEXT NOT NULL,
  platform_says TEXT NOT NULL,      -- '': deleted there
  we_say TEXT NOT NULL,             -- '': archived here
  winner TEXT NOT NULL CHECK (winner IN ('platform', 'ours')),
  at BIGINT NOT NULL
);
CREATE INDEX connect_tag_conflict_corp ON connect_tag_conflict (corp_id, id);
-- Tags to be put on or taken off at the platform.
CREATE TABLE connect_wecom_mark (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  external_userid TEXT NOT NULL,
  tag_id TEXT NOT NULL,
  wanted BIGINT NOT NULL,           -- 1 put on, 0 take off
  tries BIGINT NOT NULL DEFAULT 0,
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (corp_id, userid, external_userid, tag_id)
);
CREATE INDEX connect_wecom_mark_due ON connect_wecom_mark (corp_id, try_at);
