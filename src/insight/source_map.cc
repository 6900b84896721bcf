#include "insight/source_map.h"

#include "insight/asking.h"
#include "segments/segments.h"

namespace koi::insight {

namespace {

namespace columns = events::columns;

struct Named { std::string_view name, rule; };
/// Everybody in a pool has come in; the later steps do not ask where they were taken.
constexpr Named kSteps[] = {{"attract", "everyone"},
                            {"keep", "not no event for 30d"},
                            {"convert", "count(order_paid) >= 1"},
                            {"repeat", "count(order_paid) >= 2"},
                            {"refer", "referrals(1) >= 1"}};
constexpr Named kPools[] = {{"wecom", "size(friends) >= 1"},
                            {"group", "size(groups) >= 1"},
                            {"official", "did(follow_subscribed)"},
                            {"mini", "did(mini_program_opened)"},
                            {"live", "did(live_entered)"},
                            {"store", "did(order_paid where source = \"pos\") or did(code_scanned where scene = \"store\")"}};

Result<std::vector<columns::People>> sets_of(Tx& tx, const Asking& asking, std::span<const Named> rules) {
  std::vector<columns::People> out;
  for (const auto& one : rules) {
    TRY(auto people, segments::people_of_text(tx, *asking.view, one.rule));
    if (asking.within) people &= *asking.within;
    out.push_back(std::move(people));
  }
  return out;
}

std::int64_t common(columns::People a, const columns::People& b) {
  a &= b;
  return static_cast<std::int64_t>(a.count());
}

}  // namespace

Result<SourceMap> ask_source_map(Tx& tx, const Scope& scope, const SourceMapSpec& spec) {
  TRY(const auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(const auto steps, sets_of(tx, asking, kSteps));
  TRY(const auto pools, sets_of(tx, asking, kPools));
  SourceMap out{.as_of = asking.now, .people = asking.basis().people, .steps = {}, .pools = {}};
  std::vector<std::int64_t> most(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k) out.steps.push_back({kSteps[k].name, kSteps[k].rule, "", static_cast<std::int64_t>(steps[k].count())});
  for (std::size_t p = 0; p < pools.size(); ++p) {
    SourcePool pool{kPools[p].name, kPools[p].rule, {}};
    for (std::size_t k = 0; k < steps.size(); ++k) {
      const auto people = common(pools[p], steps[k]);
      pool.steps.push_back({kSteps[k].name, people, share_of(static_cast<std::uint64_t>(people), pools[p].count())});
      if (people > most[k]) most[k] = people, out.steps[k].main = kPools[p].name;
    }
    out.pools.push_back(std::move(pool));
  }
  return out;
}

}  // namespace koi::insight
