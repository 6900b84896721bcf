-- Who is whose friend at WeCom: a row per (corp, staff, customer), as the platform last showed it.
CREATE TABLE connect_wecom_contact (
  corp_id TEXT NOT NULL,
  userid TEXT NOT NULL,
  external_userid TEXT NOT NULL,
  staff_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  origin_id BIGINT NOT NULL,
  remark TEXT NOT NULL,             -- what staff wrote; emptied when the person is erased
  description TEXT NOT NULL,
  tags TEXT NOT NULL,               -- the platform's tag ids, sorted, comma separated: what both sides agreed on last
  add_way BIGINT NOT NULL,
  state TEXT NOT NULL,              -- of the contact way that brought them
  oper TEXT NOT NULL,               -- who began it: a userid or an external_userid
  face BIGINT NOT NULL,             -- digest of name, gender, unionid: another one means looking again
  phones BIGINT NOT NULL,           -- digest of the phones staff noted; the phones themselves are people's
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,       -- when this row was last told anything new
  deleted_at BIGINT,
  PRIMARY KEY (corp_id, userid, external_userid)
)
--sqlite: WITHOUT ROWID
;
CREATE INDEX connect_wecom_contact_person ON connect_wecom_contact (person_id);
CREATE INDEX connect_wecom_contact_who ON connect_wecom_contact (corp_id, external_userid);
