-- The session archive of a corp: the vendor's library, where the pull stands, what it met last. The secret is sealed.
CREATE TABLE connect_archive (
  corp_id TEXT PRIMARY KEY,
  library TEXT NOT NULL,            -- absolute path of the vendor's shared library
  sealed BYTEA NOT NULL,
  enabled BIGINT NOT NULL,
  on_disagree TEXT NOT NULL,        -- keep erase: what becomes of earlier words
  seq BIGINT NOT NULL,              -- the last one that is written down
  due_at BIGINT NOT NULL,
  state TEXT NOT NULL,              -- new well error
  error TEXT NOT NULL,
  detail TEXT NOT NULL,
  pulled_at BIGINT,                 -- when the platform last had nothing more
  ver BIGINT NOT NULL
);
-- Key pairs by publickey_ver; old ones stay, messages are sealed with what was current then.
CREATE TABLE connect_archive_key (
  corp_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  public_pem TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, version)
);
-- What the customer said to being archived, by whom they talk to: a userid, or "room:" and the group.
CREATE TABLE connect_archive_agree (
  corp_id TEXT NOT NULL,
  external_userid TEXT NOT NULL,
  peer TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  agreed BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  asked_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, external_userid, peer)
);
CREATE INDEX connect_archive_agree_person ON connect_archive_agree (person_id);
-- That something was said, to whom, when. What was said stands here only by agreement, sealed under the person's key.
CREATE TABLE connect_archive_message (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  msgid TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,         -- 0 in a group
  room TEXT NOT NULL,
  by_customer BIGINT NOT NULL,
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,              -- kept; bare: no agreement; withdrawn, erased: the words were taken out
  revoked_at BIGINT,
  sealed BYTEA
);
CREATE UNIQUE INDEX connect_archive_message_id ON connect_archive_message (corp_id, msgid);
CREATE INDEX connect_archive_message_person ON connect_archive_message (person_id, at);
CREATE INDEX connect_archive_message_staff ON connect_archive_message (staff_id, at);
CREATE INDEX connect_archive_message_at ON connect_archive_message (at);
-- What could not be opened, as it came: a key may be entered later.
CREATE TABLE connect_archive_locked (
  corp_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  version BIGINT NOT NULL,
  why TEXT NOT NULL,
  at BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (corp_id, seq)
);
-- Messages by what became of them.
CREATE TABLE connect_archive_tally (
  corp_id TEXT NOT NULL,
  what TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (corp_id, what)
);
