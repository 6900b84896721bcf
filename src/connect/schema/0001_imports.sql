-- A file on its way in. row_at moves in the transaction that holds the effects of the rows before it, so a kill at any
-- moment resumes exactly there.
CREATE TABLE import_job (
  id BIGINT PRIMARY KEY,
  subject TEXT NOT NULL CHECK (subject IN ('customers', 'orders', 'events')),
  source TEXT NOT NULL,                      -- whose order numbers and buyer ids these are
  file_name TEXT NOT NULL,
  path TEXT NOT NULL,
  owned BIGINT NOT NULL,                     -- 1: uploaded, kept in the import folder
  bytes_total BIGINT NOT NULL,
  format TEXT NOT NULL, encoding TEXT NOT NULL, delimiter TEXT NOT NULL, sheet TEXT NOT NULL,
  header TEXT NOT NULL,                      -- JSON list of texts
  map TEXT NOT NULL,                         -- JSON list of {field, column}
  state TEXT NOT NULL CHECK (state IN ('uploading', 'ready', 'checking', 'running', 'paused', 'done', 'failed',
                                       'cancelled', 'undoing', 'undone')),
  dry BIGINT NOT NULL DEFAULT 0,             -- 1: the counts and errors are those of a dry run
  row_at BIGINT NOT NULL DEFAULT 0,          -- data rows whose effects are in
  byte_at BIGINT NOT NULL DEFAULT 0,
  good BIGINT NOT NULL DEFAULT 0,
  bad BIGINT NOT NULL DEFAULT 0,
  orders_made BIGINT NOT NULL DEFAULT 0,
  orders_changed BIGINT NOT NULL DEFAULT 0,
  people_made BIGINT NOT NULL DEFAULT 0,
  events_made BIGINT NOT NULL DEFAULT 0,
  repeats BIGINT NOT NULL DEFAULT 0,         -- rows that were in already
  tally TEXT NOT NULL DEFAULT '{}',          -- JSON: what a dry run counted
  error_code TEXT NOT NULL DEFAULT '',
  error_detail TEXT NOT NULL DEFAULT '',
  author TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  ended_at BIGINT
);
CREATE INDEX import_job_state ON import_job (state, id);

-- Lines of the error file, one row a batch.
CREATE TABLE import_error (
  import_id BIGINT NOT NULL,
  first_row BIGINT NOT NULL,
  lines BIGINT NOT NULL,
  csv TEXT NOT NULL,
  PRIMARY KEY (import_id, first_row)
);

-- What a batch made, for undo: ids packed as 8 bytes each, little end first.
CREATE TABLE import_effect (
  import_id BIGINT NOT NULL,
  first_row BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('order', 'order_changed', 'person', 'profile')),
  ids BYTEA NOT NULL,
  PRIMARY KEY (import_id, first_row, kind)
);

-- Names an import brought to profiles, so that undo can take them off again.
CREATE TABLE import_name (
  import_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('attribute', 'tag')),
  name TEXT NOT NULL,
  PRIMARY KEY (import_id, kind, name)
);

-- The last mapping used for files with this header.
CREATE TABLE import_map (
  signature TEXT PRIMARY KEY,
  map TEXT NOT NULL,
  used_at BIGINT NOT NULL
);
