-- One walk through a corp: everything at first, then every night, and whenever somebody asks.
CREATE TABLE connect_sync_run (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('first', 'daily', 'asked')),
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  phase TEXT NOT NULL CHECK (phase IN ('directory', 'tags', 'customers', 'chats', 'over')),
  staff_done BIGINT NOT NULL DEFAULT 0,
  staff_failed BIGINT NOT NULL DEFAULT 0,
  staff_total BIGINT NOT NULL DEFAULT 0,
  customers BIGINT NOT NULL DEFAULT 0,   -- relations looked at
  added BIGINT NOT NULL DEFAULT 0,
  gone BIGINT NOT NULL DEFAULT 0,
  changed BIGINT NOT NULL DEFAULT 0,
  chats BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  asked_by TEXT NOT NULL DEFAULT '',
  started_at BIGINT NOT NULL,
  moved_at BIGINT NOT NULL,              -- when it last got on
  ended_at BIGINT
);
CREATE UNIQUE INDEX connect_sync_run_open ON connect_sync_run (corp_id) WHERE state = 'running';
CREATE INDEX connect_sync_run_corp ON connect_sync_run (corp_id, id);

-- Where the walk stands with each member of staff. The cursor moves in the transaction that holds the effects of its page.
CREATE TABLE connect_sync_staff (
  run_id BIGINT NOT NULL,
  userid TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  page_cursor TEXT NOT NULL DEFAULT '',
  pages BIGINT NOT NULL DEFAULT 0,
  customers BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'read', 'done', 'failed')),
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (run_id, userid)
);
CREATE INDEX connect_sync_staff_state ON connect_sync_staff (run_id, state);

-- What a walk found other than we thought.
CREATE TABLE connect_sync_diff (
  id BIGINT PRIMARY KEY,
  run_id BIGINT NOT NULL,
  corp_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('added', 'gone', 'remark', 'tags', 'owner')),
  userid TEXT NOT NULL,
  external_userid TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  said_before TEXT NOT NULL,
  said_now TEXT NOT NULL,
  at BIGINT NOT NULL,
  UNIQUE (run_id, kind, userid, external_userid)
);
CREATE INDEX connect_sync_diff_person ON connect_sync_diff (person_id);
CREATE INDEX connect_sync_diff_corp ON connect_sync_diff (corp_id, id);

-- How a corp is kept in step.
CREATE TABLE connect_sync_setting (
  corp_id TEXT PRIMARY KEY,
  tag_rule TEXT NOT NULL CHECK (tag_rule IN ('platform', 'ours')),  -- whose word stands when both changed a tag
  first_done_at BIGINT,
  daily_day BIGINT NOT NULL             -- days since 1970 in the merchant's zone: the last one looked through
);
