-- A group of customers as this room needs it; a connector says what became of it.
CREATE TABLE group_chat (
  id BIGINT PRIMARY KEY,
  chat_id TEXT NOT NULL UNIQUE,     -- the platform's
  name TEXT NOT NULL,
  owner TEXT NOT NULL,              -- wecom userid
  state TEXT NOT NULL CHECK (state IN ('open', 'ownerless', 'dismissed')),
  members BIGINT NOT NULL,          -- as counted at counted_at
  counted_at BIGINT NOT NULL,
  filled_at BIGINT NOT NULL,        -- the platform said that nobody more fits in
  told_at BIGINT NOT NULL           -- of name, owner and state
);

-- Which groups an entry leads to, in order.
CREATE TABLE entry_group_link (
  entry_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  code_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('join', 'image')),
  place BIGINT NOT NULL,
  extra BIGINT NOT NULL,            -- 0 named by the definition, 1 made by the platform when the others were full, 2 taken out
  PRIMARY KEY (entry_id, group_id)
);
CREATE INDEX entry_group_link_group ON entry_group_link (group_id);
CREATE INDEX entry_group_link_code ON entry_group_link (code_id);
