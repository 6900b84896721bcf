-- Whether staff of a corp may sign in to the console by WeCom.
CREATE TABLE connect_wecom_login (
  corp_id TEXT PRIMARY KEY,
  enabled BIGINT NOT NULL,
  ver BIGINT NOT NULL
);
-- A browser that was sent to WeCom and is awaited; the state and the browser's secret are kept hashed.
CREATE TABLE connect_wecom_login_state (
  state TEXT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  browser TEXT NOT NULL,
  back TEXT NOT NULL,               -- a path of the console
  expires_at BIGINT NOT NULL
);
CREATE INDEX connect_wecom_login_state_end ON connect_wecom_login_state (expires_at);
