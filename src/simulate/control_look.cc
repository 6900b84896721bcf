/// What there is to see: the corp, a phone, codes, tasks, calls received and events told.
#include <algorithm>

#include "simulate/control.h"

namespace koi::simulate {

namespace {

json::object staff_json(const World& world, StaffNo no) {
  const auto& s = world.corp.staff[no];
  return {{"userid", s.userid}, {"name", s.name}, {"status", s.status}, {"real_name", s.real_name}, {"contact", s.contact},
          {"department", list_of(s.departments)}, {"customers", s.customers.size()}, {"console_welcome", s.console_welcome}};
}

json::object customer_json(const Customer& c) {
  return {{"external_userid", c.id}, {"name", c.name}, {"gender", c.gender}, {"type", c.type}, {"unionid", c.unionid}, {"friends", c.staff.size()}};
}

Result<json::object> state(Steer& s) {
  const auto& w = s.world;
  std::size_t relations = 0, groups = 0;
  for (const auto& staff : w.corp.staff) relations += staff.customers.size();
  for (const auto& g : w.corp.groups) groups += g.dismissed ? 0 : 1;
  json::object apps;
  for (const auto& app : w.gate.apps()) apps[app.name] = json::object{{"secret", app.secret}, {"agentid", app.agent}};
  const auto f = s.world.callbacks.figures();
  return json::object{{"corp", {{"corpid", w.corp.id}, {"name", w.corp.name}}}, {"apps", std::move(apps)}, {"clock", clock_json(s.world)},
                      {"staff", w.corp.staff.size()}, {"customers", w.corp.customers.size()}, {"relations", relations}, {"groups", groups},
                      {"ways", w.books.ways.size()}, {"join_ways", w.books.join_ways.size()}, {"links", w.books.links.size()},
                      {"mass", w.books.mass.size()}, {"moments", w.books.moments.size()}, {"requests", w.books.requests.size()},
                      {"limits", w.gate.limits}, {"lively", w.lively}, {"told", w.told_seq},
                      {"callbacks", {{"url", s.world.callbacks.address().url}, {"made", f.made}, {"answered", f.answered}, {"given_up", f.given_up}}}};
}

Result<json::object> staff(Steer& s) {
  json::array out;
  for (StaffNo i = 0; i < s.world.corp.staff.size(); ++i) out.push_back(staff_json(s.world, i));
  return json::object{{"staff", std::move(out)}};
}

/// Newest first; `q` is part of a name.
Result<json::object> customers(Steer& s) {
  const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(s.query_number("limit", 50), 1, 1000));
  const auto q = s.query("q");
  json::array out;
  const auto& all = s.world.corp.customers;
  for (auto it = all.rbegin(); it != all.rend() && out.size() < limit; ++it)
    if (q.empty() || it->name.contains(q) || it->id == q) out.push_back(customer_json(*it));
  return json::object{{"customers", std::move(out)}, {"total", all.size()}};
}

Result<json::object> codes(Steer& s) {
  json::array out;
  const auto& b = s.world.books;
  for (const auto& [id, w] : b.ways)
    out.push_back(json::object{{"kind", "way"}, {"config_id", id}, {"state", w.state}, {"remark", w.remark}, {"url", s.world.base_url + "/qr/" + id},
                               {"users", list_of(w.users)}, {"skip_verify", w.skip_verify}});
  for (const auto& [id, w] : b.join_ways)
    out.push_back(json::object{{"kind", "join_way"}, {"config_id", id}, {"state", w.state}, {"remark", w.remark}, {"url", s.world.base_url + "/qr/" + id}, {"chats", list_of(w.chats)}});
  for (const auto& [id, l] : b.links)
    out.push_back(json::object{{"kind", "link"}, {"config_id", id}, {"remark", l.name}, {"url", "https://work.weixin.qq.com/ca/" + id}, {"users", list_of(l.users)}});
  return json::object{{"codes", std::move(out)}};
}

json::array chat_json(const std::vector<Line>& chat) {
  json::array out;
  for (const auto& l : chat) {
    json::object line{{"at", l.at}, {"from", l.from_staff ? "staff" : "customer"}, {"kind", l.kind}, {"text", l.text}};
    if (!l.more.empty()) line["more"] = json::parse(l.more);
    out.push_back(std::move(line));
  }
  return out;
}

json::object group_json(const World& w, const Group& g, bool whole) {
  json::object out{{"chat_id", g.id}, {"name", g.name}, {"notice", g.notice}, {"owner", w.corp.staff[g.owner].userid}, {"members", g.members.size()}};
  if (!whole) return out;
  json::array members;
  for (const auto& m : g.members)
    members.push_back(json::object{{"id", m.is_staff ? w.corp.staff[m.who].userid : w.corp.customers[m.who].id},
                                   {"name", m.is_staff ? w.corp.staff[m.who].name : w.corp.customers[m.who].name}, {"staff", m.is_staff}, {"joined", m.joined}});
  out["member_list"] = std::move(members);
  out["chat"] = chat_json(g.chat);
  return out;
}

/// Published moments of whoever is a friend, newest first; a task for some tags is seen by those who carry one.
json::array moments_seen(World& w, CustomerNo no) {
  struct Seen { Seconds at; StaffNo staff; const Moment* moment; };
  std::vector<Seen> seen;
  for (const auto& [id, m] : w.books.moments)
    for (const auto& [staff, at] : m.senders) {
      const auto* r = at == 0 ? nullptr : w.corp.relation(staff, no);
      if (!r || r->lost) continue;
      if (m.tags.empty() || std::ranges::any_of(m.tags, [&](const auto& t) { return std::ranges::find(r->tags, t) != r->tags.end(); })) seen.push_back({at, staff, &m});
    }
  std::ranges::sort(seen, [](const Seen& a, const Seen& b) { return a.at > b.at; });
  json::array out;
  for (const auto& m : seen)
    out.push_back(json::object{{"moment_id", m.moment->id}, {"userid", w.corp.staff[m.staff].userid}, {"name", w.corp.staff[m.staff].name}, {"at", m.at},
                               {"text", m.moment->text}, {"attachments", json::parse(m.moment->attachments.empty() ? "[]" : m.moment->attachments)}});
  return out;
}

/// Everything one customer sees.
Result<json::object> phone(Steer& s) {
  const auto no = s.world.corp.customer_no(s.query("external_userid"));
  if (no == kNobody) return fail(Errc::not_found, "simulate.no_customer");
  const auto& c = s.world.corp.customers[no];
  json::array friends, groups, requests;
  for (const auto staff_no : c.staff) {
    const auto& r = *s.world.corp.relation(staff_no, no);
    auto one = staff_json(s.world, staff_no);
    one["since"] = r.created;
    one["deleted"] = r.lost;
    one["half"] = r.half;
    one["state"] = r.state;
    one["chat"] = chat_json(r.rare ? r.rare->chat : std::vector<Line>());
    friends.push_back(std::move(one));
  }
  for (const auto& g : s.world.corp.groups)
    if (!g.dismissed && std::ranges::any_of(g.members, [&](const Member& m) { return !m.is_staff && m.who == no; })) groups.push_back(group_json(s.world, g, true));
  for (const auto& r : s.world.books.requests)
    if (r.customer == no) requests.push_back(json::object{{"userid", s.world.corp.staff[r.staff].userid}, {"name", s.world.corp.staff[r.staff].name}});
  return json::object{{"customer", customer_json(c)}, {"friends", std::move(friends)}, {"groups", std::move(groups)}, {"requests", std::move(requests)},
                      {"moments", moments_seen(s.world, no)},
                      {"clock", clock_json(s.world)}};
}

Result<json::object> groups(Steer& s) {
  json::array out;
  for (const auto& g : s.world.corp.groups)
    if (!g.dismissed) out.push_back(group_json(s.world, g, false));
  return json::object{{"groups", std::move(out)}};
}

/// What waits for a staff member: requests, mass sends, moments.
Result<json::object> desk(Steer& s) {
  const auto no = s.world.corp.staff_no(s.query("userid"));
  if (no == kNobody) return fail(Errc::not_found, "simulate.no_staff");
  json::array requests, mass, moments, customers;
  for (const auto& r : s.world.books.requests)
    if (r.staff == no) requests.push_back(json::object{{"external_userid", s.world.corp.customers[r.customer].id}, {"name", s.world.corp.customers[r.customer].name}});
  for (const auto& [id, t] : s.world.books.mass) {
    const auto at = t.senders.find(no);
    if (at == t.senders.end()) continue;
    const auto targets = std::ranges::count(t.targets, no, &MassTarget::staff);
    mass.push_back(json::object{{"msgid", id}, {"chat_type", t.chat_type}, {"text", t.text}, {"attachments", json::parse(t.attachments)}, {"created", t.created},
                                {"targets", targets}, {"sent", at->second}, {"cancelled", t.cancelled}});
  }
  for (const auto& [id, m] : s.world.books.moments) {
    const auto at = m.senders.find(no);
    if (at != m.senders.end() && !m.personal)
      moments.push_back(json::object{{"moment_id", id}, {"text", m.text}, {"created", m.created}, {"published", at->second}, {"cancelled", m.cancelled}});
  }
  for (const auto& [customer, r] : s.world.corp.staff[no].customers) {
    if (customers.size() >= 200) break;
    const auto& c = s.world.corp.customers[customer];
    customers.push_back(json::object{{"external_userid", c.id}, {"name", c.name}, {"remark", r.remark}, {"deleted", r.lost}, {"half", r.half}, {"state", r.state}});
  }
  return json::object{{"staff", staff_json(s.world, no)}, {"requests", std::move(requests)}, {"mass", std::move(mass)}, {"moments", std::move(moments)},
                      {"customers", std::move(customers)}};
}

Result<json::object> calls(Steer& s) {
  const auto after = s.query_number("after", 0), limit = s.query_number("limit", 200);
  const auto path = s.query("path");
  json::array out;
  for (const auto& c : s.world.gate.calls) {
    if (c.seq <= after || (!path.empty() && !c.path.ends_with(path))) continue;
    if (static_cast<std::int64_t>(out.size()) >= limit) break;
    out.push_back(json::object{{"seq", c.seq}, {"at", c.at}, {"method", c.method}, {"path", c.path}, {"app", c.app}, {"query", c.query}, {"body", c.body},
                               {"errcode", c.errcode}, {"fault", c.fault}});
  }
  json::object counts;
  for (const auto& [name, n] : s.world.gate.counts) counts[name] = json::object{{"calls", n.calls}, {"refused", n.refused}};
  return json::object{{"calls", std::move(out)}, {"counts", std::move(counts)}};
}

Result<json::object> told(Steer& s) {
  const auto after = s.query_number("after", 0), limit = s.query_number("limit", 200);
  json::array out;
  for (const auto& h : s.world.told) {
    if (h.seq <= after) continue;
    if (static_cast<std::int64_t>(out.size()) >= limit) break;
    json::object fields;
    for (const auto& f : h.event.fields) fields[f.name] = f.value;
    out.push_back(json::object{{"seq", h.seq}, {"at", h.at}, {"event", h.event.event}, {"change", h.event.change}, {"fields", std::move(fields)}});
  }
  return json::object{{"events", std::move(out)}};
}

Result<json::object> transfers(Steer& s) {
  json::array out;
  for (const auto& t : s.world.books.transfers)
    out.push_back(json::object{{"external_userid", s.world.corp.customers[t.customer].id}, {"from", s.world.corp.staff[t.from].userid},
                               {"to", s.world.corp.staff[t.to].userid}, {"resigned", t.resigned}, {"status", t.status}, {"asked", t.asked}, {"done", t.done}});
  return json::object{{"transfers", std::move(out)}};
}

constexpr ControlCall kState[] = {{"GET", "state", state}};
constexpr ControlCall kCalls[] = {{"GET", "staff", staff}, {"GET", "customers", customers}, {"GET", "codes", codes}, {"GET", "phone", phone},
                                  {"GET", "groups", groups}, {"GET", "desk", desk}, {"GET", "calls", calls}, {"GET", "events", told},
                                  {"GET", "transfers", transfers}};
}  // namespace

std::span<const ControlCall> overview_controls() { return kState; }
std::span<const ControlCall> look_controls() { return kCalls; }

}  // namespace koi::simulate
