CREATE TABLE tag_group (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  exclusive BIGINT NOT NULL DEFAULT 0,       -- 1: a person holds at most one tag of the group
  color TEXT NOT NULL DEFAULT '',
  position BIGINT NOT NULL DEFAULT 0,
  archived_at BIGINT,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL
);

CREATE TABLE tag (
  id BIGINT PRIMARY KEY,
  group_id BIGINT NOT NULL DEFAULT 0,        -- 0: in no group
  name TEXT NOT NULL,
  color TEXT NOT NULL DEFAULT '',
  people BIGINT NOT NULL DEFAULT 0,          -- persons that hold it now; moved with each assignment
  last_used_at BIGINT,
  archived_at BIGINT,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  UNIQUE (group_id, name)
);
CREATE INDEX tag_name ON tag (name);

-- Who holds what, and who said so. One row a source: a rule that takes its tag back leaves the hand-given one.
CREATE TABLE tag_assignment (
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  tag_id BIGINT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('manual', 'rule', 'import', 'model')),
  by_whom TEXT NOT NULL DEFAULT '',          -- "user 7", "12" of an import, "3" of a rule
  why TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (origin_id, tag_id, source)
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX tag_assignment_person ON tag_assignment (person_id, tag_id);
CREATE INDEX tag_assignment_tag ON tag_assignment (tag_id, person_id);
CREATE INDEX tag_assignment_expiry ON tag_assignment (expires_at) WHERE expires_at IS NOT NULL;
