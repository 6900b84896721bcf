/// Who somebody is: OAuth codes, and ids of one person in different places.
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr Seconds kTicketLife = 1800;

/// In the box an openid is made of the unionid; any app of the same open platform account has the same rule.
std::string openid_of(const Customer& c) { return c.unionid.empty() ? "" : "oO" + c.unionid.substr(2); }

Told user_info(Ask& ask) {
  const auto at = ask.books().logins.find(ask.query("code"));
  if (at == ask.books().logins.end()) return refuse(40029);
  auto& login = at->second;
  if (login.used) return refuse(42022);
  if (ask.now >= login.until) return refuse(42003);
  login.used = true;
  if (login.userid.empty()) {
    json::object out{{"openid", login.openid}};
    if (!login.external.empty()) out["external_userid"] = login.external;
    return out;
  }
  const auto ticket = ask.world.fresh("", 64);
  ask.books().tickets[ticket] = {login.userid, {}, {}, ask.now + kTicketLife, false};
  return json::object{{"userid", login.userid}, {"user_ticket", ticket}, {"expires_in", kTicketLife}};
}

Told user_detail(Ask& ask) {
  const auto at = ask.books().tickets.find(ask.text("user_ticket"));
  if (at == ask.books().tickets.end() || ask.now >= at->second.until) return refuse(84014);
  const auto& s = ask.corp().staff[ask.corp().staff_no(at->second.userid)];
  return json::object{{"userid", s.userid}, {"gender", "0"}, {"avatar", "https://wework.qpic.cn/bizmail/simulated/" + s.userid}, {"qr_code", ""},
                      {"mobile", s.mobile}, {"email", ""}, {"biz_mail", ""}, {"address", ""}};
}

CustomerNo by_unionid(const Corp& corp, std::string_view unionid) {
  for (CustomerNo no = 0; no < corp.customers.size(); ++no)
    if (corp.customers[no].unionid == unionid) return no;
  return kNobody;
}

/// A customer's external_userid, else a pending id that stays the same for the same person.
Told from_unionid(Ask& ask) {
  const auto unionid = ask.text("unionid");
  if (unionid.empty() || ask.text("openid").empty()) return refuse(40063);
  const auto no = by_unionid(ask.corp(), unionid);
  if (no != kNobody && !ask.corp().customers[no].staff.empty()) return json::object{{"external_userid", ask.corp().customers[no].id}};
  auto& pending = ask.books().pending_ids[unionid];
  if (pending.empty()) pending = ask.world.fresh("pd", 32);
  return json::object{{"pending_id", pending}};
}

Told from_unionid_older(Ask& ask) {
  const auto no = by_unionid(ask.corp(), ask.text("unionid"));
  if (no == kNobody || ask.corp().customers[no].staff.empty()) return refuse(84061);
  return json::object{{"external_userid", ask.corp().customers[no].id}};
}

Told pending_ids(Ask& ask) {
  const auto ids = texts(ask.body, "external_userid");
  if (ids.empty()) return refuse(40063);
  if (ids.size() > 100) return refuse(81017);
  json::array out;
  for (const auto& id : ids) {
    const auto no = ask.corp().customer_no(id);
    if (no == kNobody || ask.corp().customers[no].unionid.empty()) continue;
    const auto at = ask.books().pending_ids.find(ask.corp().customers[no].unionid);
    if (at != ask.books().pending_ids.end()) out.push_back(json::object{{"external_userid", id}, {"pending_id", at->second}});
  }
  return json::object{{"result", std::move(out)}};
}

Told to_openid(Ask& ask) {
  const auto no = ask.corp().customer_no(ask.text("external_userid"));
  if (no == kNobody) return refuse(40096);
  if (ask.corp().customers[no].type != 1) return refuse(41056);
  return json::object{{"openid", openid_of(ask.corp().customers[no])}};
}

/// Everybody served: friends, and members of groups who are no friends.
Told served(Ask& ask) {
  TRY(const auto page, page_of(ask, 500, 1000));
  const auto& corp = ask.corp();
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < corp.customers.size() && out.size() < page.limit; ++at) {
    const auto& c = corp.customers[at];
    if (c.staff.empty()) continue;
    const auto& s = corp.staff[c.staff.front()];
    out.push_back(json::object{{"is_customer", true}, {"tmp_openid", "tmp" + c.id.substr(2)}, {"external_userid", c.id}, {"name", c.name}, {"follow_userid", s.userid},
                               {"add_time", s.customers.at(static_cast<CustomerNo>(at)).created}});
  }
  return json::object{{"info_list", std::move(out)}, {"next_cursor", at < corp.customers.size() ? cursor_of(at) : ""}};
}

constexpr PlatformCall kCalls[] = {{"GET", "auth/getuserinfo", user_info},
                                   {"GET", "user/getuserinfo", user_info},
                                   {"POST", "auth/getuserdetail", user_detail},
                                   {"POST", "idconvert/unionid_to_external_userid", from_unionid},
                                   {"POST", "idconvert/batch/external_userid_to_pending_id", pending_ids},
                                   {"POST", "externalcontact/unionid_to_external_userid", from_unionid_older},
                                   {"POST", "externalcontact/convert_to_openid", to_openid},
                                   {"POST", "externalcontact/contact_list", served}};
}  // namespace

std::span<const PlatformCall> identity_calls() { return kCalls; }

}  // namespace koi::simulate
