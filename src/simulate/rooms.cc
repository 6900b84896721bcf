/// Customer groups as their people change them. Every change is a new member_version and one event.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/acts.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kMembersMax = 200;

std::string id_of(const World& world, bool is_staff, std::uint32_t who) {
  return is_staff ? world.corp.staff[who].userid : world.corp.customers[who].id;
}

GroupDay& group_today(World& world, const Group& g) { return world.books.group_days[{g.owner, World::day_of(world.now())}]; }

Event group_event(const Group& g, std::string_view change) { return {"change_external_chat", std::string(change), {{"ChatId", g.id}}}; }

/// Moves the version on and tells `detail`.
void tell_update(World& world, Group& g, std::string_view detail, std::vector<Field> more) {
  const auto last = version_text(g, g.version);
  ++g.version;
  auto event = group_event(g, "update");
  event.fields.push_back({"UpdateDetail", std::string(detail)});
  for (auto& f : more) event.fields.push_back(std::move(f));
  event.fields.push_back({"LastMemVer", last});
  event.fields.push_back({"CurMemVer", version_text(g, g.version)});
  world.emit(std::move(event));
}

std::vector<Field> member_fields(const World& world, std::string_view scene, int value, bool is_staff, std::uint32_t who) {
  return {{std::string(scene), std::to_string(value), true},
          {"MemChangeCnt", "1", true},
          {"MemChangeList", fmt::format("<Item><![CDATA[{}]]></Item>", id_of(world, is_staff, who)), true}};
}

bool inside(const Group& g, bool is_staff, std::uint32_t who) {
  return std::ranges::any_of(g.members, [&](const Member& m) { return m.is_staff == is_staff && m.who == who; });
}

}  // namespace

Group& create_group(World& world, StaffNo owner, const std::string& name) {
  Group g;
  g.id = world.fresh("wr", 32);
  g.name = name;
  g.owner = owner;
  g.created = world.now();
  g.members.push_back({true, owner, world.now(), 1, {}, {}});
  auto& made = world.corp.add_group(std::move(g));
  ++group_today(world, made).created;
  world.emit(group_event(made, "create"));
  return made;
}

Result<> join_group(World& world, Group& g, Member member) {
  if (inside(g, member.is_staff, member.who)) return fail(Errc::conflict, "simulate.in_group");
  if (g.members.size() >= kMembersMax) return fail(Errc::exhausted, "simulate.group_full");
  member.joined = world.now();
  const auto scene = member.scene == 3 ? 3 : 0;
  const auto is_staff = member.is_staff;
  const auto who = member.who;
  g.members.push_back(std::move(member));
  if (!is_staff) ++group_today(world, g).joined;
  tell_update(world, g, "add_member", member_fields(world, "JoinScene", scene, is_staff, who));
  return {};
}

Result<Group*> join_by_way(World& world, CustomerNo customer, const JoinWay& way) {
  Group* open = nullptr;
  for (const auto& id : way.chats) {
    auto* g = world.corp.group(id);
    if (!g) continue;
    if (inside(*g, false, customer)) return fail(Errc::conflict, "simulate.in_group", id);
    if (!open && g->members.size() < kMembersMax) open = g;
  }
  if (!open) {
    const auto* first = way.chats.empty() ? nullptr : world.corp.group(way.chats.front());
    if (!first || !way.auto_create) return fail(Errc::exhausted, "simulate.group_full");
    auto& stored = world.books.join_ways.at(way.config_id);
    open = &create_group(world, first->owner, fmt::format("{}{}", way.base_name, stored.base_id++));
    stored.chats.push_back(open->id);
  }
  TRY(join_group(world, *open, {false, customer, 0, 3, {}, way.state}));
  return open;
}

Result<> leave_group(World& world, Group& g, bool is_staff, std::uint32_t who, bool removed) {
  const auto gone = std::erase_if(g.members, [&](const Member& m) { return m.is_staff == is_staff && m.who == who; });
  if (gone == 0) return fail(Errc::not_found, "simulate.not_in_group");
  tell_update(world, g, "del_member", member_fields(world, "QuitScene", removed ? 1 : 0, is_staff, who));
  return {};
}

void rename_group(World& world, Group& g, const std::string& name) {
  g.name = name;
  tell_update(world, g, "change_name", {});
}

void renotice_group(World& world, Group& g, const std::string& notice) {
  g.notice = notice;
  tell_update(world, g, "change_notice", {});
}

void give_group(World& world, Group& g, StaffNo owner) {
  if (!inside(g, true, owner)) g.members.push_back({true, owner, world.now(), 1, {}, {}});
  g.owner = owner;
  tell_update(world, g, "change_owner", {});
}

void dismiss_group(World& world, Group& g) {
  g.dismissed = true;
  world.emit(group_event(g, "dismiss"));
}

void tell_tag(World& world, std::string_view change, const std::string& id, bool group) {
  Event event{"change_external_tag", std::string(change), {{"Id", id}}};
  if (change != "shuffle") event.fields.push_back({"TagType", group ? "tag_group" : "tag"});
  world.emit(std::move(event));
}

}  // namespace koi::simulate
