-- What the platform counted of a member of a corp on one of its days. Rows are told again and may be corrected.
CREATE TABLE connect_wecom_figure (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970 by the platform's calendar
  requests BIGINT NOT NULL,         -- sent by them
  friends BIGINT NOT NULL,          -- new customers
  chats BIGINT NOT NULL,
  messages BIGINT NOT NULL,         -- by them
  lost BIGINT NOT NULL,             -- customers who deleted or blocked them
  reply_bps BIGINT,                 -- share of chats answered, 1/100 %; nothing when there were no chats
  reply_minutes BIGINT,             -- average until the first answer; nothing when nobody was answered
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, userid, day)
);
CREATE INDEX connect_wecom_figure_day ON connect_wecom_figure (day);

-- The same of an owner of groups.
CREATE TABLE connect_wecom_group_figure (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  day BIGINT NOT NULL,
  new_groups BIGINT NOT NULL,
  groups_total BIGINT NOT NULL,
  groups_active BIGINT NOT NULL,    -- with a message
  new_members BIGINT NOT NULL,
  members_total BIGINT NOT NULL,
  members_active BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, userid, day)
);
CREATE INDEX connect_wecom_group_figure_day ON connect_wecom_group_figure (day);
