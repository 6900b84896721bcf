-- Who was asked about last, and what the platform said when it would not tell.
CREATE TABLE connect_wecom_figure_read (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('staff', 'groups')),
  read_on BIGINT NOT NULL,          -- the platform's day
  error TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (corp_id, userid, what)
);

-- How a corp stands: all of a day read, or put off until.
CREATE TABLE connect_wecom_figure_look (
  corp_id TEXT PRIMARY KEY,
  done_on BIGINT NOT NULL,          -- the platform's day; 0: never
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  detail TEXT NOT NULL
);
