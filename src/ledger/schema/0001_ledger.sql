-- What is scarce. Balances are what the transfers left behind; `koipond verify` replays them all and compares. On
-- SQLite the rows stand as of as_of and the newest balances are in memory, see ledger/book.h.
CREATE TABLE account (
  id BIGINT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,       -- "programme:1:issue"
  unit TEXT NOT NULL,              -- "CNY", "points:1", "coupon:12"
  flags BIGINT NOT NULL,           -- 1 no overdraft, 2 credit limit, 4 closed
  floor_limit BIGINT NOT NULL,     -- with a credit limit: how far below 0
  granted BIGINT NOT NULL,         -- of an allowance: units given so far
  kind TEXT NOT NULL, owner TEXT NOT NULL,
  posted BIGINT NOT NULL,          -- credits minus debits
  pending_out BIGINT NOT NULL CHECK (pending_out >= 0),
  pending_in BIGINT NOT NULL CHECK (pending_in >= 0),
  as_of BIGINT NOT NULL,           -- the last transfer these balances include (PostgreSQL: all of them)
  opened_at BIGINT NOT NULL,
  CHECK (flags % 2 = 0 OR posted - pending_out >= 0),
  CHECK ((flags / 2) % 2 = 0 OR posted - pending_out >= -floor_limit)
);

-- Rows never change; a correction is a new transfer. debit gives, credit takes.
CREATE TABLE transfer (
  id BIGINT PRIMARY KEY,           -- in order; SQLite counts, PostgreSQL takes time-ordered ids
  kind BIGINT NOT NULL,            -- 0 move, 1 hold, 2 post, 3 void, 4 expire
  key TEXT NOT NULL,               -- effect key, unique for ever
  key_hi BIGINT NOT NULL, key_lo BIGINT NOT NULL,
  debit BIGINT NOT NULL, credit BIGINT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount >= 0),
  reason TEXT, ref TEXT,
  hold_id BIGINT,                  -- what a post, void or expire settles
  expires_at BIGINT,               -- of a hold
  chain_id BIGINT,                 -- first of the chain it stands in
  at BIGINT NOT NULL
);
--pg: CREATE UNIQUE INDEX transfer_by_key ON transfer (key_hi, key_lo);
--pg: CREATE INDEX transfer_by_debit ON transfer (debit, id);
--pg: CREATE INDEX transfer_by_credit ON transfer (credit, id);

-- Every account row of a SQLite store includes its transfers up to here: where replay begins.
CREATE TABLE ledger_mark (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  transfer_id BIGINT NOT NULL
);
INSERT INTO ledger_mark (id, transfer_id) VALUES (1, 0);

-- Where a hold stands; the row is taken by a guarded update before anything moves.
CREATE TABLE ledger_hold (
  id BIGINT PRIMARY KEY,           -- transfer.id of the hold
  state TEXT NOT NULL CHECK (state IN ('pending', 'posted', 'voided', 'expired')),
  expires_at BIGINT
);
CREATE INDEX ledger_hold_due ON ledger_hold (expires_at) WHERE state = 'pending' AND expires_at IS NOT NULL;
