-- A seat kept for a visitor who was shown an entry; kept for some days, the log has it for ever.
CREATE TABLE entry_group_seat (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  image_id BIGINT NOT NULL,         -- which picture was shown, 0: a join way
  visitor TEXT NOT NULL,
  person_node BIGINT NOT NULL,      -- who scanned, when that was known
  state TEXT NOT NULL CHECK (state IN ('held', 'used', 'over')),
  how TEXT NOT NULL,                -- used: exact, only, guess
  at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX entry_group_seat_held ON entry_group_seat (entry_id, expires_at) WHERE state = 'held';
CREATE INDEX entry_group_seat_code ON entry_group_seat (code_id, expires_at) WHERE state = 'held';
CREATE INDEX entry_group_seat_visitor ON entry_group_seat (visitor, code_id, at) WHERE visitor <> '';
CREATE INDEX entry_group_seat_image ON entry_group_seat (image_id) WHERE image_id <> 0;

-- Who is in which group that an entry leads to; times fold by the latest, so that news may come in any order.
CREATE TABLE entry_group_join (
  origin_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  code_id BIGINT NOT NULL,          -- what brought them first, 0: no code
  entry_id BIGINT NOT NULL,
  via_at BIGINT NOT NULL,
  seat_id BIGINT NOT NULL,          -- the seat it took, 0: none
  scene BIGINT NOT NULL,            -- the platform's number
  first_at BIGINT NOT NULL,         -- 0: only heard that they left
  joined_at BIGINT NOT NULL,
  left_at BIGINT NOT NULL,
  PRIMARY KEY (origin_id, group_id)
);
CREATE INDEX entry_group_join_person ON entry_group_join (person_id);
CREATE INDEX entry_group_join_group ON entry_group_join (group_id, joined_at);
CREATE INDEX entry_group_join_left ON entry_group_join (group_id, left_at);
CREATE INDEX entry_group_join_code ON entry_group_join (code_id, entry_id);
CREATE INDEX entry_group_join_seat ON entry_group_join (seat_id) WHERE seat_id <> 0;

-- Scans of a day; entry 0: nobody could be shown a group.
CREATE TABLE entry_group_day (
  code_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  scans BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  PRIMARY KEY (code_id, day, entry_id)
);
