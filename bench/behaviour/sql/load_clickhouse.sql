-- name: create
CREATE TABLE events_by_person (person UInt32, kind UInt8, channel UInt8, city UInt8, device UInt8, at_ms UInt64, amount_fen UInt32)
ENGINE = MergeTree ORDER BY (person, at_ms)
-- name: load
INSERT INTO events_by_person SELECT * FROM file('{set}/peers/*.rows', 'RowBinary',
  'person UInt32, kind UInt8, channel UInt8, city UInt8, device UInt8, at_ms UInt64, amount_fen UInt32')
-- name: merge
OPTIMIZE TABLE events_by_person FINAL
-- name: create_by_kind
CREATE TABLE events_by_kind (person UInt32, kind UInt8, channel UInt8, city UInt8, device UInt8, at_ms UInt64, amount_fen UInt32)
ENGINE = MergeTree ORDER BY (kind, person, at_ms)
-- name: load_by_kind
INSERT INTO events_by_kind SELECT * FROM events_by_person
-- name: merge_by_kind
OPTIMIZE TABLE events_by_kind FINAL
-- name: create_tags
CREATE TABLE tags (tag UInt8, person UInt32) ENGINE = MergeTree ORDER BY (tag, person)
-- name: load_tags
INSERT INTO tags SELECT * FROM file('{set}/tags.bin', 'RowBinary', 'tag UInt8, person UInt32')
-- name: merge_tags
OPTIMIZE TABLE tags FINAL
-- name: create_tag_bits
CREATE TABLE tag_bits (tag UInt8, bits AggregateFunction(groupBitmap, UInt32)) ENGINE = AggregatingMergeTree ORDER BY tag
-- name: load_tag_bits
INSERT INTO tag_bits SELECT tag, groupBitmapState(person) FROM tags GROUP BY tag
-- name: parquet_for_duckdb
INSERT INTO FUNCTION file('{set}/peers/events.parquet', 'Parquet') SELECT * FROM events_by_person ORDER BY person, at_ms
SETTINGS engine_file_truncate_on_insert = 1
-- name: parquet_tags_for_duckdb
INSERT INTO FUNCTION file('{set}/peers/tags.parquet', 'Parquet') SELECT * FROM tags ORDER BY tag, person
SETTINGS engine_file_truncate_on_insert = 1
