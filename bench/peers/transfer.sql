CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL CHECK (balance >= 0)) WITH (fillfactor = 80);
INSERT INTO account SELECT n, 1000000000 FROM generate_series(1, 100000) n;
CREATE TABLE entry (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, debit INT NOT NULL, credit INT NOT NULL, amount BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now());
-- Rows are taken in one order, so that two transfers between the same pair never wait for each other in a circle.
CREATE FUNCTION transfer(from_id INT, to_id INT, fen BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE made BIGINT;
BEGIN
  IF from_id < to_id THEN
    UPDATE account SET balance = balance - fen WHERE id = from_id;
    UPDATE account SET balance = balance + fen WHERE id = to_id;
  ELSE
    UPDATE account SET balance = balance + fen WHERE id = to_id;
    UPDATE account SET balance = balance - fen WHERE id = from_id;
  END IF;
  INSERT INTO entry (debit, credit, amount) VALUES (from_id, to_id, fen) RETURNING id INTO made;
  RETURN made;
END $$;
CREATE TABLE event_peer (id TEXT PRIMARY KEY, person TEXT NOT NULL, at TIMESTAMPTZ NOT NULL, kind TEXT NOT NULL, props JSONB NOT NULL);
CREATE INDEX event_peer_person ON event_peer (person, at);
CREATE TABLE identity_peer (person BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ident TEXT NOT NULL UNIQUE);
CREATE TABLE event_same (id TEXT PRIMARY KEY, person BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL, kind TEXT NOT NULL, props JSONB NOT NULL);
CREATE INDEX event_same_person ON event_same (person, at);
