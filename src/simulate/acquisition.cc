/// Customer acquisition links 获客助手: links, their quota, whom they brought, what those said.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kLinksMax = 100'000, kPeopleMax = 500, kPriorityMax = 1000;
constexpr Seconds kDay = 86'400;

std::string url_of(std::string_view id) { return "https://work.weixin.qq.com/ca/" + std::string(id); }

std::expected<void, Refusal> read_link(const Ask& ask, AcquisitionLink& link) {
  if (has(ask.body, "link_name")) link.name = ask.text("link_name");
  if (has(ask.body, "range")) {
    link.users = texts(object(ask.body, "range"), "user_list");
    link.departments = numbers(object(ask.body, "range"), "department_list");
  }
  link.skip_verify = flag(ask.body, "skip_verify", link.skip_verify);
  link.mark_source = flag(ask.body, "mark_source", link.mark_source);
  if (has(ask.body, "priority_option")) {
    link.priority = static_cast<int>(number(object(ask.body, "priority_option"), "priority_type"));
    link.priority_users = texts(object(ask.body, "priority_option"), "priority_userid_list");
  }
  if (link.name.empty() || count_chars(link.name) > 30) return refuse(40058, "link_name");
  if (link.users.empty() && link.departments.empty()) return refuse(40063, "range");
  auto people = ask.corp().staff_of(link.departments);
  for (const auto d : link.departments)
    if (!ask.corp().department(d)) return refuse(60123);
  for (const auto& id : link.users) {
    TRY(const auto no, staff_in(ask, id));
    if (!ask.corp().staff[no].works()) return refuse(41054, id);
    if (!ask.corp().staff[no].real_name) return refuse(40098, id);
    people.push_back(no);
  }
  if (people.size() > kPeopleMax) return refuse(41041);
  if (link.priority < 0 || link.priority > 2 || (link.priority == 2 && link.priority_users.empty()) || link.priority_users.size() > kPriorityMax)
    return refuse(40058, "priority_option");
  return {};
}

Told list(Ask& ask) {
  TRY(const auto page, page_of(ask, 100, 100));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& [id, link] : ask.books().links)
    if (place++ >= page.from && out.size() < page.limit) out.emplace_back(id);
  const auto next = page.from + out.size();
  return json::object{{"link_id_list", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}

std::expected<AcquisitionLink*, Refusal> link_in(const Ask& ask) {
  const auto at = ask.books().links.find(ask.text("link_id"));
  if (at == ask.books().links.end()) return refuse(40058, "link_id");
  return &at->second;
}

Told get(Ask& ask) {
  TRY(const auto* l, link_in(ask));
  return json::object{{"link", {{"link_id", l->id}, {"link_name", l->name}, {"url", url_of(l->id)}, {"create_time", l->created}, {"skip_verify", l->skip_verify},
                                {"mark_source", l->mark_source}}},
                      {"range", {{"user_list", list_of(l->users)}, {"department_list", list_of(l->departments)}}},
                      {"priority_option", {{"priority_type", l->priority}, {"priority_userid_list", list_of(l->priority_users)}}}};
}

Told create(Ask& ask) {
  AcquisitionLink link;
  TRY(read_link(ask, link));
  if (ask.books().links.size() >= kLinksMax) return refuse(41095);
  link.id = ask.world.fresh("cawc", 20);
  link.app = ask.app.name;
  link.created = ask.now;
  const auto id = link.id;
  json::object out{{"link_id", id}, {"link_name", link.name}, {"url", url_of(id)}, {"create_time", link.created}};
  ask.books().links[id] = std::move(link);
  return json::object{{"link", std::move(out)}};
}

Told update(Ask& ask) {
  TRY(auto* stored, link_in(ask));
  auto link = *stored;
  TRY(read_link(ask, link));
  *stored = std::move(link);
  return json::object{};
}

Told remove(Ask& ask) {
  TRY(const auto* link, link_in(ask));
  ask.books().links.erase(std::string(link->id));
  return json::object{};
}

Told customers(Ask& ask) {
  TRY(const auto* link, link_in(ask));
  TRY(const auto page, page_of(ask, 500, 1000));
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < link->customers.size() && out.size() < page.limit; ++at) {
    const auto& c = link->customers[at];
    out.push_back(json::object{{"external_userid", ask.corp().customers[c.customer].id}, {"userid", ask.corp().staff[c.staff].userid},
                               {"chat_status", c.chat_status}, {"state", c.state}});
  }
  return json::object{{"customer_list", std::move(out)}, {"next_cursor", at < link->customers.size() ? cursor_of(at) : ""}};
}

Told statistic(Ask& ask) {
  TRY(const auto* link, link_in(ask));
  const auto start = ask.number("start_time"), end = ask.number("end_time");
  if (start <= 0 || end < start || end - start > 30 * kDay || start < ask.now - 181 * kDay) return refuse(41052);
  int clicks = 0;
  for (const auto& [day, n] : link->clicks)
    if (day >= World::day_of(start) && day <= World::day_of(end)) clicks += n;
  const auto fresh = std::ranges::count_if(link->customers, [&](const auto& c) { return World::day_of(c.at) >= World::day_of(start) && World::day_of(c.at) <= World::day_of(end); });
  return json::object{{"click_link_customer_cnt", clicks}, {"new_customer_cnt", fresh}};
}

Told chat_info(Ask& ask) {
  const auto at = ask.books().chat_keys.find(ask.text("chat_key"));
  if (at == ask.books().chat_keys.end() || ask.now >= at->second.until) return refuse(40058, "chat_key");
  const auto& k = at->second;
  return json::object{{"userid", ask.corp().staff[k.staff].userid}, {"external_userid", ask.corp().customers[k.customer].id},
                      {"chat_info", {{"recv_msg_cnt", k.received}, {"link_id", k.link}, {"state", k.state}}}};
}

Told quota(Ask& ask) {
  const auto& q = ask.books().quota;
  return json::object{{"total", q.total}, {"balance", q.balance}, {"quota_list", json::array{json::object{{"expire_date", q.expires}, {"balance", q.balance}}}}};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/customer_acquisition/list_link", list},
                                   {"POST", "externalcontact/customer_acquisition/get", get},
                                   {"POST", "externalcontact/customer_acquisition/create_link", create},
                                   {"POST", "externalcontact/customer_acquisition/update_link", update},
                                   {"POST", "externalcontact/customer_acquisition/delete_link", remove},
                                   {"POST", "externalcontact/customer_acquisition/customer", customers},
                                   {"POST", "externalcontact/customer_acquisition/statistic", statistic},
                                   {"POST", "externalcontact/customer_acquisition/get_chat_info", chat_info},
                                   {"GET", "externalcontact/customer_acquisition_quota", quota}};
}  // namespace

std::span<const PlatformCall> acquisition_calls() { return kCalls; }

}  // namespace koi::simulate
