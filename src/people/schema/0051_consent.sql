-- Append-only. What a person agreed to and took back, per channel and purpose, with the proof.
CREATE TABLE consent_entry (
  id BIGINT PRIMARY KEY,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  purpose TEXT NOT NULL,
  granted BIGINT NOT NULL CHECK (granted IN (0, 1)),
  evidence TEXT NOT NULL DEFAULT '',
  notice_version TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,                        -- when the person said it
  recorded_at BIGINT NOT NULL,
  UNIQUE (origin_id, channel, purpose, at, granted)
);
CREATE INDEX consent_entry_person ON consent_entry (person_id, channel, purpose, at);

-- The last word of each (person, channel, purpose) by time; at one instant "no" beats "yes". A grant for marketing
-- counts only with evidence.
CREATE VIEW consent_now AS
SELECT c.person_id, c.channel, c.purpose, c.at, MAX(c.evidence) AS evidence, MAX(c.notice_version) AS notice_version,
       MIN(CASE WHEN c.granted = 1 AND (c.purpose <> 'marketing' OR c.evidence <> '') THEN 1 ELSE 0 END) AS granted
FROM consent_entry c
WHERE NOT EXISTS (SELECT 1 FROM consent_entry n WHERE n.person_id = c.person_id AND n.channel = c.channel
                  AND n.purpose = c.purpose AND n.at > c.at)
GROUP BY c.person_id, c.channel, c.purpose, c.at;
