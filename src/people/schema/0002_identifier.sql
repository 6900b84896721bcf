-- What leads to a person. Sensitive values (phone, e-mail) stand as a keyed blind index; the clear value is `box`,
-- sealed under the key of the node it came to.
CREATE TABLE identifier (
  id BIGINT PRIMARY KEY,                     -- SQLite counts: newer links stand behind older ones
  key_hi BIGINT NOT NULL, key_lo BIGINT NOT NULL,  -- hash of (ns, value): how SQLite finds it, see links.h
  ns TEXT NOT NULL,                          -- "wx_openid:wx123"
  value TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  verified BIGINT NOT NULL,                  -- 1: asserted, 0: only observed
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,                   -- to the day: refreshed when a day has passed
  evidence TEXT NOT NULL,
  box BYTEA
);
--pg: CREATE UNIQUE INDEX identifier_value ON identifier (ns, value);
CREATE INDEX identifier_person ON identifier (person_id);

-- Links that stood once: numbers that went to a new owner, ids taken off by hand.
CREATE TABLE identifier_past (
  id BIGINT PRIMARY KEY,
  ns TEXT NOT NULL,
  value TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  box BYTEA,
  revoked_at BIGINT NOT NULL,
  revoked_why TEXT NOT NULL                  -- "recycled", "by hand"
);
CREATE INDEX identifier_past_person ON identifier_past (person_id);

-- Values that never identify anybody (test lists) and devices that many people share.
CREATE TABLE identifier_rule (
  ns TEXT NOT NULL,
  value TEXT NOT NULL,
  rule TEXT NOT NULL CHECK (rule IN ('blocked', 'shared')),
  at BIGINT NOT NULL,
  PRIMARY KEY (ns, value)
);
