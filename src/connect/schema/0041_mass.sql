-- Mass sends: one message to many, through guides who confirm it. What is said and to whom is in spec (JSON).
CREATE TABLE connect_wecom_mass (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'group')),
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'planning', 'ready', 'sending', 'sent', 'done', 'cancelled')),
  spec TEXT NOT NULL,
  author TEXT NOT NULL,
  reach TEXT NOT NULL,              -- whom the author may reach: their own, a place's, or everybody
  staff_id BIGINT NOT NULL,
  unit_path TEXT NOT NULL,
  error TEXT NOT NULL,
  place BIGINT NOT NULL,            -- planning: everybody at and above this id was looked at
  found BIGINT NOT NULL,            -- in the audience
  friendless BIGINT NOT NULL,       -- left out: nobody to send it through
  unasked BIGINT NOT NULL,          -- left out: no consent
  capped BIGINT NOT NULL,           -- left out: have received as many as they may
  planned_at BIGINT,
  start_at BIGINT,                  -- not before this
  ended_at BIGINT,
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX connect_wecom_mass_open ON connect_wecom_mass (state, id) WHERE state IN ('planning', 'sending', 'sent');
-- One guide's part of it, as the platform knows it.
CREATE TABLE connect_wecom_mass_task (
  id BIGINT PRIMARY KEY,
  mass_id BIGINT NOT NULL,
  userid TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'asked', 'made', 'refused', 'over', 'cancelled')),
  msgid TEXT NOT NULL,
  error TEXT NOT NULL,
  total BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  lost BIGINT NOT NULL,             -- not a friend any more, or the group is gone
  full_up BIGINT NOT NULL,          -- the platform's own cap
  failed BIGINT NOT NULL,           -- the platform would not take them
  wish TEXT NOT NULL,               -- remind, cancel: to be told to the platform
  asked_at BIGINT,
  made_at BIGINT,
  confirmed_at BIGINT,              -- when the guide did
  reminded_at BIGINT,
  look_at BIGINT NOT NULL
);
CREATE INDEX connect_wecom_mass_task_of ON connect_wecom_mass_task (mass_id, userid, id);
CREATE INDEX connect_wecom_mass_task_due ON connect_wecom_mass_task (state, look_at) WHERE state IN ('planned', 'asked', 'made');
CREATE INDEX connect_wecom_mass_task_wish ON connect_wecom_mass_task (id) WHERE wish <> '';
-- What became of each customer or group.
CREATE TABLE connect_wecom_mass_target (
  id BIGINT PRIMARY KEY,
  mass_id BIGINT NOT NULL,
  task_id BIGINT NOT NULL,          -- 0: left out
  name TEXT NOT NULL,               -- the platform's: external_userid or chat_id; emptied when the person is erased
  person_id BIGINT,
  origin_id BIGINT,
  chat BIGINT,
  state TEXT NOT NULL CHECK (state IN ('planned', 'friendless', 'unasked', 'capped', 'waiting', 'sent', 'lost', 'full', 'failed', 'unsent', 'cancelled')),
  at BIGINT NOT NULL                -- when it came to this; of waiting: when the platform was asked
);
CREATE INDEX connect_wecom_mass_target_mass ON connect_wecom_mass_target (mass_id, id);
CREATE INDEX connect_wecom_mass_target_task ON connect_wecom_mass_target (task_id, state);
CREATE INDEX connect_wecom_mass_target_person ON connect_wecom_mass_target (person_id, at);
CREATE INDEX connect_wecom_mass_target_chat ON connect_wecom_mass_target (chat, at) WHERE chat IS NOT NULL;
-- How many a customer or a group may receive; 0: no limit of ours, of a month: as many as it has days.
CREATE TABLE connect_wecom_quota (
  corp_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  day_max BIGINT NOT NULL,
  week_max BIGINT NOT NULL,
  month_max BIGINT NOT NULL,
  ver BIGINT NOT NULL,
  PRIMARY KEY (corp_id, kind)
);
