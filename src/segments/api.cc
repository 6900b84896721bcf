// Segments on the wire: kept, changed, looked up, checked.
#include "segments/api.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "segments/check.h"
#include "segments/circles.h"
#include "segments/chunks.h"
#include "segments/json.h"
#include "segments/merchant.h"
#include "segments/sentence.h"
#include "segments/text.h"
#include "segments/tokens.h"
#include "segments/use.h"
#include "store/rows.h"

namespace koi::segments {

struct ListQuery {
  std::optional<std::string> q;
  std::optional<Mode> mode;
  std::optional<bool> archived;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (q, mode, archived, limit, cursor))
using SegmentPage = http::Page<SegmentOut>;
struct WholeOut : SegmentOut { http::Json rule; Sentence sentence; };
BOOST_DESCRIBE_STRUCT(WholeOut, (SegmentOut), (rule, sentence))
struct SegmentIn {
  std::string name;
  std::optional<std::string> description, text, tag;
  Mode mode = Mode::asked;
  std::optional<http::Json> rule;
};
BOOST_DESCRIBE_STRUCT(SegmentIn, (), (name, description, text, tag, mode, rule))
struct SegmentPatch {
  std::optional<std::string> name, description, text, tag;
  std::optional<Mode> mode;
  std::optional<http::Json> rule;
  std::optional<bool> archived;
};
BOOST_DESCRIBE_STRUCT(SegmentPatch, (), (name, description, text, tag, mode, rule, archived))
struct VersionOut { std::int64_t version = 1; std::string text, by, by_name; Instant at; };
BOOST_DESCRIBE_STRUCT(VersionOut, (), (version, text, by, by_name, at))
struct VersionList { std::vector<VersionOut> data; };
BOOST_DESCRIBE_STRUCT(VersionList, (), (data))
struct UseList { std::vector<Use> data; };
BOOST_DESCRIBE_STRUCT(UseList, (), (data))

struct CheckIn { std::optional<std::string> text; std::optional<http::Json> rule; std::optional<std::string> name; };
BOOST_DESCRIBE_STRUCT(CheckIn, (), (text, rule, name))
struct ProblemOut {
  std::string code, title, detail, pointer;
  std::optional<std::int64_t> line, column, end_column;
  std::string suggestion;
};
BOOST_DESCRIBE_STRUCT(ProblemOut, (), (code, title, detail, pointer, line, column, end_column, suggestion))
struct CheckOut {
  bool ok = false;
  std::optional<std::string> text;
  std::optional<http::Json> rule;
  std::optional<Sentence> sentence;
  std::vector<ProblemOut> problems;
};
BOOST_DESCRIBE_STRUCT(CheckOut, (), (ok, text, rule, sentence, problems))
struct SnapshotIn { std::string name; std::optional<std::string> description; std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(SnapshotIn, (), (name, description, at))

struct TodayRow { std::int64_t entered = 0, left = 0; };
BOOST_DESCRIBE_STRUCT(TodayRow, (), (entered, left))

namespace {

#define KOI_SEGMENT_LIST "SELECT id, name, description, mode, version, tag, archived_at, ver, created_at, updated_at FROM segment "
// $1 a part of name or description, $2 the mode or '', $3 archived, $4 the last id of the page before, $5 rows.
constexpr std::string_view kPage = KOI_SEGMENT_LIST
    "WHERE (CAST($1 AS TEXT) = '' OR replace(name, $1, '') <> name OR replace(description, $1, '') <> description) AND (CAST($2 AS TEXT) = '' OR mode = $2) "
    "AND (CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END) = $3 AND (CAST($4 AS BIGINT) = 0 OR id < $4) ORDER BY id DESC LIMIT $5";
constexpr std::string_view kToday = "SELECT entered, exited FROM segment_size WHERE segment_id = $1 AND day = $2";


Result<WholeOut> whole_out(Tx& tx, const Scope& scope, const Segment& segment) {
  WholeOut out;
  TRY(static_cast<SegmentOut&>(out), segment_out(tx, scope, segment));
  TRY(const auto rule, rule_of(tx, segment.id));
  TRY(const auto words, merchant_vocabulary(tx));
  out.rule = {json_of(rule)};
  out.sentence = sentence_in(rule.root, words);
  return out;
}

Result<Answer> get_segments(Call& call) {
  TRY(auto query, call.query<ListQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  std::int64_t after = 0;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    after = place[0];
  }
  return call.read([scope = call.scope(), query = std::move(query), limit, after](Tx& tx) -> Result<Reply> {
    const auto mode = query.mode ? std::string(enum_text(*query.mode)) : std::string();
    TRY(auto rows, tx.all<Segment>(kPage, query.q.value_or(""), mode, query.archived.value_or(false), after, limit + 1));
    SegmentPage page;
    const bool more = rows.size() > static_cast<std::size_t>(limit);
    if (more) rows.pop_back();
    for (const auto& row : rows) {
      TRY(auto out, segment_out(tx, scope, row));
      page.data.push_back(std::move(out));
    }
    if (more) page.next = http::encode_cursor({rows.back().id.v});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

Result<Answer> get_segment(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(const auto segment, segment_by_id(tx, id));
    TRY(const auto out, whole_out(tx, scope, segment));
    return http::with_etag(http::ok(out), segment.ver);
  });
}

/// A reply of the Writer shows no size: that is a reader's to count.
Result<Reply> saved(Tx& tx, const Segment& segment, int status) {
  WholeOut out;
  static_cast<Segment&>(out) = segment;
  TRY(const auto rule, rule_of(tx, segment.id));
  TRY(const auto state, state_of(tx, segment.id));
  TRY(const auto words, merchant_vocabulary(tx));
  out.text = print_rule(rule);
  out.rule = {json_of(rule)};
  out.sentence = sentence_in(rule.root, words);
  out.state = segment.mode == Mode::asked ? "asked" : is_ready(segment, state) ? "ready" : "filling";
  if (segment.mode == Mode::fixed && state) out.size = state->size;
  auto reply = http::ok(out);
  reply.status = status;
  return http::with_etag(std::move(reply), segment.ver);
}

Result<Answer> post_segment(Call& call) {
  TRY(const auto body, call.body<SegmentIn>());
  const CreateSegment cmd{.name = body.name, .description = body.description.value_or(""), .mode = body.mode,
                          .rule = written(body.text, body.rule), .tag = body.tag.value_or(""), .by = by_of(call)};
  call.audit_subject(body.name);
  return read_then_write<bool>(
      call, ShardKey{}, [](Tx& tx) -> Result<bool> { TRY(refresh_rates(tx)); return true; },
      [cmd](Tx& tx, bool) -> Result<Reply> {
        TRY(const auto made, create_segment(tx, cmd));
        return saved(tx, made, 201);
      });
}

Result<Answer> patch_segment(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  TRY(const auto body, call.body<SegmentPatch>());
  TRY(const auto ver, http::if_match(call));
  UpdateSegment cmd{.id = id, .ver = ver, .name = body.name, .description = body.description, .tag = body.tag, .mode = body.mode,
                    .rule = {}, .archived = body.archived, .by = by_of(call)};
  if (body.text || body.rule) cmd.rule = written(body.text, body.rule);
  call.audit_subject(to_text(id));
  return read_then_write<bool>(
      call, ShardKey{}, [](Tx& tx) -> Result<bool> { TRY(refresh_rates(tx)); return true; },
      [cmd](Tx& tx, bool) -> Result<Reply> {
        TRY(const auto changed, update_segment(tx, cmd));
        return saved(tx, changed, 200);
      });
}

Result<Answer> drop_segment(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  call.audit_subject(to_text(id));
  return call.write(ShardKey{}, [id](Tx& tx) -> Result<Reply> {
    TRY(delete_segment(tx, id));
    return http::no_content();
  });
}

Result<Answer> get_versions(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto versions, versions_of(tx, id));
    VersionList out;
    std::map<std::string, std::string> names;
    for (const auto& v : versions) {
      const auto [name, is_new] = names.try_emplace(v.by_whom);
      if (is_new) { TRY(name->second, author_name(tx, v.by_whom)); }
      out.data.push_back({v.version, print_rule(v.rule), v.by_whom, name->second, v.at});
    }
    return http::ok(out);
  });
}

Result<Answer> get_use(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto segment, segment_by_id(tx, id));
    UseList out;
    TRY(out.data, uses_of(tx, segment));
    return http::ok(out);
  });
}

