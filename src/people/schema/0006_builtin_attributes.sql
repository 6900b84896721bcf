INSERT INTO attribute_def (id, key, type, zh, en, options, rule, sensitive, builtin, created_at) VALUES
  (1, 'name', 'text', '姓名', 'Name', '[]', 'most_trusted', 1, 1, 0),
  (2, 'phone', 'text', '手机', 'Phone', '[]', 'newest', 1, 1, 0),
  (3, 'email', 'text', '邮箱', 'E-mail', '[]', 'newest', 1, 1, 0),
  (4, 'birthday', 'date', '生日', 'Birthday', '[]', 'most_trusted', 1, 1, 0),
  (5, 'gender', 'enum', '性别', 'Gender', '["male","female","unknown"]', 'most_trusted', 0, 1, 0),
  (6, 'city', 'text', '城市', 'City', '[]', 'newest', 0, 1, 0),
  (7, 'remark', 'text', '备注', 'Remark', '[]', 'newest', 0, 1, 0);
