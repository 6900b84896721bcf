/// What staff and administrators do: come and go, confirm mass sends, publish moments; and how transfers end.
#include <algorithm>
#include <chrono>

#include "simulate/acts.h"

namespace koi::simulate {

namespace {

std::string joined(const std::vector<std::int64_t>& numbers) {
  std::string out;
  for (const auto n : numbers) out += (out.empty() ? "" : ",") + std::to_string(n);
  return out;
}

void tell_user(World& world, std::string_view change, const Staff& s, bool status) {
  Event event{"change_contact", std::string(change), {{"UserID", s.userid}}};
  if (change != "delete_user") event.fields.push_back({"Department", joined(s.departments)});
  if (status) event.fields.push_back({"Status", std::to_string(s.status), true});
  world.emit(std::move(event));
}

std::chrono::year_month_day date_of(Seconds now) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{World::day_of(now)}}};
}

}  // namespace

bool take_mass_slot(const World& world, std::uint32_t& month, std::uint32_t& count, Seconds now) {
  const auto date = date_of(now);
  const auto this_month = static_cast<std::uint32_t>(static_cast<int>(date.year()) * 12) + static_cast<unsigned>(date.month());
  const auto days = static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
  const auto max = world.books.mass_month_max > 0 ? static_cast<unsigned>(world.books.mass_month_max) : days;
  if (month != this_month) month = this_month, count = 0;
  if (count >= max) return false;
  ++count;
  return true;
}

Result<> resign(World& world, StaffNo no) {
  auto& s = world.corp.staff[no];
  if (s.status == 5) return fail(Errc::conflict, "simulate.resigned");
  s.status = 5;
  s.left_at = world.now();
  for (const auto& [customer, relation] : s.customers) world.books.unassigned.push_back({no, customer, s.left_at});
  for (auto& g : world.corp.groups)
    if (!g.dismissed && g.owner == no) g.status = 1;
  tell_user(world, "delete_user", s, false);
  return {};
}

Result<> rehire(World& world, StaffNo no) {
  auto& s = world.corp.staff[no];
  if (s.status != 5) return fail(Errc::conflict, "simulate.not_resigned");
  s.status = 1;
  s.left_at = 0;
  std::erase_if(world.books.unassigned, [&](const Unassigned& u) { return u.from == no; });
  for (auto& g : world.corp.groups)
    if (!g.dismissed && g.owner == no && g.status == 1) g.status = 0;
  tell_user(world, "create_user", s, true);
  return {};
}

Result<> disable(World& world, StaffNo no, bool disabled) {
  auto& s = world.corp.staff[no];
  if (s.status == 5) return fail(Errc::conflict, "simulate.resigned");
  s.status = disabled ? 2 : 1;
  tell_user(world, "update_user", s, true);
  return {};
}

StaffNo hire(World& world, Staff staff) {
  const auto no = world.corp.add_staff(std::move(staff));
  tell_user(world, "create_user", world.corp.staff[no], true);
  return no;
}

namespace {

void reach_customer(World& world, const MassTask& task, MassTarget& target) {
  const auto customer = world.corp.customer_no(target.id);
  auto* r = world.corp.relation(target.staff, customer);
  if (!r || r->lost) {
    target.status = 2;
    return;
  }
  auto& c = world.corp.customers[customer];
  if (!take_mass_slot(world, c.mass_month, c.mass_count, world.now())) {
    target.status = 3;
    return;
  }
  target.status = 1;
  auto& chat = r->more().chat;
  if (!task.text.empty()) chat.push_back({world.now(), true, "text", task.text, {}});
  if (task.attachments != "[]") chat.push_back({world.now(), true, "attachments", {}, task.attachments});
}

void reach_group(World& world, const MassTask& task, MassTarget& target) {
  auto* g = world.corp.group(target.id);
  if (!g) {
    target.status = 2;
    return;
  }
  if (!take_mass_slot(world, g->mass_month, g->mass_count, world.now())) {
    target.status = 3;
    return;
  }
  target.status = 1;
  g->chat.push_back({world.now(), true, "text", task.text, task.attachments == "[]" ? "" : task.attachments});
  auto& day = world.books.group_days[{g->owner, World::day_of(world.now())}];
  ++day.messages;
  day.alive.insert(g->id);
}

}  // namespace

