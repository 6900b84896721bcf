-- The people list walks one of these, newest first, and tests the other filters on the way.
CREATE INDEX person_stage ON person (stage, id);
CREATE INDEX person_owner ON person (owner_staff_id, id) WHERE owner_staff_id IS NOT NULL;
CREATE INDEX person_store ON person (store, id) WHERE store IS NOT NULL;
CREATE INDEX person_channel ON person (channel, id) WHERE channel IS NOT NULL;
CREATE INDEX person_created ON person (created_at, id);
CREATE INDEX person_inviter ON person (inviter_id) WHERE inviter_id IS NOT NULL;
-- Whoever never bought stands in none of the orders that buyers do.
CREATE INDEX person_paid ON person (paid_fen, id) WHERE orders > 0;
CREATE INDEX person_last_paid ON person (last_paid_at, id) WHERE last_paid_at IS NOT NULL;
CREATE INDEX person_orders ON person (orders, id) WHERE orders > 1;
--sqlite:CREATE INDEX person_unit ON person (unit_path, id) WHERE unit_path <> '';
--pg:CREATE INDEX person_unit ON person (unit_path COLLATE "C", id) WHERE unit_path <> '';
-- Short open values; sealed ones are longer and found by nobody.
CREATE INDEX person_attribute_value ON person_attribute (attribute_id, value, person_id) WHERE LENGTH(value) <= 40;
