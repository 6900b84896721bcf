-- Codes sent to telephones, by browser and number; both the number and the code are keyed prints.
CREATE TABLE entry_phone_code (
  visitor TEXT NOT NULL,
  phone TEXT NOT NULL,
  code TEXT NOT NULL,
  sent_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  proved_at BIGINT,
  PRIMARY KEY (visitor, phone)
);
CREATE INDEX entry_phone_code_sent ON entry_phone_code (sent_at);

-- Codes of a day: of a number (p:), of a browser (v:), of everybody (all). Taken by a guarded update, so that no two have the last one.
CREATE TABLE entry_phone_day (
  who TEXT NOT NULL,
  day BIGINT NOT NULL,              -- days since 1970, UTC
  n BIGINT NOT NULL,
  PRIMARY KEY (who, day)
);
CREATE INDEX entry_phone_day_day ON entry_phone_day (day);
