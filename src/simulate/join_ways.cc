/// Live codes of groups 加入群聊.
#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kGroupsMax = 5;

/// Every field comes anew: update replaces everything.
std::expected<JoinWay, Refusal> read_join_way(const Ask& ask) {
  JoinWay way;
  if (!has(ask.body, "scene")) return refuse(41038);
  way.scene = static_cast<int>(ask.number("scene"));
  if (way.scene != 1 && way.scene != 2) return refuse(41040);
  way.remark = ask.text("remark");
  way.auto_create = flag(ask.body, "auto_create_room", true);
  way.base_name = ask.text("room_base_name");
  way.base_id = ask.number("room_base_id");
  way.chats = texts(ask.body, "chat_id_list");
  way.state = ask.text("state");
  way.mark_source = flag(ask.body, "mark_source", true);
  if (count_chars(way.remark) > 30 || count_chars(way.state) > 30 || count_chars(way.base_name) > 40) return refuse(40058, "too long");
  if (way.chats.empty()) return refuse(40063, "chat_id_list");
  if (way.chats.size() > kGroupsMax) return refuse(41091);
  for (const auto& id : way.chats)
    if (!ask.corp().group(id)) return refuse(40050, id);
  way.app = ask.app.name;
  return way;
}

std::expected<JoinWay*, Refusal> join_way_in(const Ask& ask) {
  const auto id = ask.text("config_id");
  if (id.empty()) return refuse(41043);
  const auto at = ask.books().join_ways.find(id);
  if (at == ask.books().join_ways.end() || at->second.app != ask.app.name) return refuse(41044);
  return &at->second;
}

Told add(Ask& ask) {
  TRY(auto way, read_join_way(ask));
  auto& books = ask.books();
  if (books.ways.size() + books.join_ways.size() >= books.ways_max) return refuse(41045);
  way.config_id = ask.world.fresh("", 32);
  const auto id = way.config_id;
  books.join_ways.emplace(id, std::move(way));
  return json::object{{"config_id", id}};
}

Told get(Ask& ask) {
  TRY(const auto* way, join_way_in(ask));
  json::object out{{"config_id", way->config_id}, {"scene", way->scene}, {"remark", way->remark}, {"auto_create_room", way->auto_create ? 1 : 0},
                   {"room_base_name", way->base_name}, {"room_base_id", way->base_id}, {"chat_id_list", list_of(way->chats)},
                   {"state", way->state}, {"mark_source", way->mark_source}};
  if (way->scene == 2) out["qr_code"] = ask.world.base_url + "/qr/" + way->config_id;
  return json::object{{"join_way", std::move(out)}};
}

Told update(Ask& ask) {
  TRY(auto* old, join_way_in(ask));
  TRY(auto way, read_join_way(ask));
  way.config_id = old->config_id;
  *old = std::move(way);
  return json::object{};
}

Told remove(Ask& ask) {
  TRY(const auto* way, join_way_in(ask));
  ask.books().join_ways.erase(std::string(way->config_id));
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/groupchat/add_join_way", add},
                                   {"POST", "externalcontact/groupchat/get_join_way", get},
                                   {"POST", "externalcontact/groupchat/update_join_way", update},
                                   {"POST", "externalcontact/groupchat/del_join_way", remove}};
}  // namespace

std::span<const PlatformCall> join_way_calls() { return kCalls; }

}  // namespace koi::simulate
