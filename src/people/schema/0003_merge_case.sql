-- Two people that evidence says are one and a rule says are not, or one person that grew past a cap.
CREATE TABLE merge_case (
  id BIGINT PRIMARY KEY,
  person_a BIGINT NOT NULL,                  -- nodes, a < b; b is 0 when it is about one person only
  person_b BIGINT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('two_unionids', 'namespace_limit', 'merge_cap', 'identifier_cap', 'unmerged')),
  ns TEXT NOT NULL,                          -- the namespace that is in the way
  evidence TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'merged', 'dismissed')),
  seen BIGINT NOT NULL DEFAULT 1,            -- how often the evidence came again
  opened_at BIGINT NOT NULL,
  closed_at BIGINT,
  closed_by BIGINT,
  note TEXT NOT NULL DEFAULT '',
  UNIQUE (person_a, person_b, reason)
);
CREATE INDEX merge_case_state ON merge_case (state, id);
CREATE INDEX merge_case_b ON merge_case (person_b);
