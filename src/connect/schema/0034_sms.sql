-- The gateway that carries text messages; its secret is sealed with a key outside the store. One row.
CREATE TABLE connect_sms_gateway (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  url TEXT NOT NULL,
  sign TEXT NOT NULL,               -- the signature in front of a text: 【锦鲤茶铺】
  sealed BYTEA NOT NULL,
  disabled BIGINT NOT NULL,
  ver BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Text messages to be sent and what became of them. Number and words are sealed and go with the answer; the masked number stays.
CREATE TABLE connect_sms (
  id BIGINT PRIMARY KEY,
  purpose TEXT NOT NULL,
  phone TEXT NOT NULL,              -- masked
  sealed BYTEA,
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  tries BIGINT NOT NULL,
  try_at BIGINT NOT NULL,
  error TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX connect_sms_due ON connect_sms (try_at) WHERE state = 'queued';
