/// Questions about what everybody did, as the API, the CLI and the console ask them. An event is written as in rules:
/// "order_paid where channel = \"live\"". Times are RFC 3339; days, weeks and months are the merchant's; lengths are "7d", "12h".
/// Every question may say `days` in place of from and to: the last so many of the merchant's days, today among them. And whom it
/// is about: `segment`, by id or name, and `among`, a rule; both: who is in the one and in the other.
#pragma once
#include "events/columns/columns.h"
#include "http/wire.h"
#include "insight/insight.h"

namespace koi::insight {

/// Breaks an answer down by a property of the event ("channel", "touch.code_id"), or by "person.stage", "person.channel",
/// "person.store", "person.KEY" of an attribute.
using ByText = std::optional<std::string>;

struct NeverSpec { std::string event; std::optional<std::int64_t> after; };
BOOST_DESCRIBE_STRUCT(NeverSpec, (), (event, after))
/// `window`: from the first step to the last. `order`: ordered (usual), strict, any. `count`: people (usual), times. `never`:
/// events that must not come after step `after`; without it anywhere inside. First steps lie in [from, to).
struct FunnelSpec {
  std::vector<std::string> steps;
  std::string window;
  std::optional<std::string> order, same, count;
  std::optional<std::vector<NeverSpec>> never;
  std::optional<Instant> from, to;
  ByText by;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(FunnelSpec, (), (steps, window, order, same, count, never, from, to, by, days, segment, among))
/// `share` is of the first step, `step_share` of the step before.
struct FunnelStep { std::string event; std::int64_t people = 0; std::optional<double> share, step_share; };
BOOST_DESCRIBE_STRUCT(FunnelStep, (), (event, people, share, step_share))
struct TimeBand { std::int64_t from_s = 0, to_s = 0, people = 0; };
BOOST_DESCRIBE_STRUCT(TimeBand, (), (from_s, to_s, people))
struct FunnelPart {
  std::string value;
  std::vector<FunnelStep> steps;
  std::optional<std::int64_t> median_s, p25_s, p75_s, p90_s;  // from the first step to the last
  std::vector<TimeBand> times;
};
BOOST_DESCRIBE_STRUCT(FunnelPart, (), (value, steps, median_s, p25_s, p75_s, p90_s, times))
/// What an answer stands on. `unseen`: kinds the question names that never happened to anybody.
struct Basis { Instant as_of{}; std::int64_t events = 0, people = 0; std::vector<std::string> unseen; };
BOOST_DESCRIBE_STRUCT(Basis, (), (as_of, events, people, unseen))
struct FunnelReply { Basis basis; std::vector<FunnelPart> parts; std::int64_t more_parts = 0; };
BOOST_DESCRIBE_STRUCT(FunnelReply, (), (basis, parts, more_parts))

/// `back` absent: the same behaviour again. `unit`: day, week (usual), month. `periods`: how many later ones are shown.
/// `first_is`: ever (usual), in_range. Cohorts begin in [from, to); absent: the last twelve periods. `by` a property is of the
/// event a cohort began with.
struct RetentionSpec {
  std::string first;
  std::optional<std::string> back, unit, first_is;
  std::optional<std::int64_t> periods;
  std::optional<bool> rolling;
  std::optional<Instant> from, to;
  ByText by;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(RetentionSpec, (), (first, back, unit, first_is, periods, rolling, from, to, by, days, segment, among))
/// `back[k]`: people seen again k periods later; null while that period has not begun.
struct RetentionRow { LocalDay start{}; std::int64_t people = 0; std::vector<std::optional<std::int64_t>> back; };
BOOST_DESCRIBE_STRUCT(RetentionRow, (), (start, people, back))
struct RetentionPart { std::string value; std::vector<RetentionRow> cohorts; };
BOOST_DESCRIBE_STRUCT(RetentionPart, (), (value, cohorts))
/// `cohorts` of everybody; `parts` of each group, when it is broken down.
struct RetentionReply { Basis basis; std::string unit; std::vector<RetentionRow> cohorts; std::vector<RetentionPart> parts; std::int64_t more_parts = 0; };
BOOST_DESCRIBE_STRUCT(RetentionReply, (), (basis, unit, cohorts, parts, more_parts))

/// `direction`: after (usual), before. `events`: what counts as a step (absent: everything), `but`: what does not. `every`:
/// each occurrence of the anchor, else a person's first. `top`: routes shown, the others are summed up.
struct PathsSpec {
  std::string anchor, window;
  std::optional<std::string> direction;
  std::optional<std::int64_t> depth, top;
  std::optional<std::vector<std::string>> events, but;
  std::optional<bool> every, repeats;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(PathsSpec, (), (anchor, window, direction, depth, top, events, but, every, repeats, from, to, days, segment, among))
struct Route6 { std::vector<std::string> steps; std::int64_t times = 0; double share = 0; };
BOOST_DESCRIBE_STRUCT(Route6, (), (steps, times, share))
/// From one level to the next, for a flow picture; level 0 is the anchor, event "" what is not shown by itself.
struct FlowLink { std::int64_t level = 0; std::string from, to; std::int64_t times = 0; };
BOOST_DESCRIBE_STRUCT(FlowLink, (), (level, from, to, times))
struct PathsReply {
  Basis basis;
  std::int64_t anchors = 0, routes = 0, other_times = 0;  // all; different routes; taken by those not shown
  std::vector<Route6> top;
  std::vector<FlowLink> links;
};
BOOST_DESCRIBE_STRUCT(PathsReply, (), (basis, anchors, routes, other_times, top, links))

/// `unit`: day (usual), week, month. `property`: what is summed (usual: the amount, in fen). `compare`: the same stretch
/// before it, too. `spread`: percentiles over the whole stretch. Absent from and to: the last thirty days.
struct ActivitySpec {
  std::string event;
  std::optional<std::string> unit, property;
  ByText by;
  std::optional<bool> compare, spread;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(ActivitySpec, (), (event, unit, property, by, compare, spread, from, to, days, segment, among))
struct ActivityPoint { LocalDay start{}; std::int64_t events = 0, people = 0; double sum = 0; };
BOOST_DESCRIBE_STRUCT(ActivityPoint, (), (start, events, people, sum))
struct Percentile { double share = 0, value = 0; };
BOOST_DESCRIBE_STRUCT(Percentile, (), (share, value))
struct ActivityPart {
  std::string value;
  std::int64_t events = 0, people = 0, valued = 0;
  double sum = 0;
  std::optional<double> average, per_person;  // of the property; events a person
  std::vector<ActivityPoint> points;
  std::vector<Percentile> percentiles;
};
BOOST_DESCRIBE_STRUCT(ActivityPart, (), (value, events, people, valued, sum, average, per_person, points, percentiles))
struct ActivityReply { Basis basis; std::string unit; std::vector<ActivityPart> parts, before; std::int64_t more_parts = 0; };
BOOST_DESCRIBE_STRUCT(ActivityReply, (), (basis, unit, parts, before, more_parts))

/// `credit`: first (usual), last, linear. Conversions in [from, to); absent: the last thirty days. `lookback` usual: 30d. `by`
/// usual: touch.channel; a property is of the touch.
struct AttributionSpec {
  std::string touch, conversion;
  std::optional<std::string> by, lookback, credit;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(AttributionSpec, (), (touch, conversion, by, lookback, credit, from, to, days, segment, among))
/// `touched` false: conversions no touch came before.
struct AttributionRow { std::string value; bool touched = true; double conversions = 0; Fen fen; std::optional<double> share; };
BOOST_DESCRIBE_STRUCT(AttributionRow, (), (value, touched, conversions, fen, share))
struct AttributionReply { Basis basis; double conversions = 0; Fen fen; std::vector<AttributionRow> rows; };
BOOST_DESCRIBE_STRUCT(AttributionReply, (), (basis, conversions, fen, rows))

/// RFM of any behaviour by equal groups. `tiles`: 2 to 10, usual 5.
struct TilesSpec {
  std::string event;
  std::optional<std::int64_t> tiles;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> days;
  std::optional<std::string> segment, among;
};
BOOST_DESCRIBE_STRUCT(TilesSpec, (), (event, tiles, from, to, days, segment, among))
struct TilesCell { int r = 0, f = 0, m = 0; std::int64_t people = 0; Fen fen; };
BOOST_DESCRIBE_STRUCT(TilesCell, (), (r, f, m, people, fen))
struct TilesReply { Basis basis; std::int64_t tiles = 5, people = 0; std::vector<TilesCell> cells; };
BOOST_DESCRIBE_STRUCT(TilesReply, (), (basis, tiles, people, cells))

// Which people of an answer are wanted. `value`: those of one part of an answer that is broken down.
/// Who reached the step; dropped: and came no further.
struct FunnelPick { std::int64_t step = 1; std::optional<bool> dropped; std::optional<std::string> value; };
BOOST_DESCRIBE_STRUCT(FunnelPick, (), (step, dropped, value))
/// Places in the answer.
struct RetentionPick { std::int64_t cohort = 0, period = 0; std::optional<std::string> value; };
BOOST_DESCRIBE_STRUCT(RetentionPick, (), (cohort, period, value))
struct PathsPick { std::vector<std::string> steps; };                        // routes that begin so
BOOST_DESCRIBE_STRUCT(PathsPick, (), (steps))
struct ActivityPick { std::optional<std::int64_t> point; std::optional<std::string> value; };
BOOST_DESCRIBE_STRUCT(ActivityPick, (), (point, value))
/// Whose conversions a value earned; without it any; `touched` false: those no touch came before.
struct AttributionPick { std::optional<std::string> value; std::optional<bool> touched; };
BOOST_DESCRIBE_STRUCT(AttributionPick, (), (value, touched))
struct TilesPick { std::int64_t r = 0, f = 0, m = 0; };                      // 0: any
BOOST_DESCRIBE_STRUCT(TilesPick, (), (r, f, m))

/// Each answers over the people of the scope; with `people` also who they are, as a set of the view's ordinals. What a spec gets
/// wrong is invalid with a code of its own and the member in pointer: "insight.steps_count", "insight.bad_length",
/// "insight.zero_length", "insight.empty_stretch" …, codes of segments::step_of, find_segment and people_of_text, and
/// "events.columns_building".
struct Found { events::columns::ViewPtr view; events::columns::People people; };
Result<FunnelReply> ask_funnel(Tx& tx, const Scope& scope, const FunnelSpec& spec, const FunnelPick* pick = nullptr, Found* found = nullptr);
Result<RetentionReply> ask_retention(Tx& tx, const Scope& scope, const RetentionSpec& spec, const RetentionPick* pick = nullptr, Found* found = nullptr);
Result<PathsReply> ask_paths(Tx& tx, const Scope& scope, const PathsSpec& spec, const PathsPick* pick = nullptr, Found* found = nullptr);
Result<ActivityReply> ask_activity(Tx& tx, const Scope& scope, const ActivitySpec& spec, const ActivityPick* pick = nullptr, Found* found = nullptr);
Result<AttributionReply> ask_attribution(Tx& tx, const Scope& scope, const AttributionSpec& spec, const AttributionPick* pick = nullptr, Found* found = nullptr);
Result<TilesReply> ask_tiles(Tx& tx, const Scope& scope, const TilesSpec& spec, const TilesPick* pick = nullptr, Found* found = nullptr);

/// The same refusals without an answer; nothing is scanned.
Result<> check_funnel(Tx& tx, const FunnelSpec& spec);
Result<> check_retention(Tx& tx, const RetentionSpec& spec);
Result<> check_paths(Tx& tx, const PathsSpec& spec);
Result<> check_activity(Tx& tx, const ActivitySpec& spec);
Result<> check_attribution(Tx& tx, const AttributionSpec& spec);
Result<> check_tiles(Tx& tx, const TilesSpec& spec);

}  // namespace koi::insight
