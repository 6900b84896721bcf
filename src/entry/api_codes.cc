// Codes on the wire: made, changed, tried out.
#include <boost/json.hpp>

#include "entry/code_api.h"
#include "entry/known.h"
#include "entry/visit.h"
#include "entry/ways.h"
#include "store/rows.h"

namespace koi::entry {

struct CodeAdvice { std::string code, pointer, zh, en; };
BOOST_DESCRIBE_STRUCT(CodeAdvice, (), (code, pointer, zh, en))
struct AcquisitionOut { bool wanted = false; std::string url, error; };
BOOST_DESCRIBE_STRUCT(AcquisitionOut, (), (wanted, url, error))
struct CodeOut {
  CodeId id;
  std::string slug, url;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  CodeSpec spec;
  std::int64_t ways_ready = 0, ways_waiting = 0;
  std::vector<CodeAdvice> advice;
  AcquisitionOut acquisition;
};
BOOST_DESCRIBE_STRUCT(CodeOut, (), (id, slug, url, state, ver, created_at, updated_at, spec, ways_ready, ways_waiting, advice, acquisition))
struct CodeRow {
  CodeId id;
  std::string slug, url, name, folder, channel;
  CodeKind kind = CodeKind::staff;
  CodeMode mode = CodeMode::page;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::int64_t scans = 0, friends = 0, alarms = 0, ways_waiting = 0;
  Sums sums;                  // of the last 30 days, as far as the caller sees them
  std::int64_t cost_fen = 0;  // of the same days
};
BOOST_DESCRIBE_STRUCT(CodeRow, (), (id, slug, url, name, folder, channel, kind, mode, state, ver, created_at, updated_at, scans, friends, alarms, ways_waiting,
                                    sums, cost_fen))
struct CodeListQuery { std::optional<std::string> q, folder, channel, state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(CodeListQuery, (), (q, folder, channel, state, cursor, limit))
struct CodeIn { http::Json spec; std::optional<std::string> slug, key; };
BOOST_DESCRIBE_STRUCT(CodeIn, (), (spec, slug, key))
struct CodeEdit { http::Json spec; };
BOOST_DESCRIBE_STRUCT(CodeEdit, (), (spec))
struct CodeCopy { std::string name; std::optional<std::string> key; };
BOOST_DESCRIBE_STRUCT(CodeCopy, (), (name, key))
struct CodeBatch { http::Json spec; std::vector<UnitId> stores; std::string key; };
BOOST_DESCRIBE_STRUCT(CodeBatch, (), (spec, stores, key))
struct CodeMade { CodeId id; UnitId store; std::string slug, url, name; };
BOOST_DESCRIBE_STRUCT(CodeMade, (), (id, store, slug, url, name))
struct CodesMade { std::vector<CodeMade> data; };
BOOST_DESCRIBE_STRUCT(CodesMade, (), (data))
struct PreviewPlace { double lat = 0, lng = 0; };
BOOST_DESCRIBE_STRUCT(PreviewPlace, (), (lat, lng))
struct PreviewIn { std::int64_t visitors = 1; std::optional<PersonId> person; std::optional<PreviewPlace> place; std::optional<UnitId> store; };
BOOST_DESCRIBE_STRUCT(PreviewIn, (), (visitors, person, place, store))
struct PreviewStore { UnitId unit; std::string name; std::optional<double> km; bool open = true; };
BOOST_DESCRIBE_STRUCT(PreviewStore, (), (unit, name, km, open))
struct PreviewLine {
  std::int64_t visitor = 0, level = 0;
  std::string kind;
  std::optional<StaffId> guide;
  std::string guide_name, store_name, qr_url;
  CodeWords reason, words;
  std::vector<PreviewStore> stores;
};
BOOST_DESCRIBE_STRUCT(PreviewLine, (), (visitor, level, kind, guide, guide_name, store_name, qr_url, reason, words, stores))
struct PreviewOut { std::vector<PreviewLine> data; };
BOOST_DESCRIBE_STRUCT(PreviewOut, (), (data))
struct CodeTotals { std::int64_t scans = 0, friends = 0, alarms = 0, waiting = 0; };
BOOST_DESCRIBE_STRUCT(CodeTotals, (), (scans, friends, alarms, waiting))
struct WayCounts { std::int64_t ready = 0, waiting = 0; };
BOOST_DESCRIBE_STRUCT(WayCounts, (), (ready, waiting))

namespace {

constexpr std::string_view kTotals =
    "SELECT t.scans, (SELECT COUNT(*) FROM entry_arrival a WHERE a.code_id = t.code_id), "
    "(SELECT COUNT(*) FROM entry_alarm m WHERE m.code_id = t.code_id AND m.closed_at IS NULL), "
    "(SELECT COUNT(*) FROM entry_way w WHERE w.code_id = t.code_id AND w.wanted = 1 AND w.qr_url = '' AND w.staff_id >= 0) FROM entry_code_turn t WHERE t.code_id = $1";
constexpr std::string_view kWays =
    "SELECT CAST(COALESCE(SUM(CASE WHEN qr_url <> '' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN qr_url = '' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM entry_way WHERE code_id = $1 AND wanted = 1 AND staff_id >= 0";

/// What stands in a body's "spec": its place is told from the body's root.
template <class T>
Result<T> inside_spec(Result<T> got) {
  if (!got && got.error().pointer != "/slug" && got.error().pointer != "/key") got.error().pointer = "/spec" + got.error().pointer;
  return got;
}

Result<CodeOut> code_out(Tx& tx, const std::string& site, Code code, std::vector<Advice> advice = {}) {
  TRY(const auto ways, tx.one<WayCounts>(kWays, code.id));
  CodeOut out{code.id, code.slug, code_url(site, code.slug), code.state, code.ver, code.created_at, code.updated_at, std::move(code.spec), ways.ready, ways.waiting, {}, {}};
  TRY(const auto link, acquisition_link(tx, code.id));
  out.acquisition = {link.wanted, link.url, link.error};
  for (auto& a : advice) out.advice.push_back({std::move(a.code), "/spec" + a.pointer, std::move(a.said.zh), std::move(a.said.en)});
  return out;
}

Result<Reply> tagged(Tx& tx, const std::string& site, SavedCode saved, int status = 200) {
  const auto ver = saved.code.ver;
  TRY(const auto out, code_out(tx, site, std::move(saved.code), std::move(saved.advice)));
  auto reply = http::ok(out);
  reply.status = status;
  return http::with_etag(std::move(reply), ver);
}

Result<Answer> get_codes(Call& call) {
  TRY(const auto query, call.query<CodeListQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  CodeFilter filter{query.q.value_or(""), query.folder.value_or(""), query.channel.value_or(""), query.state.value_or(""), {}, limit + 1};
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    filter.before = CodeId{place[0]};
  }
  return call.read([filter, limit, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto codes, list_codes(tx, scope, filter));
    http::Page<CodeRow> out;
    out.as_of = tx.now();
    const bool more = codes.size() > static_cast<std::size_t>(limit);
    if (more) codes.pop_back();
    TRY(const auto lately, sum_codes(tx, scope, codes));
    for (auto& c : codes) {
      TRY(const auto sums, tx.one<CodeTotals>(kTotals, c.id));
      const auto& recent = lately.at(c.id);
      out.data.push_back({c.id, c.slug, code_url(site, c.slug), std::move(c.spec.name), std::move(c.spec.folder), std::move(c.spec.channel), c.spec.kind,
                          c.spec.mode, c.state, c.ver, c.created_at, c.updated_at, sums.scans, sums.friends, sums.alarms, sums.waiting, recent.sums, recent.cost_fen});
    }
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_code(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  return call.read([id, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto code, find_code(tx, scope, id));
    // What was advised when it was saved may have been heeded since, or come up: asked again.
    auto advice = check_spec(tx, code.spec);
    // What could not be saved today, because everybody has left or a store is gone, is what most needs saying.
    if (!advice) {
      auto& e = advice.error();
      if (e.kind != Errc::invalid) return std::unexpected(std::move(e));
      advice = std::vector<Advice>{{std::move(e.code), std::move(e.pointer), {std::move(e.detail), std::move(e.detail_zh)}}};
    }
    return tagged(tx, site, {std::move(code), std::move(*advice)});
  });
}

Result<Answer> post_code(Call& call) {
  TRY(const auto body, call.body<CodeIn>());
  TRY(auto spec, inside_spec(read_spec(body.spec.text)));
  CreateCode cmd{std::move(spec), body.slug.value_or(""), body.key.value_or("")};
  return call.write(ShardKey{}, [cmd = std::move(cmd), &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, inside_spec(create_code(tx, call.scope(), cmd)));
    call.audit_subject(to_text(saved.code.id));
    return tagged(tx, site_of(call.request()), std::move(saved), 201);
  });
}

Result<Answer> put_code(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  TRY(const auto body, call.body<CodeEdit>());
  TRY(const auto ver, http::if_match(call));
  TRY(auto spec, inside_spec(read_spec(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(shard_of(id), [cmd = EditCode{id, ver, std::move(spec)}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, inside_spec(edit_code(tx, call.scope(), cmd)));
    return tagged(tx, site_of(call.request()), std::move(saved));
  });
}

template <CodeState kState>
Result<Answer> post_state(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  call.audit_subject(to_text(id), kState == CodeState::active ? R"({"state":"active"})" : kState == CodeState::paused ? R"({"state":"paused"})" : R"({"state":"deleted"})");
  return call.write(shard_of(id), [id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto code, set_code_state(tx, call.scope(), id, kState));
    return tagged(tx, site_of(call.request()), {std::move(code), {}});
  });
}

Result<Answer> post_clone(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  TRY(const auto body, call.body<CodeCopy>());
  return call.write(ShardKey{}, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, clone_code(tx, call.scope(), id, body.name, body.key.value_or("")));
    call.audit_subject(to_text(saved.code.id));
    return tagged(tx, site_of(call.request()), std::move(saved), 201);
  });
}

Result<Answer> post_batch(Call& call) {
  TRY(auto body, call.body<CodeBatch>());
  TRY(auto spec, inside_spec(read_spec(body.spec.text)));
  call.audit_subject("", boost::json::serialize(boost::json::object{{"stores", body.stores.size()}}));
  return call.write(ShardKey{}, [cmd = BatchCodes{std::move(spec), std::move(body.stores), std::move(body.key)}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto codes, create_batch(tx, call.scope(), cmd));
    CodesMade out;
    for (std::size_t i = 0; i < codes.size(); ++i)
      out.data.push_back({codes[i].id, cmd.stores[i], codes[i].slug, code_url(site_of(call.request()), codes[i].slug), std::move(codes[i].spec.name)});
    return http::created(out);
  });
}

PreviewLine preview_line(Assigned&& a, std::int64_t visitor) {
  PreviewLine out{visitor, a.level, std::move(a.kind), {}, std::move(a.guide_name), std::move(a.store_name), std::move(a.qr_url), code_words(a.reason), code_words(a.words), {}};
  if (a.guide) out.guide = a.guide;
  for (auto& s : a.stores) out.stores.push_back({s.unit, std::move(s.name), s.km, s.open});
  return out;
}

Result<Answer> post_preview(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  TRY(const auto body, call.body<PreviewIn>());
  ScanCommand cmd{.code = id, .visitor = {}, .person = body.person.value_or(PersonId{})};
  if (body.place) cmd.place = Place{body.place->lat, body.place->lng};
  cmd.picked_store = body.store.value_or(UnitId{});
  const auto visitors = static_cast<int>(std::clamp<std::int64_t>(body.visitors, 0, 1000));
  return call.write(shard_of(id), [cmd, visitors, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(find_code(tx, scope, cmd.code));
    TRY(auto all, preview_assign(tx, cmd, visitors));
    PreviewOut out;
    for (auto& a : all) out.data.push_back(preview_line(std::move(a), static_cast<std::int64_t>(out.data.size()) + 1));
    return http::ok(out);
  });
}

/// An object whose "spec" is a definition, with `more` members beside it.
std::string with_spec(std::string_view more, std::string_view required) {
  return std::string(R"({"type":"object","additionalProperties":false,"required":[)") + std::string(required) + R"(],"properties":{"spec":)" + spec_schema() + std::string(more) + "}}";
}
std::string schema_of_new() { return with_spec(R"(,"slug":{"anyOf":[{"type":"string"},{"type":"null"}]},"key":{"anyOf":[{"type":"string"},{"type":"null"}]})", R"("spec")"); }
std::string schema_of_edit() { return with_spec("", R"("spec")"); }
std::string schema_of_batch() {
  return with_spec(R"(,"stores":{"type":"array","items":{"type":"string"},"maxItems":500},"key":{"type":"string"})", R"("spec","stores","key")");
}
constexpr Route bodied(Route r, http::SchemaFn body) {
  r.body = body;
  return r;
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<CodeListQuery, None, http::Page<CodeRow>>("GET", "/v1/codes", "code.read", get_codes, "活码列表", "List live codes"),
    bodied(route<None, CodeIn, CodeOut>("POST", "/v1/codes", "code.write", post_code, "新建活码", "Create a live code"), schema_of_new),
    bodied(route<None, CodeBatch, CodesMade>("POST", "/v1/codes:batch", "code.write", post_batch, "为多家门店批量建码", "Create a live code for each store", http::kBatch), schema_of_batch),
    route<None, None, CodeOut>("GET", "/v1/codes/{code}", "code.read", get_code, "活码", "One live code"),
    bodied(route<None, CodeEdit, CodeOut>("PUT", "/v1/codes/{code}", "code.write", put_code, "修改活码", "Change a live code", http::kIfMatch), schema_of_edit),
    route<None, None, CodeOut>("POST", "/v1/codes/{code}:pause", "code.write", post_state<CodeState::paused>, "暂停活码", "Pause a live code"),
    route<None, None, CodeOut>("POST", "/v1/codes/{code}:resume", "code.write", post_state<CodeState::active>, "恢复活码", "Resume a live code"),
    route<None, None, CodeOut>("POST", "/v1/codes/{code}:delete", "code.write", post_state<CodeState::deleted>, "删除活码", "Delete a live code"),
    route<None, CodeCopy, CodeOut>("POST", "/v1/codes/{code}:clone", "code.write", post_clone, "复制活码", "Copy a live code"),
    route<None, PreviewIn, PreviewOut>("POST", "/v1/codes/{code}/preview", "code.read", post_preview, "试算接下来的访客会遇到谁及原因", "Whom the next visitors would meet, and why", http::kNoAudit),
};

}  // namespace

std::string code_url(std::string_view site, std::string_view slug) { return std::string(site) + "/c/" + std::string(slug); }

std::span<const Route> code_edit_routes() { return kRoutes; }

}  // namespace koi::entry
