-- A tag given to or taken from everybody a filter selects, in bounded steps, and its way back.
CREATE TABLE bulk_job (
  id BIGINT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone', 'failed')),
  verb TEXT NOT NULL CHECK (verb IN ('add', 'remove')),
  tag_id BIGINT NOT NULL,
  filter TEXT NOT NULL,                      -- JSON of the list's filters
  scope TEXT NOT NULL,                       -- JSON of who asked: reach, staff, unit path
  author TEXT NOT NULL,
  total BIGINT NOT NULL,                     -- people selected when it was started, as far as counted
  done BIGINT NOT NULL DEFAULT 0,
  after_id BIGINT NOT NULL,                  -- people at or above are through
  error TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX bulk_job_open ON bulk_job (id) WHERE state IN ('running', 'undoing');

-- What the job changed, and only that: undo touches nothing else.
CREATE TABLE bulk_change (
  job_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  tag_id BIGINT NOT NULL,
  source TEXT NOT NULL,
  by_whom TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  given BIGINT NOT NULL,                     -- 1: the job added the row, 0: it removed one that read as follows
  at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (job_id, origin_id, tag_id, source)
)
--sqlite: WITHOUT ROWID
;
