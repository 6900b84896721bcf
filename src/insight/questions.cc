#include "insight/questions.h"

#include "base/text.h"
#include "insight/behaviour.h"
#include "insight/rfm_setting.h"
#include "insight/source_map.h"

namespace koi::insight {
namespace {

constexpr std::string_view kCountPeople =
    "SELECT COUNT(*) FROM person p WHERE p.merged_into IS NULL AND " KOI_INSIGHT_SCOPE("p");

struct NoSpec {};
BOOST_DESCRIBE_STRUCT(NoSpec, (), ())

/// A spec that cannot be read is the caller's: one code for all of it, the reader's words as detail.
template <class Spec>
Result<Spec> spec_of(const Question& q) {
  auto spec = http::parse_json<Spec>(q.spec.empty() ? "{}" : q.spec);
  if (!spec) return fail(Errc::invalid, "insight.bad_spec", spec.error().code + " " + spec.error().detail, spec.error().pointer);
  return spec;
}

Result<std::string> ask_triangle(Tx& tx, const Scope& scope, const Question& q) {
  TRY(spec_of<NoSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto people, load_people(tx, scope));
  TRY(const auto sales, load_sales(tx, scope));
  return http::json_of(triangle_of(people, sales, calendar_of(sales, zone, tx.now()), tx.now()));
}
Result<std::string> ask_rfm(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<RfmSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto sales, load_sales(tx, scope));
  TRY(const auto out, rfm_of(sales, spec, zone, tx.now()));
  return http::json_of(out);
}
Result<std::string> ask_cohorts(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<AsOfSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto sales, load_sales(tx, scope));
  const auto as_of = spec.as_of.value_or(tx.now());
  return http::json_of(cohorts_of(sales, calendar_of(sales, zone, as_of), as_of));
}
Result<std::string> ask_intervals(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<AsOfSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto sales, load_sales(tx, scope));
  const auto as_of = spec.as_of.value_or(tx.now());
  return http::json_of(intervals_of(sales, calendar_of(sales, zone, as_of), as_of));
}
Result<std::string> ask_trend(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<SeriesSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto sales, load_sales(tx, scope));
  const ScopeParams in(scope);
  TRY(const auto people, tx.one<std::int64_t>(kCountPeople, in.unlimited, in.staff, in.path));
  TRY(const auto out, trend_of(sales, people, spec, zone, tx.now()));
  return http::json_of(out);
}
Result<std::string> ask_growth(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<SeriesSpec>(q));
  TRY(const auto zone, merchant_zone(tx));
  TRY(const auto people, load_people(tx, scope));
  TRY(const auto out, growth_of(people, spec, zone, tx.now()));
  return http::json_of(out);
}

template <class Spec, auto ask>
Result<std::string> ask_behaviour(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<Spec>(q));
  TRY(const auto out, ask(tx, scope, spec, nullptr, nullptr));
  return http::json_of(out);
}

Result<std::string> ask_map(Tx& tx, const Scope& scope, const Question& q) {
  TRY(const auto spec, spec_of<SourceMapSpec>(q));
  TRY(const auto out, ask_source_map(tx, scope, spec));
  return http::json_of(out);
}

using Ask = Result<std::string> (*)(Tx&, const Scope&, const Question&);
struct Known { std::string_view name; Ask ask; bool columns = false; };
constexpr Known kKnown[] = {{"triangle", ask_triangle},   {"rfm", ask_rfm},       {"cohorts", ask_cohorts},
                            {"intervals", ask_intervals}, {"growth", ask_growth}, {"trend", ask_trend},
                            {"source-map", ask_map, true},
                            {"funnel", ask_behaviour<FunnelSpec, ask_funnel>, true},
                            {"retention", ask_behaviour<RetentionSpec, ask_retention>, true},
                            {"paths", ask_behaviour<PathsSpec, ask_paths>, true},
                            {"activity", ask_behaviour<ActivitySpec, ask_activity>, true},
                            {"behaviour-rfm", ask_behaviour<TilesSpec, ask_tiles>, true},
                            {"attribution", ask_behaviour<AttributionSpec, ask_attribution>, true}};

}  // namespace

std::vector<std::string_view> question_names() {
  std::vector<std::string_view> out{"home"};
  for (const auto& known : kKnown) out.push_back(known.name);
  return out;
}

Result<std::string> among(std::string_view spec_json, std::string_view segment, std::string_view rule) {
  using Members = std::map<std::string, http::Json>;
  TRY(auto members, http::parse_json<Members>(spec_json));
  if (!segment.empty()) members["segment"] = {http::json_of(std::string(segment))};
  if (!rule.empty()) members["among"] = {http::json_of(std::string(rule))};
  return http::json_of(members);
}

bool asks_columns(std::string_view name) {
  return std::ranges::any_of(kKnown, [&](const Known& known) { return known.columns && known.name == name; });
}

Result<std::string> answer(Tx& tx, const Scope& scope, const Question& q, Triangle* triangle) {
  if (q.name == "home") {
    TRY(auto home, home_of(tx, scope));
    auto body = http::json_of(home);
    if (triangle != nullptr) *triangle = std::move(home.triangle);
    return body;
  }
  for (const auto& known : kKnown)
    if (known.name == q.name) return known.ask(tx, scope, q);
  const auto near = nearest(q.name, question_names());
  return fail(Errc::not_found, "insight.no_such_query", near.empty() ? q.name : q.name + ", did you mean " + std::string(near));
}

Result<Question> settled(Tx& tx, Question q) {
  if (q.name != "rfm") return q;
  TRY(auto open, spec_of<RfmSpec>(q));
  TRY(const auto spec, rfm_in_force(tx, std::move(open)));
  q.spec = http::json_of(spec);
  return q;
}

Result<std::string> query_json(Tx& tx, const Scope& scope, std::string_view name, std::string_view spec_json) {
  TRY(const auto question, settled(tx, {std::string(name), std::string(spec_json)}));
  return answer(tx, scope, question);
}
Result<std::string> query_json(Tx& tx, std::string_view name, std::string_view spec_json) {
  return query_json(tx, Scope::everything("the command line asks about the whole merchant"), name, spec_json);
}

}  // namespace koi::insight
