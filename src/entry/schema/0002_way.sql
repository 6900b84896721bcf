-- What the platform should have; staff_id 0: the platform assigns.
CREATE TABLE entry_way (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  state TEXT NOT NULL UNIQUE,       -- <= 30 characters
  remark TEXT NOT NULL,
  config_id TEXT NOT NULL,
  qr_url TEXT NOT NULL,
  error TEXT NOT NULL,
  users TEXT NOT NULL,              -- wecom userids, comma separated
  skip_verify BIGINT NOT NULL,
  exclusive BIGINT NOT NULL,
  wanted BIGINT NOT NULL,
  want_ver BIGINT NOT NULL,
  made_ver BIGINT NOT NULL,
  try_at BIGINT NOT NULL,           -- not before this, after a failure or while somebody still looks at it
  UNIQUE (code_id, staff_id)
);
CREATE INDEX entry_way_due ON entry_way (id) WHERE want_ver > made_ver;
CREATE INDEX entry_way_config ON entry_way (config_id);
