-- Who may sign in, and the sessions they hold. Nothing here can be used to sign in when it leaks: passwords are
-- Argon2id, session ids and links are kept as SHA-256, TOTP secrets are sealed with a key outside the store.
CREATE TABLE user_account (
  id BIGINT PRIMARY KEY, login TEXT NOT NULL UNIQUE,  -- folded
  display_name TEXT NOT NULL, password_hash TEXT,     -- NULL until the invitation is taken up
  role TEXT NOT NULL, reach TEXT NOT NULL CHECK (reach IN ('own', 'team', 'store', 'region', 'all')),
  staff_id BIGINT UNIQUE REFERENCES staff (id),
  state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
  totp_secret BYTEA, totp_on BIGINT NOT NULL,
  totp_step BIGINT NOT NULL,                          -- the last time step a code was taken for: it is never taken again
  created_at BIGINT NOT NULL, ver BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  user_id BIGINT NOT NULL REFERENCES user_account (id), code_hash BYTEA NOT NULL, used_at BIGINT,
  PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE session (
  id BIGINT PRIMARY KEY, id_hash BYTEA NOT NULL UNIQUE, user_id BIGINT NOT NULL REFERENCES user_account (id),
  csrf TEXT NOT NULL, device_hash BYTEA NOT NULL,     -- a browser this user has signed in from
  strong BIGINT NOT NULL,                             -- 1: opened with a second factor
  created_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL, ip TEXT NOT NULL, ua TEXT NOT NULL, ended_at BIGINT
);
CREATE INDEX session_by_user ON session (user_id, ended_at);

-- One bucket of failed sign-ins: of a login from an address, of an address, of a login, or of a known browser.
CREATE TABLE login_attempt (
  key_hash BYTEA PRIMARY KEY, fails BIGINT NOT NULL, last_at BIGINT NOT NULL, next_at BIGINT NOT NULL
);

CREATE TABLE setup_link (
  token_hash BYTEA PRIMARY KEY, purpose TEXT NOT NULL CHECK (purpose IN ('admin', 'member')),
  user_id BIGINT REFERENCES user_account (id), created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT
);
