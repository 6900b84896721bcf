/// Departments, staff and staff tags.
#include <algorithm>

#include "simulate/ask.h"

namespace koi::simulate {

namespace {

json::object department_json(const Department& d, const Corp& corp) {
  json::array leaders;
  for (const auto& s : corp.staff)
    if (s.leader && std::ranges::find(s.departments, d.id) != s.departments.end()) leaders.emplace_back(s.userid);
  return {{"id", d.id}, {"name", d.name}, {"parentid", d.parent}, {"order", d.order}, {"department_leader", std::move(leaders)}};
}

Told departments(Ask& ask, std::string_view key, json::object (*write)(const Department&, const Corp&)) {
  const auto id = ask.query("id");
  const auto top = id.empty() ? 1 : number({{"n", id}}, "n", -1);
  if (!ask.corp().department(top)) return refuse(60123);
  json::array out;
  for (const auto& d : ask.corp().departments)
    if (ask.corp().below(d.id, top)) out.push_back(write(d, ask.corp()));
  return json::object{{key, std::move(out)}};
}
Told department_list(Ask& ask) { return departments(ask, "department", department_json); }
Told department_simple(Ask& ask) {
  return departments(ask, "department_id", [](const Department& d, const Corp&) { return json::object{{"id", d.id}, {"parentid", d.parent}, {"order", d.order}}; });
}

json::object brief(const Staff& s) {
  return {{"userid", s.userid}, {"name", s.name}, {"department", list_of(s.departments)}, {"open_userid", ""}};
}

json::object detail(const Staff& s) {
  auto out = brief(s);
  json::array orders, leads;
  for (std::size_t i = 0; i < s.departments.size(); ++i) orders.emplace_back(0), leads.emplace_back(s.leader ? 1 : 0);
  out["order"] = std::move(orders);
  out["is_leader_in_dept"] = std::move(leads);
  out["direct_leader"] = json::array{};
  out["position"] = s.position;
  out["status"] = s.status;
  out["main_department"] = s.departments.empty() ? 1 : s.departments.front();
  out["alias"] = "";
  out["isleader"] = s.leader ? 1 : 0;
  out["external_profile"] = json::object{{"external_corp_name", ""}, {"external_attr", json::array{}}};
  return out;
}

/// One level, or the whole tree with fetch_child=1.
Told users_of(Ask& ask, json::object (*write)(const Staff&)) {
  const auto id = number({{"n", ask.query("department_id")}}, "n", -1);
  if (!ask.corp().department(id)) return refuse(60123);
  const bool deep = ask.query("fetch_child") == "1";
  json::array out;
  for (const auto& s : ask.corp().staff) {
    const bool inside = std::ranges::any_of(s.departments, [&](auto d) { return d == id || (deep && ask.corp().below(d, id)); });
    if (inside && s.status != 5) out.push_back(write(s));
  }
  return json::object{{"userlist", std::move(out)}};
}
Told user_list(Ask& ask) { return users_of(ask, detail); }
Told user_simple(Ask& ask) { return users_of(ask, brief); }

Told user_get(Ask& ask) {
  const auto no = ask.corp().staff_no(ask.query("userid"));
  if (no == kNobody || ask.corp().staff[no].status == 5) return refuse(60111);
  return detail(ask.corp().staff[no]);
}

Told user_ids(Ask& ask) {
  if (!ask.app.sync) return refuse(48002, "only the contact-sync secret");
  TRY(const auto page, page_of(ask, 10'000, 10'000));
  json::array out;
  std::uint64_t place = 0, next = 0;
  for (const auto& s : ask.corp().staff) {
    if (s.status == 5) continue;
    for (const auto d : s.departments) {
      if (place++ < page.from) continue;
      if (out.size() == page.limit) {
        next = place - 1;
        break;
      }
      out.push_back(json::object{{"userid", s.userid}, {"department", d}});
    }
    if (next) break;
  }
  json::object told{{"dept_user", std::move(out)}};
  if (next) told["next_cursor"] = cursor_of(next);
  return told;
}

Told user_by_mobile(Ask& ask) {
  const auto mobile = ask.text("mobile");
  for (const auto& s : ask.corp().staff)
    if (s.mobile == mobile && s.status != 5) return json::object{{"userid", s.userid}};
  return refuse(46004);
}

std::string staff_openid(std::string_view userid) { return "oStaff_" + std::string(userid); }
Told to_openid(Ask& ask) {
  TRY(const auto no, staff_in(ask, ask.text("userid")));
  return json::object{{"openid", staff_openid(ask.corp().staff[no].userid)}};
}
Told to_userid(Ask& ask) {
  for (const auto& s : ask.corp().staff)
    if (staff_openid(s.userid) == ask.text("openid")) return json::object{{"userid", s.userid}};
  return refuse(46004);
}

/// Two staff tags: leaders and everybody.
Told tag_list(Ask&) {
  return json::object{{"taglist", json::array{json::object{{"tagid", 1}, {"tagname", "店长"}}, json::object{{"tagid", 2}, {"tagname", "全员"}}}}};
}
Told tag_get(Ask& ask) {
  const auto id = ask.query("tagid");
  if (id != "1" && id != "2") return refuse(40068);
  json::array users;
  for (const auto& s : ask.corp().staff)
    if (s.status != 5 && (id == "2" || s.leader)) users.push_back(json::object{{"userid", s.userid}, {"name", s.name}});
  return json::object{{"tagname", id == "1" ? "店长" : "全员"}, {"userlist", std::move(users)}, {"partylist", json::array{}}};
}

constexpr PlatformCall kCalls[] = {{"GET", "department/list", department_list},
                                   {"GET", "department/simplelist", department_simple, false, true},
                                   {"GET", "user/simplelist", user_simple},
                                   {"GET", "user/list", user_list},
                                   {"GET", "user/get", user_get},
                                   {"POST", "user/list_id", user_ids, false, true},
                                   {"POST", "user/getuserid", user_by_mobile},
                                   {"POST", "user/convert_to_openid", to_openid},
                                   {"POST", "user/convert_to_userid", to_userid},
                                   {"GET", "tag/list", tag_list},
                                   {"GET", "tag/get", tag_get}};
}  // namespace

std::span<const PlatformCall> directory_calls() { return kCalls; }

}  // namespace koi::simulate
