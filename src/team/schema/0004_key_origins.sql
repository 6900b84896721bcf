-- Sites whose pages may send with a write key from a browser: exact origins, one space between; none by default.
ALTER TABLE api_key ADD COLUMN origins TEXT NOT NULL DEFAULT '';
