-- The edge from a person to a staff member or a group chat: its last state by time.
CREATE TABLE relation (
  origin_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('staff', 'group')),
  other BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'deleted_by_customer', 'deleted_by_staff', 'transferred', 'joined', 'left')),
  channel TEXT NOT NULL DEFAULT '',          -- "wecom", "mp"
  via TEXT NOT NULL DEFAULT '',              -- what made it: "code:12"
  first_at BIGINT NOT NULL,
  at BIGINT NOT NULL,                        -- since when the state holds
  PRIMARY KEY (origin_id, kind, other)
);
CREATE INDEX relation_person ON relation (person_id, kind);
CREATE INDEX relation_other ON relation (kind, other, state);

CREATE TABLE relation_history (
  origin_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  other BIGINT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  via TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (origin_id, kind, other, at, state)
);
CREATE INDEX relation_history_person ON relation_history (person_id, at);

-- Who was whose, and since when.
CREATE TABLE owner_history (
  id BIGINT PRIMARY KEY,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  owner_staff_id BIGINT,
  unit_path TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX owner_history_person ON owner_history (person_id, at);

-- Who brought whom: one inviter a node, never a cycle. person.inviter_id is the edge that stands for the root.
CREATE TABLE invite_edge (
  origin_id BIGINT PRIMARY KEY,
  person_id BIGINT NOT NULL,
  inviter_node BIGINT NOT NULL,
  at BIGINT NOT NULL,
  CHECK (origin_id <> inviter_node)
);
CREATE INDEX invite_edge_person ON invite_edge (person_id);
CREATE INDEX invite_edge_inviter ON invite_edge (inviter_node, at);

-- Who may be met where, for what: the consent stands and there is a way. What people::reachable() asks.
CREATE VIEW reachability AS
SELECT c.person_id, c.channel, c.purpose FROM consent_now c
WHERE c.granted = 1 AND CASE
  WHEN c.channel IN ('wecom', 'mp', 'mini') THEN EXISTS (SELECT 1 FROM relation r WHERE r.person_id = c.person_id
    AND r.kind = 'staff' AND r.state = 'active' AND (r.channel = c.channel OR (r.channel = '' AND c.channel = 'wecom')))
  WHEN c.channel IN ('sms', 'phone') THEN EXISTS (SELECT 1 FROM identifier i WHERE i.person_id = c.person_id AND i.ns = 'phone_e164')
  ELSE EXISTS (SELECT 1 FROM identifier i WHERE i.person_id = c.person_id AND i.ns = 'email') END;
