-- One row a node: a person, or what was a person before it was merged into another. Lists read the roots only
-- (merged_into IS NULL). A node's row keeps its own facts for ever, so that unmerge finds them again.
CREATE TABLE person (
  id BIGINT PRIMARY KEY,
  merged_into BIGINT,                        -- the root it belongs to now; NULL: it is a root
  created_at BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  ver BIGINT NOT NULL DEFAULT 1,

  -- Held by the node or, where it has none, borrowed from what was merged into it: `borrowed` has the bit of each
  -- borrowed fact (1 owner and unit_path, 2 inviter, 4 first_touch, 8 channel, 16 store, 32 member_no).
  -- Whoever sets one of them clears its bit.
  owner_staff_id BIGINT,
  unit_path TEXT NOT NULL DEFAULT '',        -- the org path the row is scoped by: "/1/12/"
  inviter_id BIGINT,
  first_touch TEXT,
  channel TEXT,
  store TEXT,
  member_no TEXT,
  borrowed BIGINT NOT NULL DEFAULT 0,

  -- Folded from events and orders; recomputed after merge and unmerge (on_refold).
  stage TEXT NOT NULL DEFAULT 'prospect',
  stage_since BIGINT,
  stage_reason TEXT NOT NULL DEFAULT '',
  next_stage_at BIGINT,
  acquired_at BIGINT, retained_at BIGINT, converted_at BIGINT, repurchased_at BIGINT, referred_at BIGINT,
  orders BIGINT NOT NULL DEFAULT 0,
  paid_fen BIGINT NOT NULL DEFAULT 0,
  refunded_fen BIGINT NOT NULL DEFAULT 0,
  first_paid_at BIGINT, last_paid_at BIGINT,

  erased_at BIGINT                           -- the key is gone and so is every name; totals stay
);
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;

-- Merge tree edges, never deleted: an edge stands while revoked_at IS NULL.
CREATE TABLE person_redirect (
  id BIGINT PRIMARY KEY,
  node BIGINT NOT NULL,
  parent BIGINT NOT NULL,
  at BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  by_user BIGINT NOT NULL DEFAULT 0,         -- 0: by rule
  revoked_at BIGINT,
  revoked_by BIGINT,
  revoked_why TEXT,
  CHECK (node <> parent)
);
CREATE UNIQUE INDEX person_redirect_standing ON person_redirect (node) WHERE revoked_at IS NULL;
CREATE INDEX person_redirect_parent ON person_redirect (parent, at);
