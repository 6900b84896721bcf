-- The keystore: one random key a node, sealed by the master key that lives outside the store. Erasing a person is
-- deleting its rows here; every sealed box it had, wherever it stands, is noise from then on.
CREATE TABLE person_key (
  person_id BIGINT PRIMARY KEY,              -- a node; keys do not follow merges
  sealed BYTEA NOT NULL,
  made_at BIGINT NOT NULL
);

-- Reveals of the last days, for the limit a user has.
CREATE TABLE reveal (
  id BIGINT PRIMARY KEY,
  user_kind TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX reveal_user ON reveal (user_kind, user_id, at);
CREATE INDEX reveal_person ON reveal (person_id);
