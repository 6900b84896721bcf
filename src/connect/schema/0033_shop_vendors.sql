-- Whose manner a source speaks: our own ("koipond"), or that of a shop platform, with the application's id there.
ALTER TABLE hook_source ADD COLUMN vendor TEXT NOT NULL DEFAULT 'koipond';
ALTER TABLE hook_source ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
-- Messages of shop platforms, by the platform's name of them: their signatures say no time, so repeats are told by this.
CREATE TABLE hook_message (
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (source, id)
);
CREATE INDEX hook_message_at ON hook_message (at);
