-- Names that orders repeat by the thousand: sources, stores, staff and channels as their own systems spell them.
CREATE TABLE trade_name (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,                   -- source, store, staff, channel
  name TEXT NOT NULL,
  UNIQUE (kind, name)
);

CREATE TABLE product (
  id BIGINT PRIMARY KEY,
  title TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE sku (
  id BIGINT PRIMARY KEY,
  product_id BIGINT NOT NULL REFERENCES product (id),
  code TEXT NOT NULL UNIQUE,            -- the merchant's own code
  created_at BIGINT NOT NULL
);
CREATE INDEX sku_product ON sku (product_id);

-- One order of one source. Three registers, each won by its newest message: the header (version, digest), the lines
-- (lines_version, lines_digest) and the buyer (person_version). status, total_fen, net_fen and counts follow from them.
CREATE TABLE shop_order (
  id BIGINT PRIMARY KEY,
  source_id BIGINT NOT NULL,
  order_no TEXT NOT NULL,
  person_id BIGINT,                     -- the root today; NULL while the buyer is unknown
  origin_id BIGINT,                     -- the node the order was born on
  ordered_at BIGINT NOT NULL,
  paid_at BIGINT,
  said TEXT NOT NULL,                   -- the status its source gave
  status TEXT NOT NULL,                 -- … after payments and refunds
  lines_fen BIGINT NOT NULL,
  total_set BIGINT,                     -- a total the source stated; the sum of lines when NULL
  total_fen BIGINT NOT NULL,
  paid_fen BIGINT NOT NULL,             -- by payment rows
  first_pay_at BIGINT,
  refunded_fen BIGINT NOT NULL,         -- by refund rows
  net_fen BIGINT NOT NULL,              -- what it is worth now
  counts BIGINT NOT NULL CHECK (counts IN (0, 1)),  -- a purchase: paid, not cancelled, not refunded to zero, not a return
  line_count BIGINT NOT NULL,
  store_id BIGINT NOT NULL, staff_id BIGINT NOT NULL, channel_id BIGINT NOT NULL,  -- trade_name; 0: not said
  currency TEXT NOT NULL,
  code TEXT NOT NULL,
  version BIGINT NOT NULL, digest BIGINT NOT NULL,
  lines_version BIGINT NOT NULL, lines_digest BIGINT NOT NULL,
  person_version BIGINT NOT NULL,
  told BIGINT NOT NULL,                 -- which events were appended, bits
  UNIQUE (source_id, order_no)
);
CREATE INDEX shop_order_person ON shop_order (person_id);
CREATE INDEX shop_order_at ON shop_order (ordered_at);

CREATE TABLE order_line (
  order_id BIGINT NOT NULL,
  line_no TEXT NOT NULL,
  sku_id BIGINT,
  title TEXT,                           -- only of lines without a SKU
  quantity BIGINT NOT NULL,
  unit_price_fen BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  added BIGINT NOT NULL,                -- 1: arrived on its own, survives a full list that is not newer
  version BIGINT NOT NULL, digest BIGINT NOT NULL,
  PRIMARY KEY (order_id, line_no)
--sqlite:) WITHOUT ROWID;
--pg:);

-- Money that came and money that went back; order_id is NULL while the order has not arrived.
CREATE TABLE payment (
  id BIGINT PRIMARY KEY,
  source_id BIGINT NOT NULL,
  pay_no TEXT NOT NULL,
  order_no TEXT NOT NULL,
  order_id BIGINT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  at BIGINT NOT NULL,
  method TEXT NOT NULL,
  UNIQUE (source_id, pay_no)
);
CREATE INDEX payment_order ON payment (order_id);
CREATE INDEX payment_pending ON payment (source_id, order_no) WHERE order_id IS NULL;

CREATE TABLE refund (
  id BIGINT PRIMARY KEY,
  source_id BIGINT NOT NULL,
  refund_no TEXT NOT NULL,
  order_no TEXT NOT NULL,
  order_id BIGINT,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (source_id, refund_no)
);
CREATE INDEX refund_order ON refund (order_id);
CREATE INDEX refund_pending ON refund (source_id, order_no) WHERE order_id IS NULL;

-- What one node of a person bought. Keyed by the node, so that merging and unmerging people only re-points person_id
-- and never recounts: a person's figures are the sum, the earliest and the latest over its rows.
CREATE TABLE customer_value (
  origin_id BIGINT PRIMARY KEY,
  person_id BIGINT NOT NULL,
  orders BIGINT NOT NULL,
  net_fen BIGINT NOT NULL,
  first_at BIGINT, last_at BIGINT,
  first_order_id BIGINT
);
CREATE INDEX customer_value_person ON customer_value (person_id);
