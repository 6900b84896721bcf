-- Customers and groups of one member of staff go to others: 在职继承 on the job, 离职继承 after they left.
CREATE TABLE handover (
  id BIGINT PRIMARY KEY,
  request_key TEXT UNIQUE,              -- the caller's; NULL: none
  from_staff BIGINT NOT NULL REFERENCES staff (id),
  unit_path TEXT NOT NULL,              -- where they stood when it began: who may see it
  mode TEXT NOT NULL CHECK (mode IN ('onjob', 'left')),
  rule TEXT NOT NULL CHECK (rule IN ('one', 'equal', 'least', 'store', 'match', 'explicit')),
  same_unit BIGINT NOT NULL,
  greeting TEXT NOT NULL,               -- what the platform tells the customers
  daily_max BIGINT NOT NULL,            -- people one receiver takes in a day
  attempts_max BIGINT NOT NULL,         -- receivers one item is offered to
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
  error TEXT NOT NULL,                  -- why it was paused by itself
  author TEXT NOT NULL,
  started_at BIGINT NOT NULL, ended_at BIGINT, ver BIGINT NOT NULL
);
CREATE INDEX handover_state ON handover (state, id);

CREATE TABLE handover_receiver (
  handover_id BIGINT NOT NULL REFERENCES handover (id), place BIGINT NOT NULL,
  staff_id BIGINT NOT NULL REFERENCES staff (id),
  capacity BIGINT NOT NULL,             -- customers they may have in all; -1: as many as the platform lets them
  PRIMARY KEY (handover_id, staff_id)
);

-- One customer or one group on its way.
CREATE TABLE handover_item (
  id BIGINT PRIMARY KEY, handover_id BIGINT NOT NULL REFERENCES handover (id),
  kind TEXT NOT NULL CHECK (kind IN ('person', 'group')),
  from_staff BIGINT NOT NULL,
  person_id BIGINT, origin_id BIGINT,   -- of a customer
  group_id BIGINT, name TEXT NOT NULL,  -- of a group, as whoever keeps groups numbers and calls it
  via TEXT NOT NULL CHECK (via IN ('wecom', 'house')),  -- house: nobody but us needs to know
  to_staff BIGINT NOT NULL,             -- 0: nobody had room
  state TEXT NOT NULL CHECK (state IN ('planned', 'asked', 'waiting', 'moved', 'refused', 'full', 'failed', 'cancelled')),
  is_open BIGINT NOT NULL,                 -- 1: planned, asked or waiting
  attempts BIGINT NOT NULL,             -- answers that were no
  tried TEXT NOT NULL,                  -- ",3,7,": receivers who did not get it
  try_at BIGINT NOT NULL,               -- planned: asked from then on; asked, waiting: looked at then
  asked_at BIGINT, ended_at BIGINT,
  error TEXT NOT NULL
);
CREATE UNIQUE INDEX handover_item_person ON handover_item (origin_id, from_staff) WHERE is_open = 1 AND kind = 'person';
CREATE UNIQUE INDEX handover_item_group ON handover_item (group_id) WHERE is_open = 1 AND kind = 'group';
CREATE INDEX handover_item_due ON handover_item (state, try_at) WHERE is_open = 1;
CREATE INDEX handover_item_list ON handover_item (handover_id, state, id);
CREATE INDEX handover_item_to ON handover_item (handover_id, to_staff, state);
CREATE INDEX handover_item_of ON handover_item (person_id, ended_at) WHERE kind = 'person';
CREATE INDEX handover_item_chat ON handover_item (group_id, ended_at) WHERE kind = 'group';

-- What was used of a day: people a receiver was given, groups a giver gave. Days are the platform's (UTC+8).
CREATE TABLE handover_quota (
  staff_id BIGINT NOT NULL, what TEXT NOT NULL CHECK (what IN ('people', 'groups')), day BIGINT NOT NULL, used BIGINT NOT NULL,
  PRIMARY KEY (staff_id, what, day)
);