Result<> confirm_mass(World& world, MassTask& task, StaffNo no) {
  const auto sender = task.senders.find(no);
  if (sender == task.senders.end()) return fail(Errc::not_found, "simulate.not_asked");
  if (task.cancelled) return fail(Errc::conflict, "simulate.cancelled");
  if (sender->second > 0) return fail(Errc::conflict, "simulate.done_already");
  sender->second = world.now();
  for (auto& target : task.targets) {
    if (target.staff != no) continue;
    target.sent = world.now();
    if (task.chat_type == "group") reach_group(world, task, target);
    else reach_customer(world, task, target);
  }
  return {};
}

Result<> publish_moment(World& world, Moment& moment, StaffNo no) {
  const auto sender = moment.senders.find(no);
  if (sender == moment.senders.end()) return fail(Errc::not_found, "simulate.not_asked");
  if (moment.cancelled) return fail(Errc::conflict, "simulate.cancelled");
  if (sender->second > 0) return fail(Errc::conflict, "simulate.done_already");
  sender->second = world.now();
  return {};
}

Result<> refuse_transfer(World& world, CustomerNo customer) {
  for (auto& t : world.books.transfers) {
    if (t.customer != customer || t.status != 2 || t.resigned) continue;
    t.status = 3;
    t.done = world.now();
    world.emit({"change_external_contact", "transfer_fail",
                {{"UserID", world.corp.staff[t.to].userid}, {"ExternalUserID", world.corp.customers[customer].id}, {"FailReason", "customer_refused"}}});
    return {};
  }
  return fail(Errc::not_found, "simulate.no_transfer");
}

/// 24 h are over: the customer changes hands, keeping remark and tags.
void finish_transfer(World& world, std::size_t place) {
  auto& t = world.books.transfers[place];
  if (t.status != 2) return;
  t.done = world.now();
  auto& to = world.corp.staff[t.to];
  const auto fields = [&](StaffNo who) {
    return std::vector<Field>{{"UserID", world.corp.staff[who].userid}, {"ExternalUserID", world.corp.customers[t.customer].id}};
  };
  if (to.customers.size() >= to.customers_max) {
    t.status = 4;
    auto event = Event{"change_external_contact", "transfer_fail", fields(t.to)};
    event.fields.push_back({"FailReason", "customer_limit_exceed"});
    return world.emit(std::move(event));
  }
  t.status = 1;
  auto* old = world.corp.relation(t.from, t.customer);
  Relation r;
  r.created = world.now();
  r.add_way = 202;
  r.oper = world.corp.staff[t.from].userid;
  if (old) {
    r.remark = old->remark, r.description = old->description, r.tags = old->tags, r.state = old->state, r.chatted = old->chatted;
    if (old->rare) r.more() = *old->rare;
  }
  if (!t.message.empty()) r.more().chat.push_back({world.now(), true, "text", t.message, {}});
  std::erase_if(world.books.unassigned, [&](const Unassigned& u) { return u.from == t.from && u.customer == t.customer; });
  const auto from = t.from, takes = t.to;
  const auto customer = t.customer;
  world.corp.part(from, customer);
  if (!world.corp.relation(takes, customer)) world.corp.befriend(takes, customer, std::move(r));
  world.emit({"change_external_contact", "add_external_contact", fields(takes)});
  auto gone = Event{"change_external_contact", "del_external_contact", fields(from)};
  gone.fields.push_back({"Source", "DELETE_BY_TRANSFER"});
  world.emit(std::move(gone));
}

}  // namespace koi::simulate