std::optional<std::int64_t> number_param(const Error& e, std::string_view name) {
  const auto at = std::ranges::find(e.params, name, [](const auto& p) { return std::string_view(p.first); });
  return at == e.params.end() ? std::nullopt : parse_int(at->second);
}

/// A text that cannot be read is one problem, with its place.
ProblemOut problem_of(const Error& e, std::string_view text, std::string_view language) {
  ProblemOut out{.code = e.code, .title = http::problem_title(e, language), .detail = detail_in(e, language), .pointer = e.pointer,
                 .line = number_param(e, "line"), .column = number_param(e, "column"), .end_column = {}, .suggestion = {}};
  if (const auto to = number_param(e, "to")) out.end_column = static_cast<std::int64_t>(place_of(text, static_cast<std::size_t>(*to)).column);
  for (const auto& [name, value] : e.params)
    if (name == "suggestion") out.suggestion = value;
  return out;
}

ProblemOut problem_of(const Problem& p, const Parsed* parsed, std::string_view text, std::string_view language) {
  ProblemOut out{.code = p.code, .title = http::problem_title({Errc::invalid, p.code, {}, {}, {}}, language), .detail = detail_in(p, language),
                 .pointer = p.pointer, .line = {}, .column = {}, .end_column = {}, .suggestion = p.suggestion};
  if (parsed == nullptr || p.leaf >= parsed->leaves.size()) return out;
  const auto from = place_of(text, parsed->leaves[p.leaf].from), to = place_of(text, parsed->leaves[p.leaf].to);
  out.line = static_cast<std::int64_t>(from.line);
  out.column = static_cast<std::int64_t>(from.column);
  if (to.line == from.line) out.end_column = static_cast<std::int64_t>(to.column);
  return out;
}

