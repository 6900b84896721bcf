/// Customer groups as the platform shows them.
#include <algorithm>

#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kOwnersMax = 1000, kFilterMax = 100;

std::expected<std::vector<StaffNo>, Refusal> owners_in(const Ask& ask) {
  std::vector<StaffNo> out;
  const auto ids = texts(object(ask.body, "owner_filter"), "userid_list");
  if (ids.size() > kFilterMax) return refuse(40032, "userid_list");
  for (const auto& id : ids) {
    TRY(const auto no, staff_in(ask, id));
    out.push_back(no);
  }
  return out;
}

/// In the order they were made; the cursor is a place in it.
Told list(Ask& ask) {
  if (!has(ask.body, "limit")) return refuse(40063, "limit");
  TRY(const auto page, page_of(ask, 0, 1000));
  TRY(const auto owners, owners_in(ask));
  const auto status = ask.number("status_filter", 0);
  const auto& groups = ask.corp().groups;
  if (owners.empty()) {
    std::set<StaffNo> in_range;
    for (const auto& g : groups) in_range.insert(g.owner);
    if (in_range.size() > kOwnersMax) return refuse(81017);
  }
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  bool more = false;
  for (; at < groups.size(); ++at) {
    const auto& g = groups[at];
    if (g.dismissed || (status != 0 && g.status != status)) continue;
    if (!owners.empty() && std::ranges::find(owners, g.owner) == owners.end()) continue;
    if (out.size() == page.limit) {
      more = true;
      break;
    }
    out.push_back(json::object{{"chat_id", g.id}, {"status", g.status}});
  }
  json::object told{{"group_chat_list", std::move(out)}};
  if (more) told["next_cursor"] = cursor_of(at);
  return told;
}

json::object member_json(const Corp& corp, const Member& m, bool names) {
  json::object out{{"userid", m.is_staff ? corp.staff[m.who].userid : corp.customers[m.who].id}, {"type", m.is_staff ? 1 : 2},
                   {"join_time", m.joined}, {"join_scene", m.scene}};
  if (!m.is_staff && !corp.customers[m.who].unionid.empty()) out["unionid"] = corp.customers[m.who].unionid;
  if (!m.invitor.empty()) out["invitor"] = json::object{{"userid", m.invitor}};
  out["group_nickname"] = "";
  if (names) out["name"] = m.is_staff ? corp.staff[m.who].name : corp.customers[m.who].name;
  if (!m.state.empty()) out["state"] = m.state;
  return out;
}

Told get(Ask& ask) {
  const auto* g = ask.corp().group(ask.text("chat_id"));
  if (!g) return refuse(40050);
  const bool names = ask.number("need_name") == 1;
  json::array members, admins;
  for (const auto& m : g->members) members.push_back(member_json(ask.corp(), m, names));
  for (const auto no : g->admins) admins.push_back(json::object{{"userid", ask.corp().staff[no].userid}});
  return json::object{{"group_chat", {{"chat_id", g->id}, {"name", g->name}, {"owner", ask.corp().staff[g->owner].userid}, {"create_time", g->created},
                                      {"notice", g->notice}, {"member_list", std::move(members)}, {"admin_list", std::move(admins)},
                                      {"member_version", version_text(*g, g->version)}}}};
}

/// In the box a mini program sees a group as "og" and the rest of its chat id.
Told by_opengid(Ask& ask) {
  const auto id = ask.text("opengid");
  const auto* g = id.starts_with("og") ? ask.corp().group("wr" + id.substr(2)) : nullptr;
  if (!g) return refuse(40058, "opengid");
  return json::object{{"chat_id", g->id}};
}

json::object day_json(const Corp& corp, const Books& books, StaffNo owner, std::int64_t from, std::int64_t until) {
  GroupDay sum;
  for (auto day = from; day <= until; ++day) {
    const auto at = books.group_days.find({owner, day});
    if (at == books.group_days.end()) continue;
    sum.created += at->second.created, sum.joined += at->second.joined, sum.messages += at->second.messages;
    sum.alive.insert(at->second.alive.begin(), at->second.alive.end());
  }
  std::size_t total = 0, members = 0;
  for (const auto& g : corp.groups)
    if (!g.dismissed && g.owner == owner)
      ++total, members += static_cast<std::size_t>(std::ranges::count(g.members, false, &Member::is_staff));
  return {{"new_chat_cnt", sum.created}, {"chat_total", total}, {"chat_has_msg", sum.alive.size()}, {"new_member_cnt", sum.joined},
          {"member_total", members}, {"member_has_msg", 0}, {"msg_total", sum.messages}, {"migrate_trainee_chat_cnt", 0}};
}

struct Days { std::int64_t from = 0, until = 0; };
std::expected<Days, Refusal> days_in(const Ask& ask) {
  const auto begin = ask.number("day_begin_time"), end = ask.number("day_end_time", begin);
  const Days out{World::day_of(begin), World::day_of(end)};
  if (begin <= 0 || out.until < out.from || out.until - out.from > 30 || out.from < World::day_of(ask.now) - 180) return refuse(41052);
  return out;
}

Told statistic(Ask& ask) {
  constexpr std::string_view kOrders[] = {"new_chat_cnt", "chat_total", "new_member_cnt", "member_total"};
  TRY(const auto days, days_in(ask));
  TRY(auto owners, owners_in(ask));
  if (owners.empty()) return refuse(40063, "owner_filter");
  const auto order = ask.number("order_by", 1), offset = ask.number("offset", 0), limit = ask.number("limit", 500);
  if (order < 1 || order > 4 || offset < 0 || limit < 1 || limit > 1000) return refuse(40058);
  std::vector<std::pair<StaffNo, json::object>> rows;
  for (const auto no : owners) rows.emplace_back(no, day_json(ask.corp(), ask.books(), no, days.from, days.until));
  const auto key = kOrders[order - 1];
  const bool rising = ask.number("order_asc") == 1;
  std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) {
    const auto x = number(a.second, key), y = number(b.second, key);
    return rising ? x < y : x > y;
  });
  json::array items;
  for (auto i = static_cast<std::size_t>(offset); i < rows.size() && items.size() < static_cast<std::size_t>(limit); ++i)
    items.push_back(json::object{{"owner", ask.corp().staff[rows[i].first].userid}, {"data", std::move(rows[i].second)}});
  const auto next = static_cast<std::size_t>(offset) + items.size();
  return json::object{{"total", rows.size()}, {"next_offset", next}, {"items", std::move(items)}};
}

Told by_day(Ask& ask) {
  TRY(const auto days, days_in(ask));
  TRY(const auto owners, owners_in(ask));
  if (owners.empty()) return refuse(40063, "owner_filter");
  json::array items;
  for (auto day = days.from; day <= days.until; ++day) {
    json::object sum;
    for (const auto no : owners)
      for (const auto& [key, value] : day_json(ask.corp(), ask.books(), no, day, day)) sum[key] = number(sum, key) + value.to_number<std::int64_t>();
    items.push_back(json::object{{"stat_time", World::start_of(day)}, {"data", std::move(sum)}});
  }
  return json::object{{"items", std::move(items)}};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/groupchat/list", list},
                                   {"POST", "externalcontact/groupchat/get", get},
                                   {"POST", "externalcontact/opengid_to_chatid", by_opengid},
                                   {"POST", "externalcontact/groupchat/statistic", statistic},
                                   {"POST", "externalcontact/groupchat/statistic_group_by_day", by_day}};
}  // namespace

std::span<const PlatformCall> group_calls() { return kCalls; }

}  // namespace koi::simulate
