-- Questions worth keeping, and dashboards that show them.
CREATE TABLE saved_chart (
  id BIGINT PRIMARY KEY,
  owner_kind TEXT NOT NULL,                  -- whose it is: "user", "key"; "system": the house's, anybody's to change
  owner_id BIGINT NOT NULL,
  owner_name TEXT NOT NULL,                  -- as they were called when it was made
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('funnel', 'retention', 'paths', 'activity', 'attribution', 'rfm')),
  spec TEXT NOT NULL,                        -- JSON, as POST /v1/queries/KIND takes it
  look TEXT NOT NULL,                        -- JSON object of texts: how the answer is shown
  shared BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (owner_kind, owner_id, name)
);

CREATE TABLE dashboard (
  id BIGINT PRIMARY KEY,
  owner_kind TEXT NOT NULL,
  owner_id BIGINT NOT NULL,
  owner_name TEXT NOT NULL,
  name TEXT NOT NULL,
  shared BIGINT NOT NULL DEFAULT 0,
  ver BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (owner_kind, owner_id, name)
);

-- A chart on a dashboard, in a grid of twelve columns. With the chart goes its tile.
CREATE TABLE dashboard_tile (
  dashboard_id BIGINT NOT NULL REFERENCES dashboard (id),
  chart_id BIGINT NOT NULL REFERENCES saved_chart (id),
  x BIGINT NOT NULL, y BIGINT NOT NULL, w BIGINT NOT NULL, h BIGINT NOT NULL,
  PRIMARY KEY (dashboard_id, chart_id)
);
CREATE INDEX dashboard_tile_chart ON dashboard_tile (chart_id);
