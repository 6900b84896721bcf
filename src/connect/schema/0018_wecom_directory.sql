-- Which department of a corp is which of our places, and what was agreed about it last.
CREATE TABLE connect_wecom_department (
  corp_id TEXT NOT NULL,
  department BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,          -- 0: the company itself
  name TEXT NOT NULL,
  parent BIGINT NOT NULL,
  made BIGINT NOT NULL,             -- 1: the place was made for it
  PRIMARY KEY (corp_id, department)
);
-- Which member of a corp is who of our staff.
CREATE TABLE connect_wecom_staff (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  department BIGINT NOT NULL,
  status BIGINT NOT NULL,           -- the platform's: 1 active 2 disabled 4 inactive 5 left
  made BIGINT NOT NULL,             -- 1: the member of staff was made for it
  gone_at BIGINT,
  PRIMARY KEY (corp_id, userid)
);
CREATE INDEX connect_wecom_staff_ours ON connect_wecom_staff (staff_id);
-- A contact way or join way that was asked for and whose answer never came: looked for before it is asked for again.
CREATE TABLE connect_wecom_way_try (
  state TEXT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  asked_at BIGINT NOT NULL,         -- the first time
  look_at BIGINT NOT NULL,          -- not before this: a late request has landed by then
  config_id TEXT NOT NULL DEFAULT ''  -- answered after all, and not written down as made yet
);
