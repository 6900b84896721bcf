/// What a customer does with a phone.
#include "simulate/control.h"

namespace koi::simulate {

namespace {

Result<json::object> make(Steer& s) {
  auto c = make_customer(s.world.rng);
  if (const auto name = s.text("name"); !name.empty()) c.name = name;
  if (has(s.body, "gender")) c.gender = static_cast<std::uint8_t>(number(s.body, "gender"));
  const bool wecom = number(s.body, "type", 1) == 2;  // people on WeChat unless asked otherwise
  c.type = wecom ? 2 : 1;
  c.id = s.world.fresh(wecom ? "wo" : "wm", 32);
  c.unionid = wecom ? "" : s.world.fresh("oU", 28);
  const auto no = s.world.corp.add_customer(std::move(c));
  const auto& made = s.world.corp.customers[no];
  return json::object{{"external_userid", made.id}, {"name", made.name}, {"unionid", made.unionid}};
}

Result<json::object> scan(Steer& s) {
  TRY(const auto customer, customer_at(s));
  const auto code = find_code(s.world, s.text("code"));
  const bool half = flag(s.body, "half", false);
  switch (code.kind) {
    case Code::Kind::way: {
      const auto wish = s.text("userid");
      TRY(const auto done, scan_way(s.world, customer, s.world.books.ways.at(code.id), half, wish.empty() ? kNobody : s.world.corp.staff_no(wish)));
      return befriended_json(s.world, done);
    }
    case Code::Kind::link: {
      const auto state = s.text("state");
      TRY(const auto done, scan_link(s.world, customer, s.world.books.links.at(code.id), state.empty() ? code.state : state));
      return befriended_json(s.world, done);
    }
    case Code::Kind::join_way: {
      TRY(const auto* group, join_by_way(s.world, customer, s.world.books.join_ways.at(code.id)));
      return json::object{{"result", "joined"}, {"chat_id", group->id}, {"name", group->name}};
    }
    default:
      return fail(Errc::not_found, "simulate.no_code", s.text("code"));
  }
}

/// Without a code: by mobile search, a card, a group …
Result<json::object> add(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(const auto staff, staff_at(s));
  const AddFriend wanted{staff, customer, s.text("state"), {}, {}, static_cast<int>(number(s.body, "add_way", 2)), flag(s.body, "half", false),
                         flag(s.body, "by_staff", false)};
  if (flag(s.body, "verify", false)) {
    s.world.books.requests.push_back({staff, customer, wanted.state, {}, {}, wanted.add_way});
    return befriended_json(s.world, {staff, {}, true, false});
  }
  TRY(const auto done, add_friend(s.world, wanted));
  return befriended_json(s.world, done);
}

Result<json::object> speak(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(const auto staff, staff_at(s));
  TRY(say(s.world, staff, customer, false, s.text("text")));
  return json::object{};
}

Result<json::object> remove(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(const auto staff, staff_at(s));
  TRY(customer_deletes(s.world, customer, staff));
  return json::object{};
}

Result<json::object> leave(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(auto* group, group_at(s));
  TRY(leave_group(s.world, *group, false, customer, false));
  return json::object{};
}

Result<json::object> refuse_one(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(refuse_transfer(s.world, customer));
  return json::object{};
}

Result<json::object> react(Steer& s) {
  TRY(const auto customer, customer_at(s));
  TRY(const auto staff, staff_at(s));
  const auto at = s.world.books.moments.find(s.text("moment_id"));
  if (at == s.world.books.moments.end()) return fail(Errc::not_found, "simulate.no_moment");
  auto& list = s.text("kind") == "comment" ? at->second.comments[staff] : at->second.likes[staff];
  list.push_back({s.world.corp.customers[customer].id, false, s.world.now()});
  return json::object{};
}

constexpr ControlCall kCalls[] = {{"POST", "customers", make},
                                  {"POST", "customer/scan", scan},
                                  {"POST", "customer/add", add},
                                  {"POST", "customer/say", speak},
                                  {"POST", "customer/delete", remove},
                                  {"POST", "customer/leave", leave},
                                  {"POST", "customer/refuse_transfer", refuse_one},
                                  {"POST", "customer/react", react}};
}  // namespace

std::span<const ControlCall> customer_controls() { return kCalls; }

}  // namespace koi::simulate