/// The kept segment with this rule instead of its own would run in a circle over tags.
Result<> add_tag_circle(Tx& tx, const std::string& name, const Rule& rule, std::string_view language, CheckOut& out) {
  const auto kept = find_segment(tx, name);
  if (!kept) return kept.error().kind == Errc::not_found ? Result<>{} : std::unexpected(kept.error());
  TRY(auto circle, tag_circle(tx, {.id = kept->id, .name = kept->name, .mode = kept->mode, .tag = kept->tag, .rule = rule}));
  if (!circle.empty()) out.problems.push_back(problem_of(Problem{"segments.tag_cycle", std::move(circle), {}, 0, {}}, nullptr, {}, language));
  return {};
}

Result<CheckOut> check(Tx& tx, const CheckIn& in, std::string_view language) {
  CheckOut out;
  const auto text = in.text.value_or("");
  std::optional<Parsed> parsed;
  std::optional<Rule> rule;
  if (in.text.has_value() == in.rule.has_value()) return fail(Errc::invalid, "segments.rule_missing", {}, "/text");
  if (in.text) {
    auto read = parse_rule(*in.text);
    if (read) { parsed = std::move(*read); rule = parsed->rule; }
    else out.problems.push_back(problem_of(read.error(), text, language));
  } else {
    auto read = rule_of_json(in.rule->text);
    if (read) rule = std::move(*read);
    else out.problems.push_back(problem_of(read.error(), text, language));
  }
  if (!rule) return out;
  TRY(refresh_rates(tx));
  TRY(const auto words, merchant_vocabulary(tx));
  for (const auto& p : check_rule(*rule, words, in.name.value_or(""))) out.problems.push_back(problem_of(p, parsed ? &*parsed : nullptr, text, language));
  if (out.problems.empty() && in.name) { TRY(add_tag_circle(tx, *in.name, *rule, language, out)); }
  out.ok = out.problems.empty();
  out.text = print_rule(*rule);
  out.rule = http::Json{json_of(*rule)};
  out.sentence = sentence_in(rule->root, words);
  return out;
}

Result<Answer> post_check(Call& call) {
  TRY(auto body, call.body<CheckIn>());
  return call.read([body = std::move(body), language = call.request().language()](Tx& tx) -> Result<Reply> {
    TRY(const auto out, check(tx, body, language));
    return http::ok(out);
  });
}

struct Taken { Rule rule; std::vector<std::int64_t> people; };

/// Those of them the caller may see.
Result<Taken> take_people(Tx& tx, const Scope& scope, SegmentId id, std::optional<Instant> at) {
  TRY(const auto segment, segment_by_id(tx, id));
  TRY(const auto survey, Survey::begin(tx, scope, at));
  TRY(const auto people, survey->members(segment));
  TRY(auto rule, rule_of(tx, id));
  return Taken{std::move(rule), survey->nodes(people)};
}

