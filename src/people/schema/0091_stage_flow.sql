-- Moves between stages by the hour (UTC): what a period's flow is added up from. Equal to stage_history, counted.
CREATE TABLE stage_flow (
  hour BIGINT NOT NULL,                      -- hours since 1970
  from_stage TEXT NOT NULL,
  to_stage TEXT NOT NULL,
  writer BIGINT NOT NULL,                    -- each counts in its own rows; only the sum over writers means something
  moves BIGINT NOT NULL,
  seconds_in BIGINT NOT NULL,                -- sum of the time spent in from_stage
  PRIMARY KEY (hour, from_stage, to_stage, writer)
)
--sqlite: WITHOUT ROWID
;
INSERT INTO stage_flow (hour, from_stage, to_stage, writer, moves, seconds_in)
SELECT at / 3600000, from_stage, to_stage, 0, COUNT(*), CAST(SUM(seconds_in) AS BIGINT) FROM stage_history
GROUP BY at / 3600000, from_stage, to_stage;
DROP INDEX stage_history_at;
