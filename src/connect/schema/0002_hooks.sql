-- Shops that may call /hooks/orders/{source}. Secrets are sealed with a key outside the store.
CREATE TABLE hook_source (
  source TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  sealed_before BYTEA,                       -- the secret before the last rotation
  before_until BIGINT,                       -- and how long it still counts
  created_at BIGINT NOT NULL,
  rotated_at BIGINT,
  last_seen_at BIGINT,
  disabled BIGINT NOT NULL DEFAULT 0
);

-- Signatures seen within the time window: a call sent twice by a stranger has no effect twice.
CREATE TABLE hook_seen (
  source TEXT NOT NULL,
  signature TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (source, signature)
);
CREATE INDEX hook_seen_at ON hook_seen (at);
