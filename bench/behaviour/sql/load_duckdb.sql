-- name: load
CREATE TABLE events_by_person AS SELECT person, kind, channel, city, device, at_ms::BIGINT AS at_ms, amount_fen
FROM read_parquet('{set}/peers/events.parquet')
-- name: load_by_kind
CREATE TABLE events_by_kind AS SELECT * FROM events_by_person ORDER BY kind, person, at_ms
-- name: load_tags
CREATE TABLE tags AS SELECT * FROM read_parquet('{set}/peers/tags.parquet')
-- name: checkpoint
CHECKPOINT
