-- Short links: the definition as JSON text, and beside it what is looked for.
CREATE TABLE entry_link (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,        -- the address: /s/SLUG; never given to another link
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  spec TEXT NOT NULL,
  repeat_key TEXT UNIQUE,           -- makes create_link repeat-safe
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What every click writes: taken by a guarded update, so that a cap is exact.
CREATE TABLE entry_link_turn (
  link_id BIGINT PRIMARY KEY,
  cap BIGINT NOT NULL,              -- 0: none
  clicks BIGINT NOT NULL,
  bots BIGINT NOT NULL,
  asked BIGINT NOT NULL,            -- shown "open in the browser"
  turned BIGINT NOT NULL            -- came when the link did not lead on
);

-- Sums of a day; target '' is what reached none.
CREATE TABLE entry_link_day (
  link_id BIGINT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970 in the merchant's zone
  target TEXT NOT NULL,
  clicks BIGINT NOT NULL,
  visitors BIGINT NOT NULL,         -- different browsers of that day
  bots BIGINT NOT NULL,
  asked BIGINT NOT NULL,
  turned BIGINT NOT NULL,
  PRIMARY KEY (link_id, day, target)
);

-- Browsers that opened something today: door is a link, a page or a form. Older days are swept.
CREATE TABLE entry_door_seen (
  door_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  visitor TEXT NOT NULL,
  PRIMARY KEY (door_id, day, visitor)
);
CREATE INDEX entry_door_seen_day ON entry_door_seen (day);

-- Where addresses of the net are, as the merchant's own list says; no list, no regions.
CREATE TABLE entry_region (
  low BIGINT PRIMARY KEY,           -- IPv4 as a number, both included
  high BIGINT NOT NULL,
  name TEXT NOT NULL
);
