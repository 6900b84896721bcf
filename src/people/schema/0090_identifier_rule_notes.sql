-- A rule on an identifier as people read it: `shown` is the value, masked when sensitive; `note` says why.
ALTER TABLE identifier_rule ADD COLUMN id BIGINT;
ALTER TABLE identifier_rule ADD COLUMN shown TEXT NOT NULL DEFAULT '';
ALTER TABLE identifier_rule ADD COLUMN note TEXT NOT NULL DEFAULT '';
-- Rules from before have no number of their own: they get small ones, by their place.
UPDATE identifier_rule SET id = (SELECT COUNT(*) FROM identifier_rule o
  WHERE o.ns < identifier_rule.ns OR (o.ns = identifier_rule.ns AND o.value <= identifier_rule.value));
CREATE UNIQUE INDEX identifier_rule_id ON identifier_rule (id) WHERE id IS NOT NULL;
