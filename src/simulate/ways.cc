/// Contact ways 联系我: one live code for one or several staff.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kPeopleMax = 100;
constexpr Seconds kTempMax = 14 * 86'400;

std::string qr_url(const World& world, std::string_view config_id) { return world.base_url + "/qr/" + std::string(config_id); }

std::expected<void, Refusal> check_people(const Ask& ask, const Way& way) {
  auto people = ask.corp().staff_of(way.parties);
  for (const auto party : way.parties)
    if (!ask.corp().department(party)) return refuse(60003);
  for (const auto& id : way.users) {
    TRY(const auto no, staff_in(ask, id));
    const auto& s = ask.corp().staff[no];
    if (s.status == 5) return refuse(40003, id);
    if (!s.works()) return refuse(41054, id);
    if (!s.real_name) return refuse(40098, id);
    if (std::ranges::find(people, no) == people.end()) people.push_back(no);
  }
  if (way.type == 1 && (way.users.size() != 1 || !way.parties.empty())) return refuse(way.users.empty() ? 40063 : 41041, "type 1 is one person");
  if (people.empty()) return refuse(40063, "user");
  if (people.size() > kPeopleMax) return refuse(41041);
  return {};
}

/// Fields given replace; user and party as wholes.
void read_way(const json::object& from, Way& way) {
  if (has(from, "style")) way.style = static_cast<int>(number(from, "style"));
  if (has(from, "remark")) way.remark = text(from, "remark");
  if (has(from, "state")) way.state = text(from, "state");
  way.skip_verify = flag(from, "skip_verify", way.skip_verify);
  way.exclusive = flag(from, "is_exclusive", way.exclusive);
  way.mark_source = flag(from, "mark_source", way.mark_source);
  if (has(from, "user")) way.users = texts(from, "user");
  if (has(from, "party")) way.parties = numbers(from, "party");
  way.expires_in = number(from, "expires_in", way.expires_in);
  way.chat_expires_in = number(from, "chat_expires_in", way.chat_expires_in);
  if (has(from, "unionid")) way.unionid = text(from, "unionid");
  if (has(from, "conclusions")) way.conclusions = json::serialize(object(from, "conclusions"));
}

std::expected<void, Refusal> check_way(const Ask& ask, const Way& way) {
  if (count_chars(way.state) > 30 || count_chars(way.remark) > 30) return refuse(40058, "state and remark: 30 characters");
  if (way.scene == 1 && (way.style < 1 || way.style > 3)) return refuse(41042);
  if (way.temp && way.type != 1) return refuse(40058, "is_temp needs type 1");
  if (way.expires_in > kTempMax || way.chat_expires_in > kTempMax) return refuse(40058, "expires_in");
  if (!way.temp && !way.conclusions.empty()) return refuse(40058, "conclusions are of temporary sessions");
  return check_people(ask, way);
}

Told add(Ask& ask) {
  if (!has(ask.body, "type")) return refuse(41037);
  if (!has(ask.body, "scene")) return refuse(41038);
  Way way;
  way.type = static_cast<int>(ask.number("type"));
  way.scene = static_cast<int>(ask.number("scene"));
  if (way.type != 1 && way.type != 2) return refuse(41039);
  if (way.scene != 1 && way.scene != 2) return refuse(41040);
  way.temp = flag(ask.body, "is_temp", false);
  read_way(ask.body, way);
  TRY(check_way(ask, way));
  auto& books = ask.books();
  if (books.ways.size() + books.join_ways.size() >= books.ways_max) return refuse(41045);
  way.config_id = ask.world.fresh("", 32);
  way.app = ask.app.name;
  way.created = ask.now;
  json::object told{{"config_id", way.config_id}};
  if (way.scene == 2) told["qr_code"] = qr_url(ask.world, way.config_id);
  books.ways.emplace(way.config_id, std::move(way));
  return told;
}

std::expected<Way*, Refusal> way_in(const Ask& ask) {
  const auto id = ask.text("config_id");
  if (id.empty()) return refuse(41043);
  const auto at = ask.books().ways.find(id);
  if (at == ask.books().ways.end() || at->second.app != ask.app.name) return refuse(41044);
  return &at->second;
}

Told get(Ask& ask) {
  TRY(const auto* way, way_in(ask));
  json::object out{{"config_id", way->config_id}, {"type", way->type}, {"scene", way->scene}, {"remark", way->remark}, {"skip_verify", way->skip_verify},
                   {"state", way->state}, {"user", list_of(way->users)}, {"party", list_of(way->parties)}, {"is_temp", way->temp},
                   {"is_exclusive", way->exclusive}, {"mark_source", way->mark_source}};
  if (way->scene == 1) out["style"] = way->style;
  if (way->scene == 2) out["qr_code"] = qr_url(ask.world, way->config_id);
  if (way->temp) {
    out["expires_in"] = way->expires_in;
    out["chat_expires_in"] = way->chat_expires_in;
    out["unionid"] = way->unionid;
    out["conclusions"] = way->conclusions.empty() ? json::value(json::object{}) : json::parse(way->conclusions);
  }
  return json::object{{"contact_way", std::move(out)}};
}

/// By time made, then id; the usual range is the last 90 days. The cursor is a place in that order.
Told list(Ask& ask) {
  TRY(const auto page, page_of(ask, 100, 1000));
  const auto end = ask.number("end_time", ask.now), start = ask.number("start_time", end - 90 * 86'400);
  std::vector<std::pair<Seconds, std::string_view>> all;
  for (const auto& [id, way] : ask.books().ways)
    if (!way.temp && way.app == ask.app.name && way.created >= start && way.created <= end) all.emplace_back(way.created, id);
  std::ranges::sort(all);
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < all.size() && out.size() < page.limit; ++at) out.push_back(json::object{{"config_id", all[at].second}});
  json::object told{{"contact_way", std::move(out)}};
  if (at < all.size()) told["next_cursor"] = cursor_of(at);
  return told;
}

Told update(Ask& ask) {
  TRY(auto* way, way_in(ask));
  Way changed = *way;
  read_way(ask.body, changed);
  TRY(check_way(ask, changed));
  *way = std::move(changed);
  return json::object{};
}

Told remove(Ask& ask) {
  TRY(const auto* way, way_in(ask));
  ask.books().ways.erase(std::string(way->config_id));
  return json::object{};
}

Told close_chat(Ask& ask) {
  TRY(auto* r, relation_in(ask, ask.text("userid"), ask.text("external_userid")));
  (void)r;
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/add_contact_way", add},
                                   {"POST", "externalcontact/get_contact_way", get},
                                   {"POST", "externalcontact/list_contact_way", list},
                                   {"POST", "externalcontact/update_contact_way", update},
                                   {"POST", "externalcontact/del_contact_way", remove},
                                   {"POST", "externalcontact/close_temp_chat", close_chat}};
}  // namespace

std::span<const PlatformCall> way_calls() { return kCalls; }

}  // namespace koi::simulate
