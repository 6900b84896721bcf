-- Pictures, films and files that messages carry, as the merchant brought them in.
CREATE TABLE connect_media (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,               -- image video file
  name TEXT NOT NULL,
  type TEXT NOT NULL,               -- "image/png", as its first bytes say
  digest TEXT NOT NULL,             -- SHA-256, hex
  size BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX connect_media_same ON connect_media (kind, digest, name);
-- What a corp's platform calls them: such ids live for three days.
CREATE TABLE connect_wecom_media (
  corp_id TEXT NOT NULL,
  media BIGINT NOT NULL,
  place TEXT NOT NULL,              -- message moment album: ids of one are no good in another
  platform_id TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  PRIMARY KEY (corp_id, media, place)
);
