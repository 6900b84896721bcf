/// What happens to customer groups by hand.
#include "simulate/control.h"

namespace koi::simulate {

namespace {

Result<json::object> create(Steer& s) {
  TRY(const auto owner, staff_at(s));
  const auto& g = create_group(s.world, owner, s.text("name"));
  return json::object{{"chat_id", g.id}};
}

Result<json::object> rename(Steer& s) {
  TRY(auto* g, group_at(s));
  if (has(s.body, "notice")) renotice_group(s.world, *g, s.text("notice"));
  if (has(s.body, "name")) rename_group(s.world, *g, s.text("name"));
  return json::object{};
}

Result<json::object> give(Steer& s) {
  TRY(auto* g, group_at(s));
  TRY(const auto owner, staff_at(s));
  give_group(s.world, *g, owner);
  return json::object{};
}

Result<json::object> dismiss(Steer& s) {
  TRY(auto* g, group_at(s));
  dismiss_group(s.world, *g);
  return json::object{};
}

struct Who { bool is_staff = false; std::uint32_t no = 0; };
Result<Who> who_at(Steer& s) {
  if (has(s.body, "external_userid")) {
    TRY(const auto no, customer_at(s));
    return Who{false, no};
  }
  TRY(const auto no, staff_at(s, "member"));
  return Who{true, no};
}

/// By a staff member, or by a link (scene 2).
Result<json::object> invite(Steer& s) {
  TRY(auto* g, group_at(s));
  TRY(const auto who, who_at(s));
  Member m{who.is_staff, who.no, 0, static_cast<int>(number(s.body, "scene", 1)), s.text("userid"), {}};
  TRY(join_group(s.world, *g, std::move(m)));
  return json::object{};
}

Result<json::object> remove(Steer& s) {
  TRY(auto* g, group_at(s));
  TRY(const auto who, who_at(s));
  TRY(leave_group(s.world, *g, who.is_staff, who.no, true));
  return json::object{};
}

/// From one group to another: leaves here, is invited there.
Result<json::object> move(Steer& s) {
  TRY(auto* from, group_at(s));
  TRY(const auto customer, customer_at(s));
  auto* to = s.world.corp.group(s.text("to_chat_id"));
  if (!to) return fail(Errc::not_found, "simulate.no_group", s.text("to_chat_id"));
  TRY(leave_group(s.world, *from, false, customer, true));
  TRY(join_group(s.world, *to, {false, customer, 0, 1, s.world.corp.staff[to->owner].userid, {}}));
  return json::object{};
}

constexpr ControlCall kCalls[] = {{"POST", "group/create", create}, {"POST", "group/rename", rename}, {"POST", "group/owner", give},
                                  {"POST", "group/dismiss", dismiss}, {"POST", "group/invite", invite}, {"POST", "group/remove", remove},
                                  {"POST", "group/move", move}};
}  // namespace

std::span<const ControlCall> group_controls() { return kCalls; }

}  // namespace koi::simulate
