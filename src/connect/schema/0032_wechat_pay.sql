-- The platform's certificates of a merchant; their keys judge what comes back.
CREATE TABLE wechat_pay_cert (
  mch TEXT NOT NULL,
  serial TEXT NOT NULL,
  pem TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  fetched_at BIGINT NOT NULL,
  PRIMARY KEY (mch, serial)
);
-- Written before the platform is asked: a kill or a lost answer leaves a row to ask about.
CREATE TABLE wechat_payment (
  mch TEXT NOT NULL,
  out_trade_no TEXT NOT NULL,
  appid TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('jsapi', 'native')),
  openid TEXT NOT NULL,
  description TEXT NOT NULL,
  attach TEXT NOT NULL,
  notify_url TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  state TEXT NOT NULL CHECK (state IN ('asked', 'open', 'paid', 'closed', 'failed')),
  prepay TEXT NOT NULL DEFAULT '',           -- prepay_id or code_url
  prepay_at BIGINT,
  transaction_id TEXT NOT NULL DEFAULT '',
  payer_openid TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  refund_asked_fen BIGINT NOT NULL DEFAULT 0,
  refunded_fen BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  paid_at BIGINT,
  ask_at BIGINT,                             -- when the platform is asked next what became of it
  tries BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (mch, out_trade_no),
  CHECK (refund_asked_fen <= amount_fen AND refunded_fen <= refund_asked_fen)
);
CREATE INDEX wechat_payment_ask ON wechat_payment (ask_at) WHERE ask_at IS NOT NULL;
CREATE TABLE wechat_refund (
  mch TEXT NOT NULL,
  out_refund_no TEXT NOT NULL,
  out_trade_no TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  reason TEXT NOT NULL,
  notify_url TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked', 'processing', 'success', 'closed', 'abnormal', 'failed')),
  refund_id TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  ask_at BIGINT,
  tries BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (mch, out_refund_no)
);
CREATE INDEX wechat_refund_trade ON wechat_refund (mch, out_trade_no);
CREATE INDEX wechat_refund_ask ON wechat_refund (ask_at) WHERE ask_at IS NOT NULL;
CREATE TABLE wechat_transfer (
  mch TEXT NOT NULL,
  out_bill_no TEXT NOT NULL,
  appid TEXT NOT NULL,
  openid TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen > 0),
  content TEXT NOT NULL,                     -- the request as it was sent first: never another under the same number
  state TEXT NOT NULL CHECK (state IN ('asked', 'pending', 'confirm', 'success', 'failed', 'cancelled')),
  package TEXT NOT NULL DEFAULT '',          -- opens the confirmation
  transfer_bill_no TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  ask_at BIGINT,
  tries BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (mch, out_bill_no)
);
CREATE INDEX wechat_transfer_ask ON wechat_transfer (ask_at) WHERE ask_at IS NOT NULL;
-- Notices as they came, once each.
CREATE TABLE wechat_pay_notice (
  mch TEXT NOT NULL,
  id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  no TEXT NOT NULL,
  outcome TEXT NOT NULL,                     -- taken, known, foreign
  at BIGINT NOT NULL,
  PRIMARY KEY (mch, id)
);
