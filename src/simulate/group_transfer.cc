/// Groups change owners, on the job or after the owner left. Both calls share the owner's 300 a day; only the on-job one
/// counts against two in 90 days.
#include <algorithm>

#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr Seconds kWindow = 90 * 86'400;
constexpr std::size_t kPerCall = 100, kOnJobMax = 2;
constexpr int kPerDay = 300;

int judge(const Ask& ask, Group* g, StaffNo owner, bool resigned) {
  if (!g) return 90501;
  auto& giver = ask.corp().staff[g->owner];
  if (resigned && giver.status != 5) return 90500;
  if (!resigned && giver.status == 5) return 90502;
  if (g->owner == owner) return 90504;
  if (!resigned) {
    std::erase_if(g->on_job_transfers, [&](Seconds t) { return t <= ask.now - kWindow; });
    if (g->on_job_transfers.size() >= kOnJobMax) return 90508;
  }
  if (giver.groups_moved[World::day_of(ask.now)] >= kPerDay) return 45009;
  return 0;
}

void move(const Ask& ask, Group& g, StaffNo owner, bool resigned) {
  ++ask.corp().staff[g.owner].groups_moved[World::day_of(ask.now)];
  if (!resigned) g.on_job_transfers.push_back(ask.now);
  const bool inside = std::ranges::any_of(g.members, [&](const Member& m) { return m.is_staff && m.who == owner; });
  if (!inside) g.members.push_back({true, owner, ask.now, 1, {}, {}});
  if (resigned) std::erase_if(g.members, [&](const Member& m) { return m.is_staff && m.who == g.owner; });
  g.owner = owner;
  g.status = resigned ? 3 : 0;
  ++g.version;
}

Told transfer(Ask& ask, bool resigned) {
  TRY(const auto owner, staff_in(ask, ask.text("new_owner")));
  const auto& taker = ask.corp().staff[owner];
  if (!taker.works()) return refuse(41054, taker.userid);
  if (!taker.contact) return refuse(60011, taker.userid);
  const auto ids = texts(ask.body, "chat_id_list");
  if (ids.empty()) return refuse(40063, "chat_id_list");
  if (ids.size() > kPerCall) return refuse(81017);
  json::array failed;
  for (const auto& id : ids) {
    auto* g = ask.corp().group(id);
    const int code = judge(ask, g, owner, resigned);
    if (code == 0) move(ask, *g, owner, resigned);
    else failed.push_back(json::object{{"chat_id", id}, {"errcode", code}, {"errmsg", words_of(code)}});
  }
  return json::object{{"failed_chat_list", std::move(failed)}};
}
Told after_leaving(Ask& ask) { return transfer(ask, true); }
Told on_job(Ask& ask) { return transfer(ask, false); }

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/groupchat/transfer", after_leaving},
                                   {"POST", "externalcontact/groupchat/onjob_transfer", on_job}};
}  // namespace

std::span<const PlatformCall> group_transfer_calls() { return kCalls; }

}  // namespace koi::simulate
