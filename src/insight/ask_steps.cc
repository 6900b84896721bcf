// Funnels, ways and credit: questions about one event after another.
#include "events/columns/funnel.h"
#include "events/columns/paths.h"
#include "events/columns/touch.h"
#include "events/events.h"
#include "insight/asking.h"

namespace koi::insight {

namespace {

namespace columns = events::columns;
constexpr std::size_t kStepsMax = 10;
constexpr std::int64_t kTopMax = 200, kTopUsual = 30, kDepthUsual = 4;
constexpr Millis kMonth = std::chrono::hours(24 * 30);
constexpr std::size_t kFlowMax = 8;  // kinds a level of the flow picture shows by themselves

// Bands of a distribution of times, in seconds.
constexpr std::int64_t kBands[] = {0, 60, 300, 900, 3600, 3 * 3600, 12 * 3600, 86'400, 2 * 86'400, 4 * 86'400, 7 * 86'400, 14 * 86'400, 30 * 86'400, 90 * 86'400};

std::optional<std::int64_t> seconds_of(std::optional<std::int64_t> ms) {
  if (!ms) return std::nullopt;
  return *ms / 1000;
}

FunnelPart part_of(const columns::FunnelGroup& group, const FunnelSpec& spec, std::int64_t window_ms) {
  FunnelPart out;
  out.value = group.value;
  for (std::size_t i = 0; i < group.reached.size(); ++i)
    out.steps.push_back({spec.steps[i], static_cast<std::int64_t>(group.reached[i]), share_of(group.reached[i], group.reached[0]),
                         i == 0 ? std::nullopt : share_of(group.reached[i], group.reached[i - 1])});
  out.p25_s = seconds_of(group.convert.quantile(0.25));
  out.median_s = seconds_of(group.convert.quantile(0.5));
  out.p75_s = seconds_of(group.convert.quantile(0.75));
  out.p90_s = seconds_of(group.convert.quantile(0.9));
  for (std::size_t i = 0; i < std::size(kBands) && kBands[i] * 1000 <= window_ms; ++i) {
    const auto to = i + 1 < std::size(kBands) && kBands[i + 1] * 1000 <= window_ms ? kBands[i + 1] : window_ms / 1000 + 1;
    out.times.push_back({kBands[i], to, static_cast<std::int64_t>(group.convert.between(kBands[i] * 1000, to * 1000))});
  }
  return out;
}

Result<columns::FunnelQuestion> funnel_of(Tx& tx, Asking& asking, const FunnelSpec& spec) {
  columns::FunnelQuestion q;
  if (spec.steps.size() < 2 || spec.steps.size() > kStepsMax) return bad_spec("steps", "steps_count");
  for (std::size_t i = 0; i < spec.steps.size(); ++i) {
    TRY(auto step, step_in(tx, asking, "steps/" + std::to_string(i), spec.steps[i]));
    q.steps.push_back(std::move(step));
  }
  TRY(q.window_ms, length_ms("window", spec.window));
  const auto order = spec.order.value_or("ordered");
  if (order == "strict") q.order = columns::Order::strict;
  else if (order == "any") q.order = columns::Order::any;
  else if (order != "ordered") return bad_spec("order", "bad_choice", "ordered, strict, any");
  q.same = spec.same.value_or("");
  const auto count = spec.count.value_or("people");
  if (count != "people" && count != "times") return bad_spec("count", "bad_choice", "people, times");
  q.occurrences = count == "times";
  const auto never = spec.never.value_or(std::vector<NeverSpec>{});
  if (never.size() > 5) return bad_spec("never", "never_count");
  for (std::size_t i = 0; i < never.size(); ++i) {
    const auto after = never[i].after.value_or(0);
    if (after < 0 || after >= static_cast<std::int64_t>(spec.steps.size())) return bad_spec("never/" + std::to_string(i) + "/after", "never_after");
    TRY(auto step, step_in(tx, asking, "never/" + std::to_string(i) + "/event", never[i].event));
    q.never.push_back({std::move(step), static_cast<std::size_t>(after)});
  }
  TRY(const auto time, time_in(asking, spec));
  if (time.from) q.from_ms = to_ms(*time.from);
  if (time.to) q.to_ms = to_ms(*time.to);
  TRY(q.by, by_in(tx, asking, spec.by));
  q.source_of = asking.sources;
  return q;
}

/// Kinds by their numbers.
Result<std::map<std::int64_t, std::string>> kind_names(Tx& tx) {
  TRY(const auto kinds, events::kinds(tx));
  std::map<std::int64_t, std::string> out;
  for (const auto& kind : kinds) out[kind.id] = kind.name;
  return out;
}

Result<std::vector<std::int64_t>> kinds_in(Tx& tx, Asking& asking, std::string_view member, const std::optional<std::vector<std::string>>& names) {
  std::vector<std::int64_t> out;
  for (const auto& name : names.value_or(std::vector<std::string>{})) {
    TRY(const auto step, step_in(tx, asking, member, name));
    out.insert(out.end(), step.kinds.begin(), step.kinds.end());
  }
  return out;
}

/// How many go from each event of one level to each of the next; what is rare on its level is "".
std::vector<FlowLink> flow_of(const columns::PathsAnswer& answer, std::size_t depth, const std::string& anchor, const std::map<std::int64_t, std::string>& names) {
  std::vector<std::map<std::int64_t, std::uint64_t>> level(depth);
  for (const auto& path : answer.paths)
    for (std::size_t i = 0; i < path.steps.size(); ++i) level[i][path.steps[i]] += path.times;
  std::vector<std::map<std::int64_t, std::string>> shown(depth);
  for (std::size_t i = 0; i < depth; ++i) {
    std::vector<std::pair<std::uint64_t, std::int64_t>> order;
    for (const auto& [kind, times] : level[i]) order.emplace_back(times, kind);
    std::ranges::sort(order, std::greater{});
    for (std::size_t n = 0; n < order.size(); ++n) shown[i][order[n].second] = n < kFlowMax ? names.at(order[n].second) : std::string();
  }
  std::map<std::tuple<std::int64_t, std::string, std::string>, std::uint64_t> links;
  for (const auto& path : answer.paths) {
    auto from = anchor;
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const auto& to = shown[i].at(path.steps[i]);
      links[{static_cast<std::int64_t>(i), from, to}] += path.times;
      from = to;
    }
  }
  std::vector<FlowLink> out;
  for (const auto& [key, times] : links) out.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), static_cast<std::int64_t>(times)});
  return out;
}

