-- Programs that call: where data comes from, and the keys it comes with.
CREATE TABLE source (
  id BIGINT PRIMARY KEY, key TEXT NOT NULL UNIQUE,    -- what events are stamped with: "web", "import:12"
  name TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('web', 'app', 'server', 'import', 'shop')),
  created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, key_hash BYTEA NOT NULL UNIQUE, tail TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('api', 'write')),
  scopes TEXT NOT NULL,                               -- permissions, one space between
  source_id BIGINT REFERENCES source (id), ip_list TEXT NOT NULL, created_by BIGINT,
  created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, revoked_at BIGINT,
  CHECK (kind <> 'write' OR source_id IS NOT NULL)
);
