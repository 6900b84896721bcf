#include <fstream>

#include "app/commands/parse.h"
#include "events/columns/columns.h"
#include "events/events.h"
#include "http/wire.h"
#include "insight/insight.h"

namespace koi::app {

namespace {

struct KindLine { std::string kind; std::int64_t events = 0; };
BOOST_DESCRIBE_STRUCT(KindLine, (), (kind, events))
struct KindAnswer { std::vector<KindLine> kinds; std::int64_t events = 0; };
BOOST_DESCRIBE_STRUCT(KindAnswer, (), (kinds, events))

/// A walk over the whole log, table and files: what is in it.
Result<std::string> kinds_json(Tx& tx) {
  TRY(const auto counts, events::count_kinds(tx));
  KindAnswer out;
  for (const auto& [kind, events] : counts) {
    out.kinds.push_back({kind, events});
    out.events += events;
  }
  return http::json_of(out);
}

}  // namespace

int run_query(Job& job) {
  CLI::App options(job.io.chinese ? "查询: 三角、RFM、同期群、复购周期、增长、趋势、漏斗、留存、路径、事件趋势、归因、事件数"
                                  : "Ask: triangle, rfm, cohorts, intervals, growth, trend, funnel, retention, paths, activity, attribution, behaviour-rfm, kinds",
                   "koipond query");
  std::string name, file, segment, rule;
  bool json = false;
  options.add_option("name", name, "which question; kinds: how many events of each")->required();
  options.add_option("--spec", file, "a JSON file with the parameters of the API route");
  options.add_option("--segment", segment, "only people of this segment, by id or name (questions about behaviour)");
  options.add_option("--among", rule, "only people this rule holds of (questions about behaviour)");
  options.add_flag("--json", json, "print JSON (the default)");
  if (const auto code = parse_options(options, job)) return *code;
  std::string spec = "{}";
  if (!file.empty()) {
    std::ifstream in(job.io.path(file), std::ios::binary);
    if (!in) return job.io.fail({Errc::not_found, "cli.no_file", file, {}, {}}, json);
    spec.assign(std::istreambuf_iterator<char>(in), {});
  }
  if (!segment.empty() || !rule.empty()) {
    auto narrowed = insight::among(spec, segment, rule);
    if (!narrowed) return job.io.fail(narrowed.error(), json);
    spec = std::move(*narrowed);
  }
  // A process that is alone has nobody who keeps the columns near the end of the log.
  if (insight::asks_columns(name))
    if (const auto ready = events::columns::settle(*job.db); !ready) return job.io.fail(ready.error(), json);
  const auto answer = job.db->read([&](Tx& tx) { return name == "kinds" ? kinds_json(tx) : insight::query_json(tx, name, spec); });
  if (!answer) return job.io.fail(answer.error(), json);
  job.io.line(*answer);
  return kOk;
}

}  // namespace koi::app