Result<columns::PathsQuestion> paths_of(Tx& tx, Asking& asking, const PathsSpec& spec) {
  columns::PathsQuestion q;
  TRY(q.anchor, step_in(tx, asking, "anchor", spec.anchor));
  TRY(q.window_ms, length_ms("window", spec.window));
  const auto direction = spec.direction.value_or("after");
  if (direction != "after" && direction != "before") return bad_spec("direction", "bad_choice", "after, before");
  q.backwards = direction == "before";
  const auto depth = spec.depth.value_or(kDepthUsual), top = spec.top.value_or(kTopUsual);
  if (depth < 1 || depth > static_cast<std::int64_t>(columns::kPathDepth)) return bad_spec("depth", "depth_count");
  if (top < 1 || top > kTopMax) return bad_spec("top", "top_count");
  q.depth = static_cast<std::size_t>(depth);
  TRY(q.kinds, kinds_in(tx, asking, "events", spec.events));
  TRY(q.but, kinds_in(tx, asking, "but", spec.but));
  q.every = spec.every.value_or(false);
  q.repeats = spec.repeats.value_or(false);
  TRY(const auto time, time_in(asking, spec));
  if (time.from) q.from_ms = to_ms(*time.from);
  if (time.to) q.to_ms = to_ms(*time.to);
  q.source_of = asking.sources;
  return q;
}

