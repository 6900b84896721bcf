/// Customers as the platform shows them: who follows whom, one by one and by the hundred.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::string_view kAvatar = "https://wework.qpic.cn/bizmail/simulated/";

Told follow_users(Ask& ask) {
  json::array out;
  for (const auto& s : ask.corp().staff)
    if (s.works() && s.contact) out.emplace_back(s.userid);
  return json::object{{"follow_user", std::move(out)}};
}

Told list(Ask& ask) {
  TRY(const auto no, staff_in(ask, ask.query("userid")));
  const auto& mine = ask.corp().staff[no].customers;
  if (mine.empty()) return refuse(84061);
  json::array out;
  for (const auto& [customer, relation] : mine) out.emplace_back(ask.corp().customers[customer].id);
  return json::object{{"external_userid", std::move(out)}};
}

json::object customer_json(const Customer& c) {
  json::object out{{"external_userid", c.id}, {"name", c.name}, {"avatar", std::string(kAvatar) + c.id.substr(2, 6)}, {"type", c.type}, {"gender", c.gender}};
  if (c.type == 1) {
    out["unionid"] = c.unionid;
  } else {
    out["position"] = "经理";
    out["corp_name"] = "友商";
    out["corp_full_name"] = "友商有限公司";
    out["external_profile"] = json::object{{"external_attr", json::array{}}};
  }
  return out;
}

json::array tags_json(Corp& corp, const Relation& r) {
  json::array out;
  for (const auto& id : r.tags) {
    TagGroup* group = nullptr;
    if (const auto* tag = corp.tag(id, &group))
      out.push_back(json::object{{"group_name", group->name}, {"tag_name", tag->name}, {"tag_id", tag->id}, {"type", 1}});
  }
  if (r.rare)
    for (const auto& name : r.rare->own_tags) out.push_back(json::object{{"group_name", "个人"}, {"tag_name", name}, {"type", 2}});
  return out;
}

json::object follow_json(Corp& corp, const Staff& s, const Relation& r) {
  json::object out{{"userid", s.userid},       {"remark", r.remark},   {"description", r.description}, {"createtime", r.created},
                   {"tags", tags_json(corp, r)}, {"oper_userid", r.oper}, {"add_way", r.add_way}};
  if (!r.state.empty()) out["state"] = r.state;
  out["remark_mobiles"] = list_of(r.rare ? r.rare->mobiles : std::vector<std::string>());
  if (r.rare && !r.rare->company.empty()) out["remark_corp_name"] = r.rare->company;
  if (r.add_way == 10) out["wechat_channels"] = json::object{{"nickname", "锦鲤视频号"}, {"source", 1}};
  return out;
}

Told get(Ask& ask) {
  constexpr std::size_t kFollowersMax = 500;
  const auto id = ask.query("external_userid");
  if (id.empty()) return refuse(41035);
  const auto no = ask.corp().customer_no(id);
  if (no == kNobody) return refuse(40096);
  const auto& c = ask.corp().customers[no];
  if (c.staff.empty()) return refuse(84061);
  const auto cursor = ask.query("cursor");
  const auto from = cursor.empty() ? std::optional<std::uint64_t>(0) : read_cursor(cursor);
  if (!from) return refuse(40058, "cursor");
  json::array followers;
  auto at = static_cast<std::size_t>(*from);
  for (; at < c.staff.size() && followers.size() < kFollowersMax; ++at)
    followers.push_back(follow_json(ask.corp(), ask.corp().staff[c.staff[at]], *ask.corp().relation(c.staff[at], no)));
  json::object out{{"external_contact", customer_json(c)}, {"follow_user", std::move(followers)}};
  if (at < c.staff.size()) out["next_cursor"] = cursor_of(at);
  return out;
}

