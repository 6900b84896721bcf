-- What keeps membership remembers between two turns. `turn` counts what it wrote: of two processes one sees that the other
-- was there. People with a number up to `met` were looked at when they were new.
CREATE TABLE segment_turn (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  turn BIGINT NOT NULL,
  met BIGINT NOT NULL
);
INSERT INTO segment_turn (id, turn, met) VALUES (1, 0, 0);

-- A fingerprint of all the rule was made of when everybody was looked at: other rules, lists, names of tags.
ALTER TABLE segment_state ADD COLUMN meaning BIGINT NOT NULL DEFAULT 0;
-- refill: 2 while bits stand and the instants at which time alone may change them are looked for, person by person; those
-- with a number up to `walked` are through.
ALTER TABLE segment_state ADD COLUMN walked BIGINT NOT NULL DEFAULT 0;
