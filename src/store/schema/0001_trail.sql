-- What stands in the same transaction as an effect: audit chain, repeat records, outbox, settings.
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL, hash TEXT NOT NULL       -- the last link; its row lock keeps the chain serial
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');
CREATE TABLE audit_log (
  seq BIGINT PRIMARY KEY, at BIGINT NOT NULL,
  author_kind TEXT NOT NULL, author_id BIGINT NOT NULL, author_name TEXT NOT NULL,
  action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL, request_id TEXT NOT NULL,
  hash TEXT NOT NULL                            -- SHA-256 over the previous hash and every field above
);
CREATE INDEX audit_log_subject ON audit_log (subject, seq);
CREATE TABLE repeat_record (
  scope TEXT NOT NULL, key TEXT NOT NULL,
  body_hash TEXT NOT NULL, status BIGINT NOT NULL, reply TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX repeat_record_at ON repeat_record (at);
CREATE TABLE outbox (
  id BIGINT PRIMARY KEY, topic TEXT NOT NULL, payload TEXT NOT NULL,
  attempt BIGINT NOT NULL DEFAULT 0, next_at BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (topic, next_at);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
