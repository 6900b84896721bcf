-- Who follows an account or used a mini program: needed in clear to write to them. info_at NULL: the platform was not asked yet.
CREATE TABLE wechat_fan (
  app TEXT NOT NULL,
  openid TEXT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  follows BIGINT NOT NULL,                   -- 1: the last word is "subscribed"
  told_at BIGINT NOT NULL,                   -- of that word
  scene TEXT NOT NULL DEFAULT '',            -- what they came through first
  spoke_at BIGINT,                           -- last action that opens the customer-service window
  unionid BIGINT NOT NULL DEFAULT 0,         -- 1: linked
  info_at BIGINT,
  PRIMARY KEY (app, openid)
);
CREATE INDEX wechat_fan_person ON wechat_fan (person_id);
CREATE INDEX wechat_fan_ask ON wechat_fan (app, openid) WHERE info_at IS NULL;

-- A walk over all followers, resumed where it stopped.
CREATE TABLE wechat_walk (
  app TEXT PRIMARY KEY,
  next_openid TEXT NOT NULL,
  seen BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('listing', 'asking', 'done')),
  error TEXT NOT NULL DEFAULT '',
  started_at BIGINT NOT NULL,
  ended_at BIGINT
);

-- Codes with a scene: of an official account (a ticket) or of a mini program (a picture).
CREATE TABLE wechat_code (
  id BIGINT PRIMARY KEY,
  app TEXT NOT NULL,
  scene TEXT NOT NULL,
  name TEXT NOT NULL,
  channel TEXT NOT NULL,
  code_id BIGINT NOT NULL,                   -- the live code behind it, 0: none
  state TEXT NOT NULL,                       -- of the live code's way, "" : any of its guides
  page TEXT NOT NULL,                        -- of a mini program
  permanent BIGINT NOT NULL,
  ticket TEXT NOT NULL DEFAULT '',
  url TEXT NOT NULL DEFAULT '',
  picture BYTEA,
  expires_at BIGINT,
  scans BIGINT NOT NULL DEFAULT 0,
  follows BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  made_at BIGINT,                            -- NULL: the platform has not made it yet
  error TEXT NOT NULL DEFAULT '',
  UNIQUE (app, scene)
);

-- Who stood before a code.
CREATE TABLE wechat_code_reach (
  code_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  PRIMARY KEY (code_id, origin_id)
);
CREATE INDEX wechat_code_reach_person ON wechat_code_reach (person_id);

-- Messages we asked the platform to send, by our key.
CREATE TABLE wechat_sent (
  key TEXT PRIMARY KEY,
  app TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('template', 'custom', 'subscribe')),
  openid TEXT NOT NULL,
  content TEXT NOT NULL,                     -- hash of what was asked for
  state TEXT NOT NULL CHECK (state IN ('asked', 'sent', 'delivered', 'failed', 'unknown')),
  msgid TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  asked_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX wechat_sent_msgid ON wechat_sent (app, msgid) WHERE msgid <> '';

-- A page's way to the platform's login and back; used once.
CREATE TABLE wechat_login (
  state TEXT PRIMARY KEY,
  app TEXT NOT NULL,
  browser TEXT NOT NULL,                     -- hash of the cookie of the browser that set out
  visitor TEXT NOT NULL,
  back TEXT NOT NULL,                        -- path on this server
  expires_at BIGINT NOT NULL
);
-- Somebody who came back: the ticket in the address, until a page takes it.
CREATE TABLE wechat_visit (
  ticket TEXT PRIMARY KEY,                   -- hash
  app TEXT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  browser TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX wechat_visit_person ON wechat_visit (person_id);

-- A mini program's user at work; the session key stays here.
CREATE TABLE wechat_mini_session (
  token TEXT PRIMARY KEY,                    -- hash
  app TEXT NOT NULL,
  openid TEXT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX wechat_mini_session_person ON wechat_mini_session (person_id);
CREATE INDEX wechat_mini_session_ends ON wechat_mini_session (expires_at);
