-- When a stage begins and ends, in days. A new version is a new row; the newest one holds for the whole history.
CREATE TABLE stage_rule (
  version BIGINT PRIMARY KEY,
  retain_days BIGINT NOT NULL,               -- seen again this long after arriving: retained
  new_days BIGINT NOT NULL,                  -- after the first purchase
  active_days BIGINT NOT NULL,               -- silent this long after the last one: dormant
  dormant_days BIGINT NOT NULL,              -- silent this long: lost
  at BIGINT NOT NULL,
  by_whom TEXT NOT NULL,
  CHECK (retain_days > 0 AND new_days > 0 AND new_days < active_days AND active_days < dormant_days)
);
INSERT INTO stage_rule (version, retain_days, new_days, active_days, dormant_days, at, by_whom)
VALUES (1, 7, 30, 90, 180, 0, 'system');

-- Each move of a person from stage to stage. Derived: a fold of its events in order of their time.
CREATE TABLE stage_history (
  person_id BIGINT NOT NULL,                 -- the root
  at BIGINT NOT NULL,
  event_seq BIGINT NOT NULL,                 -- what moved it; 0: time alone
  from_stage TEXT NOT NULL,
  to_stage TEXT NOT NULL,
  reason TEXT NOT NULL,
  seconds_in BIGINT NOT NULL,                -- time spent in from_stage
  PRIMARY KEY (person_id, at, event_seq)
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX stage_history_at ON stage_history (at, from_stage, to_stage);

CREATE INDEX person_next_stage ON person (next_stage_at) WHERE next_stage_at IS NOT NULL;

-- A walk over everybody after the rules changed; one row while it is under way.
CREATE TABLE stage_refold (
  version BIGINT PRIMARY KEY,
  after_id BIGINT NOT NULL
);
