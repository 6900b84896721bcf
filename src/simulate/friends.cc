/// Friendships: begun by a code or by hand, talked in, and ended from either side.
#include <fmt/format.h>

#include <algorithm>

#include "simulate/acts.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kWelcomesKept = 200'000;
constexpr Seconds kChatKeyLife = 1800;

std::string parameter(std::string_view url, std::string_view name) {
  const auto at = url.find(std::string(name) + "=");
  if (at == url.npos) return {};
  const auto from = at + name.size() + 1;
  const auto raw = url.substr(from, url.find_first_of("&#", from) - from);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto digit = [&](std::size_t k) { return std::string_view("0123456789abcdef").find(static_cast<char>(raw[k] | 0x20)); };
    if (raw[i] == '%' && i + 2 < raw.size() && digit(i + 1) < 16 && digit(i + 2) < 16) {
      out += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
      i += 2;
    } else {
      out += raw[i];
    }
  }
  return out;
}

std::string_view last_part(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return url.substr(url.rfind('/') + 1);
}

std::string new_welcome(World& world, const AddFriend& add) {
  auto& books = world.books;
  auto code = world.fresh("", 43);
  books.welcomes[code] = {add.staff, add.customer, world.instant(), {}, std::chrono::steady_clock::now(), add.storm};
  books.welcome_order.push_back(code);
  if (books.welcome_order.size() > kWelcomesKept) {
    books.welcomes.erase(books.welcome_order.front());
    books.welcome_order.pop_front();
  }
  return code;
}

Event contact_event(const World& world, std::string_view change, StaffNo staff, CustomerNo customer) {
  return {"change_external_contact", std::string(change),
          {{"UserID", world.corp.staff[staff].userid}, {"ExternalUserID", world.corp.customers[customer].id}}};
}

Event acquisition_event(std::string_view change, std::vector<Field> fields) { return {"customer_acquisition", std::string(change), std::move(fields)}; }

void spend_quota(World& world) {
  constexpr std::int64_t kLow = 20;
  auto& q = world.books.quota;
  if (q.balance == 0) return;
  --q.balance;
  if (q.balance == 0) world.emit(acquisition_event("balance_exhausted", {}));
  else if (q.balance == kLow - 1) world.emit(acquisition_event("balance_low", {}));
}

void note_link(World& world, const AddFriend& add) {
  const auto at = world.books.links.find(add.link);
  if (at == world.books.links.end()) return;
  at->second.customers.push_back({add.customer, add.staff, 0, add.state, world.now()});
  spend_quota(world);
}

bool may_add(const Staff& s) { return s.works() && s.real_name && s.contact; }

}  // namespace

DayFigures& today(World& world, StaffNo staff) { return world.books.days[{staff, World::day_of(world.now())}]; }

Code find_code(const World& world, std::string_view given) {
  const auto id = std::string(last_part(given));
  const auto& books = world.books;
  if (books.ways.contains(id)) return {Code::Kind::way, id, {}, {}};
  if (books.join_ways.contains(id)) return {Code::Kind::join_way, id, {}, {}};
  if (books.links.contains(id)) return {Code::Kind::link, id, parameter(given, "customer_channel"), {}};
  for (const auto& [config, way] : books.ways)
    if (!way.state.empty() && way.state == given) return {Code::Kind::way, config, {}, {}};
  for (const auto& [config, way] : books.join_ways)
    if (!way.state.empty() && way.state == given) return {Code::Kind::join_way, config, {}, {}};
  if (given.starts_with("http://") || given.starts_with("https://")) return {Code::Kind::page, {}, {}, std::string(given)};
  return {};
}