Result<Answer> post_snapshot(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  TRY(const auto body, call.body<SnapshotIn>());
  call.audit_subject(to_text(id));
  return read_then_write<Taken>(
      call, ShardKey{}, [scope = call.scope(), id, at = body.at](Tx& tx) { return take_people(tx, scope, id, at); },
      [body, by = by_of(call)](Tx& tx, const Taken& taken) -> Result<Reply> {
        TRY(const auto made, create_snapshot(tx, {body.name, body.description.value_or(""), taken.rule, taken.people, by}));
        return saved(tx, made, 201);
      });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<ListQuery, None, SegmentPage>("GET", "/v1/segments", "segment.read", get_segments, "人群列表", "List segments"),
    route<None, SegmentIn, WholeOut>("POST", "/v1/segments", "segment.write", post_segment, "新建人群", "Create a segment"),
    route<None, None, WholeOut>("GET", "/v1/segments/{segment}", "segment.read", get_segment, "人群", "One segment"),
    route<None, SegmentPatch, WholeOut>("PATCH", "/v1/segments/{segment}", "segment.write", patch_segment, "修改人群", "Change a segment", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/segments/{segment}", "segment.write", drop_segment, "删除人群", "Delete a segment"),
    route<None, None, VersionList>("GET", "/v1/segments/{segment}/versions", "segment.read", get_versions, "人群的历史规则", "Versions of a segment"),
    route<None, None, UseList>("GET", "/v1/segments/{segment}/use", "segment.read", get_use, "人群被谁引用", "What stands on a segment"),
    route<None, SnapshotIn, WholeOut>("POST", "/v1/segments/{segment}/snapshot", "segment.write", post_snapshot, "固定当前人群", "Keep the people of a moment"),
    route<None, CheckIn, CheckOut>("POST", "/v1/segments/check", "segment.read", post_check, "检查规则", "Check a rule", http::kNoAudit),
};

}  // namespace

Sentence sentence_in(const Clause& clause, const Vocabulary& words) {
  return {sentence_of(clause, words, Tongue::zh), sentence_of(clause, words, Tongue::en)};
}

Written written(const std::optional<std::string>& text, const std::optional<http::Json>& rule) {
  return {.text = text, .json = rule ? std::optional(rule->text) : std::nullopt};
}

std::string by_of(const Call& call) {
  const auto author = call.actor().author();
  return author.kind + " " + std::to_string(author.id);
}

Result<What> what_of(Tx& tx, const WhatIn& in, const Vocabulary& words) {
  if (int{in.segment.has_value()} + int{in.text.has_value()} + int{in.rule.has_value()} != 1) return fail(Errc::invalid, "segments.rule_missing", {}, "/what");
  What out;
  if (in.segment) {
    TRY(out.segment, find_segment(tx, *in.segment));
    TRY(out.rule, rule_of(tx, out.segment->id));
  } else {
    TRY(out.rule, read_rule(written(in.text, in.rule), words));
  }
  return out;
}

Result<events::columns::People> people_of(Survey& survey, const What& what) {
  return what.segment ? survey.members(*what.segment) : survey.people(what.rule);
}

Result<SegmentOut> segment_out(Tx& tx, const Scope& scope, const Segment& segment) {
  SegmentOut out;
  static_cast<Segment&>(out) = segment;
  TRY(const auto rule, rule_of(tx, segment.id));
  out.text = print_rule(rule);
  TRY(const auto state, state_of(tx, segment.id));
  const bool ready = is_ready(segment, state);
  out.state = segment.mode == Mode::asked ? "asked" : ready ? "ready" : "filling";
  if (segment.mode == Mode::asked) return out;
  if (state) out.filled_at = state->filled_at;
  if (!scope.unlimited()) {
    if (!ready) return out;
    TRY(const auto survey, Survey::begin(tx, scope));
    TRY(const auto people, survey->members(segment));
    out.size = static_cast<std::int64_t>(people.count());
    return out;
  }
  if (state && state->filled_at) out.size = state->size;
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto today, tx.maybe<TodayRow>(kToday, segment.id, zone.day_of(tx.now()).time_since_epoch().count()));
  if (segment.mode == Mode::live) {
    out.entered_today = today ? today->entered : 0;
    out.left_today = today ? today->left : 0;
  }
  return out;
}

std::span<const Route> keep_routes() { return kRoutes; }

std::span<const Route> routes() {
  static const auto kAll = [] {
    std::vector<Route> all;
    for (const auto part : {keep_routes(), ask_routes(), look_routes(), list_routes(), pack_routes()}) all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace koi::segments
