/// What a staff member does in the client, and an administrator with staff and tags in the console.
#include <algorithm>

#include "simulate/control.h"

namespace koi::simulate {

namespace {

Result<json::object> accept(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(const auto customer, customer_at(s));
  TRY(const auto done, accept_friend(s.world, staff, customer));
  return befriended_json(s.world, done);
}

Result<json::object> speak(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(const auto customer, customer_at(s));
  TRY(say(s.world, staff, customer, true, s.text("text")));
  return json::object{};
}

Result<json::object> remove(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(const auto customer, customer_at(s));
  TRY(staff_deletes(s.world, staff, customer));
  return json::object{};
}

/// Remark, description, tags, mobiles; a change of mobiles alone does not tell anybody.
Result<json::object> edit(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(const auto customer, customer_at(s));
  auto* r = s.world.corp.relation(staff, customer);
  if (!r) return fail(Errc::not_found, "simulate.no_relation");
  for (const auto& id : texts(s.body, "add_tag")) {
    if (!s.world.corp.tag(id)) return fail(Errc::not_found, "simulate.no_tag", id);
    if (std::ranges::find(r->tags, id) == r->tags.end()) r->tags.push_back(id);
  }
  for (const auto& id : texts(s.body, "remove_tag")) std::erase(r->tags, id);
  if (has(s.body, "remark")) r->remark = s.text("remark");
  if (has(s.body, "description")) r->description = s.text("description");
  if (has(s.body, "own_tags")) r->more().own_tags = texts(s.body, "own_tags");
  if (has(s.body, "mobiles")) r->more().mobiles = texts(s.body, "mobiles");
  constexpr std::string_view kTold[] = {"remark", "description", "add_tag", "remove_tag", "own_tags"};
  if (std::ranges::any_of(kTold, [&](auto key) { return has(s.body, key); })) TRY(edit_by_hand(s.world, staff, customer));
  return json::object{};
}

Result<json::object> leave_corp(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(resign(s.world, staff));
  return json::object{};
}
Result<json::object> return_to_corp(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(rehire(s.world, staff));
  return json::object{};
}
Result<json::object> switch_off(Steer& s) {
  TRY(const auto staff, staff_at(s));
  TRY(disable(s.world, staff, flag(s.body, "disabled", true)));
  return json::object{};
}

Result<json::object> take_on(Steer& s) {
  const auto userid = s.text("userid");
  if (userid.empty() || s.world.corp.staff_no(userid) != kNobody) return fail(Errc::conflict, "simulate.userid_taken", userid);
  Staff person;
  person.userid = userid;
  person.name = has(s.body, "name") ? s.text("name") : userid;
  person.mobile = s.text("mobile");
  person.departments = has(s.body, "department") ? numbers(s.body, "department") : std::vector<std::int64_t>{11};
  for (const auto d : person.departments)
    if (!s.world.corp.department(d)) return fail(Errc::not_found, "simulate.no_department", std::to_string(d));
  hire(s.world, std::move(person));
  return json::object{{"userid", userid}};
}

/// What the console sets about a staff member; none of it calls back.
Result<json::object> set(Steer& s) {
  TRY(const auto no, staff_at(s));
  auto& staff = s.world.corp.staff[no];
  staff.console_welcome = flag(s.body, "console_welcome", staff.console_welcome);
  staff.real_name = flag(s.body, "real_name", staff.real_name);
  staff.contact = flag(s.body, "contact", staff.contact);
  staff.customers_max = static_cast<std::size_t>(number(s.body, "customers_max", static_cast<std::int64_t>(staff.customers_max)));
  if (flag(s.body, "activated", false) && staff.status == 4) staff.status = 1;
  return json::object{};
}

Result<json::object> confirm(Steer& s) {
  TRY(const auto staff, staff_at(s));
  const auto at = s.world.books.mass.find(s.text("msgid"));
  if (at == s.world.books.mass.end()) return fail(Errc::not_found, "simulate.no_task");
  TRY(confirm_mass(s.world, at->second, staff));
  return json::object{};
}

Result<json::object> publish(Steer& s) {
  TRY(const auto staff, staff_at(s));
  const auto at = s.world.books.moments.find(s.text("moment_id"));
  if (at == s.world.books.moments.end()) return fail(Errc::not_found, "simulate.no_moment");
  TRY(publish_moment(s.world, at->second, staff));
  return json::object{};
}

/// A moment of one's own, from the client.
Result<json::object> post_moment(Steer& s) {
  TRY(const auto staff, staff_at(s));
  Moment m;
  m.id = s.world.fresh("mom", 32);
  m.text = s.text("text");
  m.attachments = "[]";
  m.creator = s.world.corp.staff[staff].userid;
  m.created = s.world.now();
  m.personal = true;
  m.senders[staff] = m.created;
  const auto id = m.id;
  s.world.books.moments[id] = std::move(m);
  return json::object{{"moment_id", id}};
}

Result<json::object> tag_add(Steer& s) {
  auto& tags = s.world.corp.tags;
  auto at = std::ranges::find(tags, s.text("group_name"), &TagGroup::name);
  const auto now = s.world.now();
  if (s.text("group_name").empty() || s.text("name").empty()) return fail(Errc::invalid, "simulate.no_tag", "group_name, name");
  if (at == tags.end()) {
    tags.push_back({s.world.fresh("et", 32), s.text("group_name"), {}, now, 0, {}});
    at = tags.end() - 1;
    tell_tag(s.world, "create", at->id, true);
  }
  if (std::ranges::find(at->tags, s.text("name"), &Tag::name) != at->tags.end()) return fail(Errc::conflict, "simulate.tag_taken");
  at->tags.push_back({s.world.fresh("et", 32), s.text("name"), now, 0});
  tell_tag(s.world, "create", at->tags.back().id, false);
  return json::object{{"group_id", at->id}, {"id", at->tags.back().id}};
}

Result<json::object> tag_rename(Steer& s) {
  const auto id = s.text("id");
  if (auto* g = s.world.corp.tag_group(id)) {
    g->name = s.text("name");
    tell_tag(s.world, "update", id, true);
  } else if (auto* t = s.world.corp.tag(id)) {
    t->name = s.text("name");
    tell_tag(s.world, "update", id, false);
  } else {
    return fail(Errc::not_found, "simulate.no_tag", id);
  }
  return json::object{};
}

Result<json::object> tag_remove(Steer& s) {
  const auto id = s.text("id");
  auto& tags = s.world.corp.tags;
  if (std::erase_if(tags, [&](const TagGroup& g) { return g.id == id; }) > 0) {
    tell_tag(s.world, "delete", id, true);  // one event; its tags go silently
    return json::object{};
  }
  for (auto& g : tags) {
    if (std::erase_if(g.tags, [&](const Tag& t) { return t.id == id; }) == 0) continue;
    tell_tag(s.world, "delete", id, false);
    std::erase_if(tags, [](const TagGroup& group) { return group.tags.empty(); });
    return json::object{};
  }
  return fail(Errc::not_found, "simulate.no_tag", id);
}

Result<json::object> tag_shuffle(Steer& s) {
  auto& tags = s.world.corp.tags;
  const auto id = s.text("group_id");
  std::int64_t order = 0;
  if (id.empty()) {
    for (auto& g : tags) g.order = ++order;
  } else if (auto* g = s.world.corp.tag_group(id)) {
    for (auto& t : g->tags) t.order = ++order;
  } else {
    return fail(Errc::not_found, "simulate.no_tag", id);
  }
  tell_tag(s.world, "shuffle", id, true);
  return json::object{};
}

constexpr ControlCall kCalls[] = {{"POST", "staff/accept", accept},   {"POST", "staff/say", speak},
                                  {"POST", "staff/delete", remove},   {"POST", "staff/edit", edit},
                                  {"POST", "staff/resign", leave_corp}, {"POST", "staff/rehire", return_to_corp},
                                  {"POST", "staff/disable", switch_off}, {"POST", "staff/hire", take_on},
                                  {"POST", "staff/set", set},         {"POST", "staff/confirm", confirm},
                                  {"POST", "staff/publish", publish}, {"POST", "staff/moment", post_moment},
                                  {"POST", "tags/add", tag_add},      {"POST", "tags/rename", tag_rename},
                                  {"POST", "tags/delete", tag_remove}, {"POST", "tags/shuffle", tag_shuffle}};
}  // namespace

std::span<const ControlCall> staff_controls() { return kCalls; }

}  // namespace koi::simulate
