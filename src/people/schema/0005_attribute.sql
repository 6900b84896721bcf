CREATE TABLE attribute_def (
  id BIGINT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL CHECK (type IN ('text', 'number', 'money', 'date', 'enum', 'multi')),
  zh TEXT NOT NULL,
  en TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '[]',        -- JSON list of texts, for enum and multi; [] allows any
  rule TEXT NOT NULL CHECK (rule IN ('newest', 'most_trusted', 'longest', 'first', 'max', 'min', 'union')),
  sensitive BIGINT NOT NULL DEFAULT 0,       -- values are sealed and masked
  trust TEXT NOT NULL DEFAULT '[]',          -- JSON list of source kinds, most trusted first: ["user","form"]
  builtin BIGINT NOT NULL DEFAULT 0,
  archived_at BIGINT,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL
);

-- What each source says now, on the node it said it about.
CREATE TABLE attribute_value (
  origin_id BIGINT NOT NULL,
  attribute_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  value TEXT NOT NULL,                       -- canonical text; base64 of a sealed box when sensitive
  at BIGINT NOT NULL,
  PRIMARY KEY (origin_id, attribute_id, source)
);
CREATE INDEX attribute_value_person ON attribute_value (person_id, attribute_id);

-- What a source said before it said something else.
CREATE TABLE attribute_history (
  id BIGINT PRIMARY KEY,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  attribute_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  value TEXT NOT NULL,
  at BIGINT NOT NULL,
  replaced_at BIGINT NOT NULL
);
CREATE INDEX attribute_history_person ON attribute_history (person_id, attribute_id);

-- The one value a root shows, by the attribute's rule: derived, rebuilt after merge and unmerge.
CREATE TABLE person_attribute (
  person_id BIGINT NOT NULL,
  attribute_id BIGINT NOT NULL,
  value TEXT NOT NULL,
  number BIGINT,                             -- money in fen, days since 1970 for dates, numbers times 1,000,000
  origin_id BIGINT NOT NULL,                 -- whose key opens a sealed value
  source TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (person_id, attribute_id)
);
CREATE INDEX person_attribute_number ON person_attribute (attribute_id, number) WHERE number IS NOT NULL;
