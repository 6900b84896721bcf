-- Groups of customers as the platform shows them; id is the group's number in entry (group_chat).
CREATE TABLE connect_wecom_chat (
  corp_id TEXT NOT NULL,
  chat_id TEXT NOT NULL,
  id BIGINT NOT NULL,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  notice TEXT NOT NULL,
  status BIGINT NOT NULL,           -- 0 normal 1 owner left 2 being inherited 3 inherited
  version TEXT NOT NULL,            -- member_version
  staff BIGINT NOT NULL,
  customers BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  read_at BIGINT NOT NULL,
  gone_at BIGINT,
  PRIMARY KEY (corp_id, chat_id)
);
CREATE UNIQUE INDEX connect_wecom_chat_id ON connect_wecom_chat (id);
-- Customers in them; staff are counted only.
CREATE TABLE connect_wecom_chat_member (
  chat BIGINT NOT NULL,
  external_userid TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  joined_at BIGINT NOT NULL,
  join_scene BIGINT NOT NULL,
  state TEXT NOT NULL,
  invitor TEXT NOT NULL,
  left_at BIGINT,
  PRIMARY KEY (chat, external_userid)
);
CREATE INDEX connect_wecom_chat_member_person ON connect_wecom_chat_member (person_id);
