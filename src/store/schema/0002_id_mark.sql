-- No id above a writer's mark has been given out: ids of the next start begin above all marks, whatever its clock says.
CREATE TABLE id_mark (
  writer BIGINT PRIMARY KEY,
  mark BIGINT NOT NULL
);
