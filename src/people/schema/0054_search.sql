-- Keyed hashes of what a person may be searched by; names themselves are sealed.
CREATE TABLE search_token (
  token BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  field BIGINT NOT NULL,                     -- what it was made of: 1 name, 2 phone
  PRIMARY KEY (token, person_id, origin_id, field)
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX search_token_person ON search_token (person_id, origin_id);
