-- Products of the album as they should stand at the platform, and how far it is.
CREATE TABLE connect_wecom_album (
  id BIGINT PRIMARY KEY,
  corp_id TEXT NOT NULL,
  description TEXT NOT NULL,
  price BIGINT NOT NULL,            -- fen
  sn TEXT NOT NULL,
  pictures TEXT NOT NULL,           -- JSON: ids of media here
  wanted BIGINT NOT NULL,           -- 0: to be taken away
  want_ver BIGINT NOT NULL,
  made_ver BIGINT NOT NULL,
  product_id TEXT NOT NULL,         -- the platform's; "": not there
  asked TEXT NOT NULL,              -- what the first attempt whose answer never came would look like in the platform's list
  asked_at BIGINT,
  look_at BIGINT NOT NULL,          -- not looked for before this: a late request has landed by then
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  detail TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX connect_wecom_album_corp ON connect_wecom_album (corp_id, created_at);
-- When a corp's album is compared next.
CREATE TABLE connect_wecom_album_look (
  corp_id TEXT PRIMARY KEY,
  look_at BIGINT NOT NULL,
  looked_at BIGINT,
  error TEXT NOT NULL,
  detail TEXT NOT NULL
);
