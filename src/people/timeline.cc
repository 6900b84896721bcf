#include "people/timeline.h"

#include <algorithm>

namespace koi::people {

Result<std::vector<TimelineItem>> person_timeline(Tx& tx, const Scope& scope, const TimelineAsk& ask) {
  TRY(const auto root, visible(tx, scope, ask.person));
  TRY(const auto nodes, nodes_of(tx, root));
  TRY(const auto kinds, events::kinds(tx));
  for (const auto& group : ask.groups)
    if (std::ranges::find(kinds, group, &events::KindDef::group) == kinds.end())
      return fail(Errc::invalid, "people.timeline_group", group, "/group");
  std::vector<std::string> wanted;
  for (const auto& kind : kinds)
    if (std::ranges::find(ask.groups, kind.group) != ask.groups.end()) wanted.push_back(kind.name);
  TRY(auto stored, events::timeline(tx, {.people = nodes, .before_at = ask.before_at, .before_seq = ask.before_seq,
                                         .kinds = wanted, .limit = ask.limit}));
  std::vector<TimelineItem> out;
  out.reserve(stored.size());
  for (auto& e : stored) {
    TimelineItem item{e.seq, std::move(e.kind), "custom", {}, {}, e.at, e.received_at, e.subject, std::move(e.source),
                      e.amount_fen, std::move(e.props), e.late};
    if (const auto def = std::ranges::find(kinds, item.kind, &events::KindDef::name); def != kinds.end()) {
      item.group = def->group;
      item.zh = def->zh;
      item.en = def->en;
    }
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace koi::people
