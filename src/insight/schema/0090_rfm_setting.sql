-- How the merchant cuts RFM scores. Every save is a new row; the highest version is in force, none means quintiles.
CREATE TABLE rfm_setting (
  version BIGINT PRIMARY KEY,
  method TEXT NOT NULL CHECK (method IN ('quintile', 'cuts')),
  r_days TEXT, f_orders TEXT, m_fen TEXT,   -- "30,60,90,180", with cuts
  high BIGINT NOT NULL,                     -- the lowest score that is high for the tiers
  note TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id BIGINT NOT NULL,
  at BIGINT NOT NULL
);
