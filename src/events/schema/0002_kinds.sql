CREATE TABLE event_kind (
  id BIGINT NOT NULL,             -- small and stable over versions: what columns store
  version BIGINT NOT NULL,
  name TEXT NOT NULL,             -- object_action
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  kind_group TEXT NOT NULL,
  props TEXT NOT NULL,            -- "order_id:text lines:list store_id?:text"
  origin TEXT NOT NULL,           -- built_in, defined, seen (registered by its first event)
  PRIMARY KEY (id, version),
  UNIQUE (name, version)
);
