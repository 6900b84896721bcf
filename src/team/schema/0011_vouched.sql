-- Somebody a platform vouched for who still has to show a second factor. The ticket is a cookie of that browser, kept here hashed.
CREATE TABLE login_vouched (
  ticket_hash BYTEA PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES user_account (id),
  vouched_by TEXT NOT NULL,                           -- "wecom:ww…"
  expires_at BIGINT NOT NULL
);
CREATE INDEX login_vouched_by_end ON login_vouched (expires_at);
