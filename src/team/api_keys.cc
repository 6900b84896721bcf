#include "base/text.h"
#include "http/wire.h"
#include "store/rows.h"
#include "team/api.h"

namespace koi::team {

struct KeyOut {
  KeyId id;
  std::string name, kind, tail;
  std::vector<std::string> scopes, ip_list, origins;
  std::optional<SourceId> source_id;
  std::string source;
  Instant created_at;
  std::optional<Instant> expires_at, last_used_at, revoked_at;
};
BOOST_DESCRIBE_STRUCT(KeyOut, (),
                      (id, name, kind, tail, scopes, ip_list, origins, source_id, source, created_at, expires_at, last_used_at,
                       revoked_at))
using KeyPage = http::Page<KeyOut>;
struct KeyRow {
  KeyId id;
  std::string name, kind, tail, scopes, ip_list, origins;
  std::optional<SourceId> source_id;
  std::string source;
  Instant created_at;
  std::optional<Instant> expires_at, last_used_at, revoked_at;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (),
                      (id, name, kind, tail, scopes, ip_list, origins, source_id, source, created_at, expires_at, last_used_at,
                       revoked_at))
struct SourceOut {
  SourceId id;
  std::string key, name, kind;
  std::int64_t keys = 0;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(SourceOut, (), (id, key, name, kind, keys, created_at))
using SourcePage = http::Page<SourceOut>;

struct ListQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, after))
struct KeyBody {
  std::string name;
  std::vector<std::string> scopes;
  std::optional<std::vector<std::string>> ip_list;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(KeyBody, (), (name, scopes, ip_list, expires_at))
struct WriteKeyBody {
  std::string name;
  std::optional<std::vector<std::string>> ip_list, origins;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(WriteKeyBody, (), (name, ip_list, origins, expires_at))
struct SourceBody {
  std::string key, name, kind;
};
BOOST_DESCRIBE_STRUCT(SourceBody, (), (key, name, kind))
struct NewKeyReply {
  KeyId id;
  std::string key;
};
BOOST_DESCRIBE_STRUCT(NewKeyReply, (), (id, key))

namespace {

constexpr std::string_view kListKeys =
    "SELECT k.id, k.name, k.kind, k.tail, k.scopes, k.ip_list, k.origins, k.source_id, COALESCE(s.key, ''), k.created_at, "
    "k.expires_at, k.last_used_at, k.revoked_at FROM api_key k LEFT JOIN source s ON s.id = k.source_id "
    "WHERE k.id > $1 AND k.kind = $2 AND (CAST($3 AS BIGINT) = 0 OR k.source_id = CAST($3 AS BIGINT)) "
    "ORDER BY k.id LIMIT $4";
constexpr std::string_view kKeyOf =
    "SELECT id FROM api_key WHERE id = $1 AND kind = $2 AND COALESCE(source_id, 0) = $3";
constexpr std::string_view kListSources =
    "SELECT s.id, s.key, s.name, s.kind, (SELECT COUNT(*) FROM api_key k WHERE k.source_id = s.id AND k.revoked_at "
    "IS NULL), s.created_at FROM source s WHERE s.id > $1 ORDER BY s.id LIMIT $2";
constexpr std::string_view kOneSource =
    "SELECT s.id, s.key, s.name, s.kind, (SELECT COUNT(*) FROM api_key k WHERE k.source_id = s.id AND k.revoked_at "
    "IS NULL), s.created_at FROM source s WHERE s.id = $1";

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const auto word : split_text(text, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

KeyOut key_out(const KeyRow& row) {
  return {row.id,        row.name,   row.kind,       row.tail,       words(row.scopes), words(row.ip_list), words(row.origins),
          row.source_id, row.source, row.created_at, row.expires_at, row.last_used_at,  row.revoked_at};
}

struct Ask {
  int limit;
  std::int64_t after;
};
Result<Ask> ask_page(Call& call) {
  TRY(const auto query, call.query<ListQuery>());
  TRY(const int limit, http::page_limit(query.limit));
  TRY(const auto after, http::decode_cursor(query.after.value_or(http::encode_cursor({0})), 1));
  return Ask{limit, after[0]};
}

Answer list_keys(Call& call, Ask ask, std::string_view kind, SourceId source) {
  return call.read([=](Tx& tx) -> Result<Reply> {
    TRY(auto rows, tx.all<KeyRow>(kListKeys, ask.after, kind, source.v, ask.limit + 1));
    KeyPage page{{}, {}, tx.now()};
    if (rows.size() > static_cast<std::size_t>(ask.limit)) {
      rows.pop_back();
      page.next = http::encode_cursor({rows.back().id.v});
    }
    for (const auto& row : rows) page.data.push_back(key_out(row));
    return http::ok(page);
  });
}

Answer revoke(Call& call, KeyId id, std::string_view kind, SourceId source) {
  call.audit_subject(to_text(id));
  return call.write(id, [=](Tx& tx) -> Result<Reply> {
    TRY(const auto mine, tx.maybe<KeyId>(kKeyOf, id, kind, source.v));
    if (!mine) return fail(Errc::not_found, "team.no_key");
    TRY(revoke_key(tx, id));
    return http::no_content();
  });
}

UserId maker(const Call& call) {
  return call.actor().kind == http::Actor::Kind::user ? UserId{call.actor().id} : UserId{};
}

Result<Answer> get_keys(Call& call) {
  TRY(const auto ask, ask_page(call));
  return list_keys(call, ask, "api", {});
}

Result<Answer> post_key(Call& call) {
  TRY(const auto body, call.body<KeyBody>());
  for (const auto& scope : body.scopes) {
    // A key is never wider than its maker; "*" would be.
    if (scope == "*" || (find_line(scope) != nullptr && !call.actor().may(scope))) {
      return fail(Errc::forbidden, "team.wider_than_you", scope, "/scopes");
    }
  }
  return call.write(ShardKey{}, [body, by = maker(call), &call](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_key(tx, {.name = body.name,
                                         .kind = "api",
                                         .scopes = body.scopes,
                                         .source = {},
                                         .ip_list = body.ip_list.value_or(std::vector<std::string>{}),
                                         .expires_at = body.expires_at,
                                         .created_by = by}));
    call.audit_subject(to_text(made.id));
    return http::created(NewKeyReply{made.id, made.key});
  });
}

Result<Answer> delete_key(Call& call) {
  TRY(const auto id, call.path<KeyId>("key"));
  return revoke(call, id, "api", {});
}

Result<Answer> get_sources(Call& call) {
  TRY(const auto ask, ask_page(call));
  return call.read([ask](Tx& tx) -> Result<Reply> {
    SourcePage page{{}, {}, tx.now()};
    TRY(page.data, tx.all<SourceOut>(kListSources, ask.after, ask.limit + 1));
    if (page.data.size() > static_cast<std::size_t>(ask.limit)) {
      page.data.pop_back();
      page.next = http::encode_cursor({page.data.back().id.v});
    }
    return http::ok(page);
  });
}

Result<Answer> post_source(Call& call) {
  TRY(const auto body, call.body<SourceBody>());
  return call.write(ShardKey{}, [body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto id, ensure_source(tx, body.key, body.name, body.kind));
    call.audit_subject(to_text(id));
    TRY(const auto source, tx.one<SourceOut>(kOneSource, id));
    return http::created(source);
  });
}

Result<Answer> get_write_keys(Call& call) {
  TRY(const auto source, call.path<SourceId>("source"));
  TRY(const auto ask, ask_page(call));
  return list_keys(call, ask, "write", source);
}

Result<Answer> post_write_key(Call& call) {
  TRY(const auto source, call.path<SourceId>("source"));
  TRY(const auto body, call.body<WriteKeyBody>());
  return call.write(source, [source, body, by = maker(call), &call](Tx& tx) -> Result<Reply> {
    TRY(const auto found, tx.maybe<SourceOut>(kOneSource, source));
    if (!found) return fail(Errc::not_found, "team.no_source");
    TRY(const auto made, create_key(tx, {.name = body.name,
                                         .kind = "write",
                                         .scopes = {},
                                         .source = found->key,
                                         .ip_list = body.ip_list.value_or(std::vector<std::string>{}),
                                         .expires_at = body.expires_at,
                                         .created_by = by,
                                         .origins = body.origins.value_or(std::vector<std::string>{})}));
    call.audit_subject(to_text(made.id));
    return http::created(NewKeyReply{made.id, made.key});
  });
}

Result<Answer> delete_write_key(Call& call) {
  TRY(const auto source, call.path<SourceId>("source"));
  TRY(const auto id, call.path<KeyId>("key"));
  return revoke(call, id, "write", source);
}

using http::kSecret, http::None, http::route;
constexpr Route kKeyRoutes[] = {
    route<ListQuery, None, KeyPage>("GET", "/v1/keys", "key.read", get_keys, "API 密钥", "API keys"),
    route<None, KeyBody, NewKeyReply>("POST", "/v1/keys", "key.write", post_key, "创建 API 密钥", "Create an API key",
                                      kSecret),
    route<None, None, None>("DELETE", "/v1/keys/{key}", "key.write", delete_key, "吊销 API 密钥", "Revoke an API key"),
    route<ListQuery, None, SourcePage>("GET", "/v1/sources", "source.read", get_sources, "数据源", "Sources"),
    route<None, SourceBody, SourceOut>("POST", "/v1/sources", "source.write", post_source, "新增数据源",
                                       "Add a source"),
    route<ListQuery, None, KeyPage>("GET", "/v1/sources/{source}/keys", "source.read", get_write_keys,
                                    "数据源的写入密钥", "Write keys of a source"),
    route<None, WriteKeyBody, NewKeyReply>("POST", "/v1/sources/{source}/keys", "source.write", post_write_key,
                                           "创建写入密钥", "Create a write key", kSecret),
    route<None, None, None>("DELETE", "/v1/sources/{source}/keys/{key}", "source.write", delete_write_key,
                            "吊销写入密钥", "Revoke a write key"),
};

}  // namespace

std::span<const Route> key_routes() { return kKeyRoutes; }

}  // namespace koi::team
