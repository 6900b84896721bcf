/// Application messages to staff.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kUsersMax = 1000, kPartiesMax = 100;
constexpr Seconds kRecall = 86'400;

std::vector<std::string> parts_of(const std::string& joined) {
  std::vector<std::string> out;
  if (joined.empty()) return out;
  for (const auto part : split_text(joined, '|')) out.emplace_back(part);
  return out;
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& p : parts) out += (out.empty() ? "" : "|") + p;
  return out;
}

/// The body of the kind: required fields and lengths in bytes.
std::expected<void, Refusal> check_body(const Ask& ask, const std::string& kind) {
  const auto& part = object(ask.body, kind);
  const auto bytes = [&](std::string_view key) { return text(part, key).size(); };
  if (part.empty()) return refuse(44004, kind);
  if (kind == "text" || kind == "markdown") {
    if (bytes("content") == 0) return refuse(44004);
    return bytes("content") > 2048 ? std::expected<void, Refusal>(refuse(45002)) : std::expected<void, Refusal>();
  }
  if (kind == "image" || kind == "voice" || kind == "video" || kind == "file") {
    if (!media_lives(ask, text(part, "media_id"))) return refuse(40007);
    return {};
  }
  if (kind == "textcard") {
    if (bytes("title") == 0 || bytes("description") == 0 || bytes("url") == 0) return refuse(40063, kind);
    if (bytes("title") > 128 || bytes("description") > 512 || bytes("url") > 2048) return refuse(40058, kind);
    return {};
  }
  if (kind == "news" || kind == "mpnews") {
    const auto n = array(part, "articles").size();
    return n >= 1 && n <= 8 ? std::expected<void, Refusal>() : std::expected<void, Refusal>(refuse(40058, "articles"));
  }
  if (kind == "template_card") return bytes("card_type") > 0 ? std::expected<void, Refusal>() : std::expected<void, Refusal>(refuse(40063, "card_type"));
  if (kind == "miniprogram_notice") return bytes("appid") > 0 ? std::expected<void, Refusal>() : std::expected<void, Refusal>(refuse(40063, "appid"));
  return refuse(40008, kind);
}

Told send(Ask& ask) {
  const auto kind = ask.text("msgtype"), to_user = ask.text("touser"), to_party = ask.text("toparty"), to_tag = ask.text("totag");
  if (ask.text("agentid") != ask.app.agent) return refuse(40056);
  if (to_user.empty() && to_party.empty() && to_tag.empty()) return refuse(40063, "touser");
  TRY(check_body(ask, kind));
  const auto users = parts_of(to_user), parties = parts_of(to_party), tags = parts_of(to_tag);
  if (users.size() > kUsersMax || parties.size() > kPartiesMax || tags.size() > kPartiesMax) return refuse(81017);
  std::set<StaffNo> whom;
  std::vector<std::string> bad_users, bad_parties, bad_tags;
  const auto& staff = ask.corp().staff;
  for (const auto& u : users) {
    if (u == "@all") {
      for (StaffNo no = 0; no < staff.size(); ++no)
        if (staff[no].works()) whom.insert(no);
      continue;
    }
    const auto no = ask.corp().staff_no(u);
    if (no == kNobody || staff[no].status == 5) bad_users.push_back(u);
    else whom.insert(no);
  }
  for (const auto& p : parties) {
    const auto id = parse_int(p);
    if (!id || !ask.corp().department(*id)) bad_parties.push_back(p);
    else for (const auto no : ask.corp().staff_of({*id})) whom.insert(no);
  }
  for (const auto& t : tags) {
    if (t != "1" && t != "2") bad_tags.push_back(t);
    else for (StaffNo no = 0; no < staff.size(); ++no)
      if (staff[no].status != 5 && (t == "2" || staff[no].leader)) whom.insert(no);
  }
  if (whom.empty()) return refuse(81013);
  AppMessage m{ask.world.fresh("", 40), ask.app.name, kind, json::serialize(ask.body), {}, ask.now, false};
  for (const auto no : whom) m.to.push_back(staff[no].userid);
  // The same words to the same people inside the interval are taken and not shown again.
  if (flag(ask.body, "enable_duplicate_check", false)) {
    const auto interval = std::min<Seconds>(ask.number("duplicate_check_interval", 1800), 14'400);
    for (const auto& [id, old] : ask.books().messages)
      if (old.body == m.body && old.app == m.app && old.at > ask.now - interval) m.id = id;
  }
  const auto id = m.id;
  ask.books().messages.try_emplace(id, std::move(m));
  json::object out{{"invaliduser", join(bad_users)}, {"invalidparty", join(bad_parties)}, {"invalidtag", join(bad_tags)}, {"unlicenseduser", ""}, {"msgid", id}};
  if (kind == "template_card") out["response_code"] = ask.world.fresh("", 40);
  return out;
}

Told recall(Ask& ask) {
  const auto at = ask.books().messages.find(ask.text("msgid"));
  if (at == ask.books().messages.end() || at->second.app != ask.app.name) return refuse(41047);
  if (ask.now > at->second.at + kRecall) return refuse(41052);
  at->second.recalled = true;
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "message/send", send}, {"POST", "message/recall", recall}};
}  // namespace

std::span<const PlatformCall> message_calls() { return kCalls; }

}  // namespace koi::simulate