/// One row of batch/get_by_user, written straight into the reply: this call carries whole corps.
void put_row(std::string& out, const Customer& c, const Staff& s, const Relation& r) {
  out += R"({"external_contact":{"external_userid":")";
  out += c.id;
  out += R"(","name":)";
  put_text(out, c.name);
  fmt::format_to(std::back_inserter(out), R"(,"avatar":"{}{}","type":{},"gender":{})", kAvatar, std::string_view(c.id).substr(2, 6), c.type, c.gender);
  if (c.type == 1) fmt::format_to(std::back_inserter(out), R"(,"unionid":"{}")", c.unionid);
  else out += R"(,"position":"经理","corp_name":"友商","corp_full_name":"友商有限公司")";
  fmt::format_to(std::back_inserter(out), R"(}},"follow_info":{{"userid":"{}","remark":)", s.userid);
  put_text(out, r.remark);
  out += R"(,"description":)";
  put_text(out, r.description);
  fmt::format_to(std::back_inserter(out), R"(,"createtime":{},"tag_id":[)", r.created);
  for (std::size_t i = 0; i < r.tags.size(); ++i) {
    if (i) out += ',';
    put_text(out, r.tags[i]);
  }
  out += R"(],"remark_mobiles":[)";
  if (r.rare)
    for (std::size_t i = 0; i < r.rare->mobiles.size(); ++i) {
      if (i) out += ',';
      put_text(out, r.rare->mobiles[i]);
    }
  fmt::format_to(std::back_inserter(out), R"(],"oper_userid":"{}","add_way":{})", r.oper, r.add_way);
  if (!r.state.empty()) {
    out += R"(,"state":)";
    put_text(out, r.state);
  }
  if (r.rare && !r.rare->company.empty()) {
    out += R"(,"remark_corp_name":)";
    put_text(out, r.rare->company);
  }
  out += "}}";
}

/// The cursor is a place: which of the asked staff, and after which of their customers. It survives additions and losses.
Told batch(Ask& ask) {
  constexpr std::uint64_t kStride = 1ULL << 32;
  const auto userids = texts(ask.body, "userid_list");
  if (userids.empty()) return refuse(40063, "userid_list");
  if (userids.size() > 100) return refuse(40035, "userid_list");
  TRY(const auto page, page_of(ask, 50, 100));
  std::vector<StaffNo> staff;
  for (const auto& id : userids) {
    TRY(const auto no, staff_in(ask, id));
    staff.push_back(no);
  }
  std::string rows;
  rows.reserve(page.limit * 512);
  std::size_t count = 0;
  std::uint64_t next = 0;
  auto after = page.from % kStride;
  for (auto i = static_cast<std::size_t>(page.from / kStride); i < staff.size() && !next; ++i, after = 0) {
    const auto& s = ask.corp().staff[staff[i]];
    for (auto it = s.customers.lower_bound(static_cast<CustomerNo>(after)); it != s.customers.end(); ++it) {
      if (count == page.limit) {
        next = i * kStride + it->first;
        break;
      }
      if (count++) rows += ',';
      put_row(rows, ask.corp().customers[it->first], s, it->second);
    }
  }
  std::string out = R"({"errcode":0,"errmsg":"ok","external_contact_list":[)";
  out += rows;
  fmt::format_to(std::back_inserter(out), R"(],"next_cursor":"{}","fail_info":{{"unlicensed_userid_list":[]}}}})", next ? cursor_of(next) : "");
  ask.whole = http::Reply{200, std::move(out), "application/json; charset=UTF-8", {}};
  return json::object{};
}

Told remark(Ask& ask) {
  TRY(auto* r, relation_in(ask, ask.text("userid"), ask.text("external_userid")));
  constexpr std::string_view kAny[] = {"remark", "description", "remark_company", "remark_mobiles", "remark_pic_mediaid"};
  if (std::ranges::none_of(kAny, [&](auto key) { return has(ask.body, key); })) return refuse(40063);
  if (count_chars(ask.text("remark")) > 20 || count_chars(ask.text("description")) > 150 || count_chars(ask.text("remark_company")) > 20)
    return refuse(40058, "too long");
  if (has(ask.body, "remark_company") && ask.text("external_userid").starts_with("wo")) return refuse(40058, "remark_company");
  const auto picture = ask.text("remark_pic_mediaid");
  if (!picture.empty() && !media_lives(ask, picture)) return refuse(40007);
  if (has(ask.body, "remark")) r->remark = ask.text("remark");
  if (has(ask.body, "description")) r->description = ask.text("description");
  if (has(ask.body, "remark_company")) r->more().company = ask.text("remark_company");
  if (has(ask.body, "remark_mobiles")) {
    auto mobiles = texts(ask.body, "remark_mobiles");
    std::erase(mobiles, "");  // [""] clears
    r->more().mobiles = std::move(mobiles);
  }
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"GET", "externalcontact/get_follow_user_list", follow_users},
                                   {"GET", "externalcontact/list", list},
                                   {"GET", "externalcontact/get", get},
                                   {"POST", "externalcontact/batch/get_by_user", batch},
                                   {"POST", "externalcontact/remark", remark}};
}  // namespace

std::span<const PlatformCall> contact_calls() { return kCalls; }

}  // namespace koi::simulate
