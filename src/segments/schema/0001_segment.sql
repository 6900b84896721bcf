-- Rules with a name. The rule itself stands in segment_version; `version` is the one that counts.
CREATE TABLE segment (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  mode TEXT NOT NULL CHECK (mode IN ('asked', 'live', 'fixed')),
  version BIGINT NOT NULL DEFAULT 1,
  tag TEXT NOT NULL DEFAULT '',              -- "group/name" whoever is in carries; '': none
  archived_at BIGINT,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
-- A name leads to one segment; archived ones keep theirs for whoever looks them up by id.
CREATE UNIQUE INDEX segment_name ON segment (name) WHERE archived_at IS NULL;

-- What a segment meant, and since when; never edited.
CREATE TABLE segment_version (
  segment_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  rule TEXT NOT NULL,                        -- JSON (segments/json.h); of a fixed one what it was taken from
  by_whom TEXT NOT NULL DEFAULT '',          -- "user 7"
  at BIGINT NOT NULL,
  PRIMARY KEY (segment_id, version)
);

-- Lists of people that were brought in: from a file, by hand.
CREATE TABLE person_list (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  people BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE TABLE person_list_member (
  list_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (list_id, origin_id)
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX person_list_member_person ON person_list_member (person_id, list_id);
