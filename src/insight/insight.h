/// What it meant: metrics with definitions, the private-domain triangle, RFM, cohorts, repurchase intervals, growth.
/// Reads every earlier room; owns metric_version (definitions, frozen), metric_snapshot (answers kept warm),
/// metric_value (one number a day for sparks), saved_chart, dashboard and dashboard_tile. Changes nothing else. Source: model.md §14.1.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::insight {

/// A metric as it is defined. The text of a version never changes; a new meaning is a new version.
struct Metric {
  std::string_view name, zh, en;
  std::string_view unit;     // people, orders, fen, share, fen_per_person, people_per_person, index, days
  std::string_view grain;    // what one value is about: "merchant", "month", "person", "channel day"
  std::string_view formula;
  std::string_view filters;
  std::string_view definition_zh, definition_en;
  int version = 1;
};
std::span<const Metric> metrics();
/// Writes the definitions down. Repeat-safe; conflict "insight.metric_changed" when a stored version says otherwise.
Result<> freeze_metrics(Tx& tx);

/// One answer as JSON, the same text the API gives: triangle, rfm, cohorts, intervals, growth, trend, home.
/// `spec_json` holds the parameters of the route ("{}": the usual ones). Computed now, over everything in `scope`.
/// not_found "insight.no_such_query" with a suggestion, invalid "insight.bad_spec".
Result<std::string> query_json(Tx& tx, const Scope& scope, std::string_view name, std::string_view spec_json);
Result<std::string> query_json(Tx& tx, std::string_view name, std::string_view spec_json);

/// The same parameters, asked among the people of a segment (id or name) and of a rule; "" for neither. malformed
/// "http.bad_json" when they are no object. A question that cannot be asked so refuses the members it does not know.
Result<std::string> among(std::string_view spec_json, std::string_view segment, std::string_view rule);

/// Whether a question reads what everybody did (events/columns), which a process without a server must bring up to date first.
bool asks_columns(std::string_view name);

/// Recomputes the answers in use whose data moved, at most `max` of them; how many it did. What the Refresher calls.
Result<int> refresh_due(Db& db, int max = 8);

/// Keeps answers warm beside a running server: a thread that calls refresh_due until it is destroyed.
class Refresher {
 public:
  explicit Refresher(Db& db);
  ~Refresher();
  Refresher(const Refresher&) = delete;
  Refresher& operator=(const Refresher&) = delete;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

std::span<const http::Route> routes();
std::span<const http::Route> behaviour_routes();  // behaviour.h
std::span<const http::Route> chart_routes();      // charts.h, dashboards.h
std::span<const store::Migration> schema();

}  // namespace koi::insight