Result<columns::TouchQuestion> touch_of(Tx& tx, Asking& asking, const AttributionSpec& spec) {
  columns::TouchQuestion q;
  TRY(q.touch, step_in(tx, asking, "touch", spec.touch));
  TRY(q.conversion, step_in(tx, asking, "conversion", spec.conversion));
  TRY(q.lookback_ms, length_ms("lookback", spec.lookback.value_or("30d")));
  const auto credit = spec.credit.value_or("first");
  if (credit == "last") q.credit = columns::Credit::last;
  else if (credit == "linear") q.credit = columns::Credit::linear;
  else if (credit != "first") return bad_spec("credit", "bad_choice", "first, last, linear");
  TRY(const auto time, time_in(asking, spec));
  TRY(const auto stretch, stretch_of(time, asking.now, kMonth));
  q.from_ms = to_ms(stretch.from);
  q.to_ms = to_ms(stretch.to);
  TRY(q.by, by_in(tx, asking, spec.by.value_or("touch.channel")));
  q.source_of = asking.sources;
  return q;
}

}  // namespace

Result<FunnelReply> ask_funnel(Tx& tx, const Scope& scope, const FunnelSpec& spec, const FunnelPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(const auto q, funnel_of(tx, asking, spec));
  columns::FunnelPeople people;
  if (pick != nullptr) {
    if (pick->step < 1 || pick->step > static_cast<std::int64_t>(spec.steps.size())) return bad_spec("people/step", "no_part");
    people = {static_cast<std::size_t>(pick->step), pick->dropped.value_or(false), pick->value};
  }
  auto answer = columns::funnel(*asking.view, asking.options(), q, people);
  FunnelReply out{.basis = asking.basis(), .parts = {}};
  for (const auto& group : answer.groups) {
    if (out.parts.size() == kPartsMax) ++out.more_parts;
    else out.parts.push_back(part_of(group, spec, q.window_ms));
  }
  if (found != nullptr) *found = {asking.view, std::move(answer.through)};
  return out;
}

Result<PathsReply> ask_paths(Tx& tx, const Scope& scope, const PathsSpec& spec, const PathsPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(const auto q, paths_of(tx, asking, spec));
  std::vector<std::int64_t> through;
  if (pick != nullptr) { TRY(through, kinds_in(tx, asking, "people/steps", pick->steps)); }
  auto answer = columns::paths(*asking.view, asking.options(), q, through);
  TRY(const auto names, kind_names(tx));
  const auto top = static_cast<std::size_t>(spec.top.value_or(kTopUsual));
  PathsReply out{.basis = asking.basis(), .anchors = static_cast<std::int64_t>(answer.anchors), .routes = static_cast<std::int64_t>(answer.paths.size()), .top = {}, .links = {}};
  for (const auto& path : answer.paths) {
    if (out.top.size() == top) {
      out.other_times += static_cast<std::int64_t>(path.times);
      continue;
    }
    Route6 route{{}, static_cast<std::int64_t>(path.times), share_of(path.times, answer.anchors).value_or(0)};
    for (const auto kind : path.steps) route.steps.push_back(names.at(kind));
    out.top.push_back(std::move(route));
  }
  out.links = flow_of(answer, q.depth, spec.anchor, names);
  if (found != nullptr) *found = {asking.view, std::move(answer.in)};
  return out;
}

Result<AttributionReply> ask_attribution(Tx& tx, const Scope& scope, const AttributionSpec& spec, const AttributionPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(auto q, touch_of(tx, asking, spec));
  if (pick != nullptr) {
    q.collect = true;
    q.untouched = !pick->touched.value_or(true);
    q.group = pick->value;
    if (q.untouched && q.group) return bad_spec("people/value", "no_part");
  }
  auto answer = columns::touch(*asking.view, asking.options(), q);
  AttributionReply out{.basis = asking.basis(), .fen = {}, .rows = {}};
  for (const auto& group : answer.groups) {
    out.rows.push_back({group.value, !group.untouched, group.conversions, Fen{group.fen}, std::nullopt});
    out.conversions += group.conversions;
    out.fen.v += group.fen;
  }
  for (auto& row : out.rows)
    if (out.conversions > 0) row.share = row.conversions / out.conversions;
  if (found != nullptr) *found = {asking.view, std::move(answer.in)};
  return out;
}

Result<> check_funnel(Tx& tx, const FunnelSpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(funnel_of(tx, asking, spec));
  return {};
}

Result<> check_paths(Tx& tx, const PathsSpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(paths_of(tx, asking, spec));
  return {};
}

Result<> check_attribution(Tx& tx, const AttributionSpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(touch_of(tx, asking, spec));
  return {};
}

}  // namespace koi::insight
