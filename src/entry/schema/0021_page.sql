-- Landing pages: the newest definition here, every one of them in entry_page_version.
CREATE TABLE entry_page (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,        -- the address: /h5/p/SLUG; never given to another page
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  repeat_key TEXT UNIQUE,           -- makes create_page repeat-safe
  ver BIGINT NOT NULL,              -- the newest
  live_ver BIGINT NOT NULL,         -- what visitors see; 0: nothing yet
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE entry_page_version (
  page_id BIGINT NOT NULL,
  ver BIGINT NOT NULL,
  spec TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (page_id, ver)
);

CREATE TABLE entry_page_day (
  page_id BIGINT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970 in the merchant's zone
  block TEXT NOT NULL,              -- '': the page as a whole
  views BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  clicks BIGINT NOT NULL,
  bots BIGINT NOT NULL,
  PRIMARY KEY (page_id, day, block)
);
