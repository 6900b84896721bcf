-- Moments 客户朋友圈: what guides are asked to publish. What is said and who sees it is in spec (JSON).
CREATE TABLE connect_wecom_moment (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'sending', 'asked', 'sent', 'done', 'refused', 'cancelled')),
  spec TEXT NOT NULL,
  author TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  unit_path TEXT NOT NULL,
  error TEXT NOT NULL,
  jobid TEXT NOT NULL,
  moment_id TEXT NOT NULL,
  wish TEXT NOT NULL,               -- cancel: to be told to the platform
  start_at BIGINT,                  -- not before this
  asked_at BIGINT,
  made_at BIGINT,
  look_at BIGINT NOT NULL,
  ended_at BIGINT,
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX connect_wecom_moment_due ON connect_wecom_moment (state, look_at) WHERE state IN ('sending', 'asked', 'sent');
-- Each guide's part of it.
CREATE TABLE connect_wecom_moment_guide (
  moment BIGINT NOT NULL,
  userid TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  published_at BIGINT,              -- when we saw that they had
  reach BIGINT NOT NULL,            -- customers who can see it
  likes BIGINT NOT NULL,
  comments BIGINT NOT NULL,
  PRIMARY KEY (moment, userid)
);
-- Customers who liked it or said something.
CREATE TABLE connect_wecom_moment_word (
  id BIGINT PRIMARY KEY,
  moment BIGINT NOT NULL,
  userid TEXT NOT NULL,
  external_userid TEXT NOT NULL,    -- emptied when the person is erased
  kind TEXT NOT NULL CHECK (kind IN ('like', 'comment')),
  at BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL
);
CREATE UNIQUE INDEX connect_wecom_moment_word_same ON connect_wecom_moment_word (moment, userid, origin_id, kind, at);
CREATE INDEX connect_wecom_moment_word_person ON connect_wecom_moment_word (person_id, at);
