-- Corps of WeCom that are connected: one app each. Secret, token and AES key are sealed with a key outside the store.
CREATE TABLE connect_corp (
  corp_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  agent_id BIGINT NOT NULL,
  base_url TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  disabled BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
