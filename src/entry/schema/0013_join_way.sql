-- What the platform should have for an entry ("join way" of WeCom).
CREATE TABLE entry_join_way (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL UNIQUE,
  state TEXT NOT NULL UNIQUE,       -- <= 30 characters
  remark TEXT NOT NULL,
  chats TEXT NOT NULL,              -- chat ids, comma separated, at most five
  auto_create BIGINT NOT NULL,
  base_name TEXT NOT NULL,
  base_id BIGINT NOT NULL,
  config_id TEXT NOT NULL,
  qr_url TEXT NOT NULL,
  error TEXT NOT NULL,
  wanted BIGINT NOT NULL,
  want_ver BIGINT NOT NULL,
  made_ver BIGINT NOT NULL,
  try_at BIGINT NOT NULL,           -- not before this, after a failure or while somebody still looks at it
  auto_off_until BIGINT NOT NULL    -- the platform makes no groups for it till then
);
CREATE INDEX entry_join_way_due ON entry_join_way (id) WHERE want_ver > made_ver;
CREATE INDEX entry_join_way_config ON entry_join_way (config_id);
CREATE INDEX entry_join_way_code ON entry_join_way (code_id);
