-- Uploaded pictures of groups' codes, which the platform lets live for seven days.
CREATE TABLE entry_group_image (
  id BIGINT PRIMARY KEY,
  code_id BIGINT NOT NULL,
  entry_id BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'deleted')),
  type TEXT NOT NULL,               -- "image/png", as its first bytes say
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  bytes BYTEA NOT NULL,             -- emptied some time after it was replaced
  uploaded_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX entry_group_image_code ON entry_group_image (code_id, id);
CREATE INDEX entry_group_image_expires ON entry_group_image (expires_at) WHERE state = 'active';
