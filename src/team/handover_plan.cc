#include "team/handover_plan.h"

namespace koi::team {

namespace {

/// Whether a rule lets a taker have one.
bool fits(std::string_view rule, const Given& g, std::size_t place, const Taker& taker, bool at_store) {
  if (rule == "one") return place == 0;
  if (rule == "explicit") return g.pick == taker.staff;
  if (rule == "match") return g.match >= 0 ? static_cast<std::size_t>(g.match) == place : !taker.bound;
  return rule != "store" || !at_store || taker.unit_path.starts_with(g.store_path);
}

bool works_there(const Given& g, const Taker& t) { return !g.store_path.empty() && t.unit_path.starts_with(g.store_path) && t.room(); }

}  // namespace

std::vector<int> allot(std::string_view rule, std::span<const Given> given, std::vector<Taker>& takers) {
  std::vector<int> out;
  out.reserve(given.size());
  for (const auto& g : given) {
    bool at_store = false;
    for (const auto& t : takers) at_store = at_store || (rule == "store" && works_there(g, t));
    int best = -1;
    const auto weight = [&](const Taker& t) { return rule == "least" ? t.has + t.gets : t.gets; };
    for (std::size_t i = 0; i < takers.size(); ++i) {
      if (!takers[i].room() || !fits(rule, g, i, takers[i], at_store)) continue;
      if (best < 0 || weight(takers[i]) < weight(takers[static_cast<std::size_t>(best)])) best = static_cast<int>(i);
    }
    if (best >= 0) ++takers[static_cast<std::size_t>(best)].gets;
    out.push_back(best);
  }
  return out;
}

}  // namespace koi::team