Result<Befriended> add_friend(World& world, const AddFriend& add) {
  auto& staff = world.corp.staff[add.staff];
  const auto& customer = world.corp.customers[add.customer];
  auto* old = world.corp.relation(add.staff, add.customer);
  if (old && !old->lost) return fail(Errc::conflict, "simulate.already_friends", staff.userid);
  if (!may_add(staff)) return fail(Errc::invalid, "simulate.staff_away", staff.userid);
  if (!old && staff.customers.size() >= staff.customers_max) return fail(Errc::exhausted, "simulate.staff_full", staff.userid);
  Relation r;
  r.created = world.now();
  r.state = add.state;
  r.add_way = add.add_way;
  r.oper = add.by_staff ? staff.userid : customer.id;
  r.half = add.half;
  if (old) {
    r.remark = old->remark, r.description = old->description, r.tags = old->tags, r.chatted = old->chatted;
    r.rare = std::move(old->rare);
  }
  if (!add.way.empty()) r.more().way = add.way;
  if (!add.link.empty()) r.more().link = add.link;
  const bool talked = r.chatted;
  world.corp.befriend(add.staff, add.customer, std::move(r));
  auto& day = today(world, add.staff);
  ++day.applied, ++day.added;
  note_link(world, add);

  auto event = contact_event(world, add.half ? "add_half_external_contact" : "add_external_contact", add.staff, add.customer);
  if (!add.state.empty()) event.fields.push_back({"State", add.state});
  Befriended out{add.staff, {}, false, false};
  if (!staff.console_welcome && !talked && customer.type == 1) {
    out.welcome_code = new_welcome(world, add);
    event.fields.push_back({"WelcomeCode", out.welcome_code});
  }
  world.emit(std::move(event), add.told);
  return out;
}

Result<Befriended> scan_way(World& world, CustomerNo customer, const Way& way, bool half, StaffNo wish) {
  auto staff = world.corp.staff_of(way.parties);
  for (const auto& id : way.users)
    if (const auto no = world.corp.staff_no(id); no != kNobody && std::ranges::find(staff, no) == staff.end()) staff.push_back(no);
  // Somebody of this code who is a friend already: the chat opens, nothing happens.
  for (const auto no : staff)
    if (const auto* r = world.corp.relation(no, customer); r && !r->lost && (way.exclusive || staff.size() == 1 || no == wish))
      return Befriended{no, {}, false, true};
  std::erase_if(staff, [&](StaffNo no) {
    const auto* r = world.corp.relation(no, customer);
    return !may_add(world.corp.staff[no]) || (r && !r->lost) || world.corp.staff[no].customers.size() >= world.corp.staff[no].customers_max;
  });
  if (wish != kNobody) std::erase_if(staff, [&](StaffNo no) { return no != wish; });
  if (staff.empty()) return fail(Errc::exhausted, "simulate.nobody_free");
  const auto chosen = staff[world.rng.below(staff.size())];
  AddFriend add{chosen, customer, way.state, way.config_id, {}, 1, half};
  if (way.skip_verify) return add_friend(world, add);
  ++today(world, chosen).applied;
  world.books.requests.push_back({chosen, customer, way.state, way.config_id, {}, 1});
  return Befriended{chosen, {}, true, false};
}

Result<Befriended> scan_link(World& world, CustomerNo customer, AcquisitionLink& link, const std::string& state) {
  ++link.clicks[World::day_of(world.now())];
  auto staff = world.corp.staff_of(link.departments);
  for (const auto& id : link.users)
    if (const auto no = world.corp.staff_no(id); no != kNobody && std::ranges::find(staff, no) == staff.end()) staff.push_back(no);
  std::erase_if(staff, [&](StaffNo no) { return !may_add(world.corp.staff[no]); });
  for (const auto no : staff)
    if (const auto* r = world.corp.relation(no, customer); r && !r->lost) return Befriended{no, {}, false, true};
  world.emit(acquisition_event("open_profile", {{"LinkId", link.id}, {"State", state}}));
  if (staff.empty()) {
    world.emit(acquisition_event("link_unavailable", {{"LinkId", link.id}}));
    return fail(Errc::exhausted, "simulate.nobody_free");
  }
  if (world.books.quota.balance == 0) return fail(Errc::exhausted, "simulate.no_quota");
  auto chosen = staff[world.rng.below(staff.size())];
  if (link.priority > 0)  // who knows the customer already comes first
    for (const auto no : world.corp.customers[customer].staff)
      if (std::ranges::find(staff, no) != staff.end()) chosen = no;
  if (!state.empty()) world.emit(acquisition_event("friend_request", {{"LinkId", link.id}, {"State", state}}));
  AddFriend add{chosen, customer, state, {}, link.id, 16};
  if (link.skip_verify) return add_friend(world, add);
  world.books.requests.push_back({chosen, customer, state, {}, link.id, 16});
  return Befriended{chosen, {}, true, false};
}

