-- The tree of places, and who works where.
CREATE TABLE org_unit (
  id BIGINT PRIMARY KEY, parent_id BIGINT REFERENCES org_unit (id),
  path TEXT NOT NULL,                   -- "/1/12/": every ancestor and itself, so that a prefix is a sub-tree
  store_path TEXT NOT NULL,             -- path of the nearest store above (or itself); its own path when there is none
  region_path TEXT NOT NULL,            -- likewise for the nearest region, then city
  name TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('region', 'city', 'store', 'team')),
  code TEXT UNIQUE,                     -- the merchant's own number of the place, as orders name it
  state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
  ver BIGINT NOT NULL
);
CREATE INDEX org_unit_parent ON org_unit (parent_id);

CREATE TABLE staff (
  id BIGINT PRIMARY KEY, name TEXT NOT NULL, unit_id BIGINT REFERENCES org_unit (id),
  wecom_userid TEXT UNIQUE,             -- also the number orders name a member of staff by
  state TEXT NOT NULL CHECK (state IN ('active', 'left')),
  ver BIGINT NOT NULL
);
CREATE INDEX staff_unit ON staff (unit_id);
