/// 会话存档: who agreed to being archived. What was said comes by the vendor's library, not from here.
#include "simulate/ask.h"
#include "simulate/control.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kInfoMax = 100;

json::object info_of(const std::string& external, const ArchiveWord& word) {
  return {{"exteranalopenid", external}, {"agree_status", word.agree ? "Agree" : "Disagree"}, {"status_change_time", word.at}};
}

Told single(Ask& ask) {
  const auto& info = array(ask.body, "info");
  if (info.size() > kInfoMax) return refuse(301060);
  if (info.empty()) return refuse(40058, "info");
  json::array out;
  for (const auto& v : info) {
    if (!v.is_object()) return refuse(40058, "info");
    const auto user = text(v.get_object(), "userid"), external = text(v.get_object(), "exteranalopenid");
    TRY(staff_in(ask, user));
    const auto at = ask.books().archive_words.find({external, user});
    auto one = at == ask.books().archive_words.end() ? info_of(external, {}) : info_of(external, at->second);
    one["userid"] = user;
    out.push_back(std::move(one));
  }
  return json::object{{"agreeinfo", std::move(out)}};
}

Told room(Ask& ask) {
  const auto id = ask.text("roomid");
  if (id.empty()) return refuse(40058, "roomid");
  json::array out;
  for (const auto& [key, word] : ask.books().archive_words)
    if (key.second == id) out.push_back(info_of(key.first, word));
  return json::object{{"agreeinfo", std::move(out)}};
}

constexpr PlatformCall kCalls[] = {{"POST", "msgaudit/check_single_agree", single}, {"POST", "msgaudit/check_room_agree", room}};

/// {external_userid, with (a userid or a room's id), agree}
Result<json::object> agree(Steer& s) {
  s.world.books.archive_words[{s.text("external_userid"), s.text("with")}] = {flag(s.body, "agree", true), to_ms(s.world.instant()) / 1000};
  return json::object{};
}
constexpr ControlCall kControls[] = {{"POST", "archive/agree", agree}};

}  // namespace

std::span<const PlatformCall> archive_calls() { return kCalls; }
std::span<const ControlCall> archive_controls() { return kControls; }

}  // namespace koi::simulate
