-- Forms: the definition as JSON text, and beside it what is looked for.
CREATE TABLE entry_form (
  id BIGINT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,        -- the address: /f/SLUG; never given to another form
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
  spec TEXT NOT NULL,
  repeat_key TEXT UNIQUE,           -- makes create_form repeat-safe
  ver BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- What every answer writes: taken by a guarded update, so that a cap is exact.
CREATE TABLE entry_form_turn (
  form_id BIGINT PRIMARY KEY,
  cap BIGINT NOT NULL,              -- 0: none
  answers BIGINT NOT NULL,
  opened BIGINT NOT NULL            -- by people, every look at the first page
);

CREATE TABLE entry_form_day (
  form_id BIGINT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970 in the merchant's zone
  opened BIGINT NOT NULL,
  visitors BIGINT NOT NULL,
  answers BIGINT NOT NULL,
  PRIMARY KEY (form_id, day)
);

-- What somebody answered. The text is sealed with the person's own key: who is erased takes it along.
CREATE TABLE entry_answer (
  id BIGINT PRIMARY KEY,
  form_id BIGINT NOT NULL,
  form_ver BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  once_key TEXT NOT NULL,           -- whose only answer this is; '' when there may be more
  repeat_key TEXT NOT NULL,         -- of the page that was sent: a second tap is the same answer
  score BIGINT NOT NULL,
  seconds BIGINT NOT NULL,          -- from the first page to the last; 0: not known
  sealed BYTEA NOT NULL,
  touch TEXT NOT NULL,              -- JSON object
  at BIGINT NOT NULL,
  UNIQUE (form_id, repeat_key)
);
CREATE UNIQUE INDEX entry_answer_once ON entry_answer (form_id, once_key) WHERE once_key <> '';
CREATE INDEX entry_answer_person ON entry_answer (person_id);

-- How often each choice was taken; option '' counts who came to the question, '-' who passed it by.
CREATE TABLE entry_form_pick (
  form_id BIGINT NOT NULL,
  question TEXT NOT NULL,
  option TEXT NOT NULL,
  n BIGINT NOT NULL,
  PRIMARY KEY (form_id, question, option)
);

-- Files that came with answers; answer_id NULL: not sent yet, swept after a day.
CREATE TABLE entry_upload (
  id BIGINT PRIMARY KEY,
  form_id BIGINT NOT NULL,
  question TEXT NOT NULL,
  visitor TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  at BIGINT NOT NULL,
  answer_id BIGINT
);
CREATE INDEX entry_upload_answer ON entry_upload (answer_id);
CREATE INDEX entry_upload_loose ON entry_upload (at) WHERE answer_id IS NULL;