Result<Befriended> accept_friend(World& world, StaffNo staff, CustomerNo customer) {
  auto& requests = world.books.requests;
  const auto at = std::ranges::find_if(requests, [&](const FriendRequest& r) { return r.staff == staff && r.customer == customer; });
  if (at != requests.end()) {
    const auto request = *at;
    requests.erase(at);
    return add_friend(world, {staff, customer, request.state, request.way, request.link, request.add_way});
  }
  auto* r = world.corp.relation(staff, customer);
  if (!r || !r->half) return fail(Errc::not_found, "simulate.no_request");
  r->half = false;
  auto event = contact_event(world, "add_external_contact", staff, customer);
  if (!r->state.empty()) event.fields.push_back({"State", r->state});
  world.emit(std::move(event));  // the half event had the welcome code
  return Befriended{staff, {}, false, false};
}

namespace {
/// What a link's first messages bring: customer_start_chat, then a chat key at the third, fifth and tenth.
void tell_link_talk(World& world, StaffNo staff, CustomerNo customer, const Relation& r) {
  const auto at = world.books.links.find(r.rare->link);
  if (at == world.books.links.end()) return;
  const int n = r.rare->spoken;
  for (auto& c : at->second.customers)
    if (c.customer == customer && c.staff == staff) c.chat_status = 1;
  if (n == 1)
    world.emit(acquisition_event("customer_start_chat", {{"UserID", world.corp.staff[staff].userid}, {"ExternalUserID", world.corp.customers[customer].id}}));
  if (n != 3 && n != 5 && n % 10 != 0) return;
  const auto key = world.fresh("", 48);
  world.books.chat_keys[key] = {at->first, r.state, staff, customer, n, world.now() + kChatKeyLife};
  world.emit(acquisition_event("message_from_customer", {{"LinkId", at->first}, {"State", r.state}, {"ChatKey", key}}));
}
}  // namespace

Result<> say(World& world, StaffNo staff, CustomerNo customer, bool from_staff, const std::string& said) {
  auto* r = world.corp.relation(staff, customer);
  if (!r) return fail(Errc::not_found, "simulate.no_relation");
  if (r->lost) return fail(Errc::invalid, "simulate.deleted");
  auto& more = r->more();
  more.chat.push_back({world.now(), from_staff, "text", said, {}});
  r->chatted = true;
  auto& day = today(world, staff);
  if (from_staff) {
    ++day.messages;
    if (more.chat.size() > 1 && !more.chat[more.chat.size() - 2].from_staff) {
      ++day.replied;
      day.reply_seconds += world.now() - more.chat[more.chat.size() - 2].at;
    }
    more.staff_spoke = world.now();
    return {};
  }
  if (day.talked.insert(customer).second) ++day.chats;
  ++more.spoken;
  if (!more.link.empty()) tell_link_talk(world, staff, customer, *r);
  return {};
}

Result<> customer_deletes(World& world, CustomerNo customer, StaffNo staff) {
  auto* r = world.corp.relation(staff, customer);
  if (!r || r->lost) return fail(Errc::not_found, "simulate.no_relation");
  r->lost = true;
  ++today(world, staff).negative;
  world.emit(contact_event(world, "del_follow_user", staff, customer));
  if (r->rare && !r->rare->link.empty())
    world.emit(acquisition_event("del_follow_user", {{"UserID", world.corp.staff[staff].userid}, {"ExternalUserID", world.corp.customers[customer].id}}));
  return {};
}

Result<> staff_deletes(World& world, StaffNo staff, CustomerNo customer, std::string_view source) {
  if (!world.corp.relation(staff, customer)) return fail(Errc::not_found, "simulate.no_relation");
  world.corp.part(staff, customer);
  auto event = contact_event(world, "del_external_contact", staff, customer);
  if (!source.empty()) event.fields.push_back({"Source", std::string(source)});
  world.emit(std::move(event));
  return {};
}

Result<> edit_by_hand(World& world, StaffNo staff, CustomerNo customer) {
  if (!world.corp.relation(staff, customer)) return fail(Errc::not_found, "simulate.no_relation");
  world.emit(contact_event(world, "edit_external_contact", staff, customer));
  return {};
}

}  // namespace koi::simulate
