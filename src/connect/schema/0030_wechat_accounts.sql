-- Official accounts and mini programs by their app id, merchants by their number. Secrets are sealed with a key outside the store.
CREATE TABLE wechat_account (
  app TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('oa', 'mini', 'pay')),
  name TEXT NOT NULL,
  base_url TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('plain', 'safe')),  -- how callbacks come: safe takes sealed ones only
  sealed BYTEA NOT NULL,
  disabled BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  checked_at BIGINT,
  check_error TEXT NOT NULL DEFAULT ''       -- code of the last check, "" when it was good
);
-- What was pushed lately: signatures within their window, messages for as long as the platform may repeat them.
CREATE TABLE wechat_seen (
  app TEXT NOT NULL,
  what TEXT NOT NULL,
  body TEXT NOT NULL,                        -- hash of the body that came with a signature
  at BIGINT NOT NULL,
  PRIMARY KEY (app, what)
);
CREATE INDEX wechat_seen_at ON wechat_seen (at);
