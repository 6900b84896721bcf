/// Welcome messages: the code from the add event, and the library of greetings for groups.
#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr auto kCodeLife = std::chrono::seconds(20), kSending = std::chrono::seconds(1);
constexpr std::size_t kTextMax = 4000, kAttachmentsMax = 9, kLibraryMax = 100;

/// Puts text and attachments into the chat as lines of the staff member.
void put_lines(Relation& r, Seconds now, const std::string& said, const json::array& attachments) {
  auto& chat = r.more().chat;
  if (!said.empty()) chat.push_back({now, true, "text", said, {}});
  for (const auto& entry : attachments) {
    const auto kind = text(entry.get_object(), "msgtype");
    const auto& part = object(entry.get_object(), kind);
    chat.push_back({now, true, kind, text(part, "title"), json::serialize(part)});
  }
}

Told send(Ask& ask) {
  const auto code = ask.text("welcome_code");
  if (code.empty()) return refuse(40063, "welcome_code");
  const auto at = ask.books().welcomes.find(code);
  if (at == ask.books().welcomes.end()) return refuse(41050);
  auto& welcome = at->second;
  if (ask.world.instant() >= welcome.made + kCodeLife) return refuse(41050, "older than 20 s");
  const auto said = text(object(ask.body, "text"), "content");
  const auto& attachments = array(ask.body, "attachments");
  if (said.empty() && attachments.empty()) return refuse(41089);
  if (said.size() > kTextMax) return refuse(40058, "text: 4000 bytes");
  TRY(check_attachments(ask, attachments, kAttachmentsMax));
  auto* r = ask.corp().relation(welcome.staff, welcome.customer);
  if (welcome.used) return refuse(ask.world.instant() < *welcome.used + kSending ? 41096 : 41051);
  if (!r || r->chatted) return refuse(41051);
  welcome.used = ask.world.instant();
  put_lines(*r, ask.now, said, attachments);
  if (welcome.storm) ask.world.storms.welcomed(welcome.storm, welcome.born);
  return json::object{};
}

std::expected<void, Refusal> check_greeting(const Ask& ask, std::size_t text_max) {
  const auto said = text(object(ask.body, "text"), "content");
  if (said.size() > text_max) return refuse(40058, "text");
  for (const std::string_view kind : {"image", "link", "miniprogram", "file", "video"}) {
    if (!has(ask.body, kind)) continue;
    return check_attachments(ask, {json::object{{"msgtype", kind}, {kind, object(ask.body, kind)}}}, 1);
  }
  if (said.empty()) return refuse(41089);
  return {};
}

Told add_greeting(Ask& ask) {
  TRY(check_greeting(ask, 3000));
  auto& all = ask.books().group_welcomes;
  if (all.size() >= kLibraryMax) return refuse(41055);
  const auto id = ask.world.fresh("msg", 32);
  all[id] = {id, ask.app.name, json::serialize(ask.body)};
  return json::object{{"template_id", id}};
}

std::expected<GroupWelcome*, Refusal> greeting_in(const Ask& ask) {
  const auto at = ask.books().group_welcomes.find(ask.text("template_id"));
  if (at == ask.books().group_welcomes.end()) return refuse(40058, "template_id");
  if (at->second.app != ask.app.name) return refuse(41058);
  return &at->second;
}

Told edit_greeting(Ask& ask) {
  TRY(auto* greeting, greeting_in(ask));
  TRY(check_greeting(ask, kTextMax));
  greeting->body = json::serialize(ask.body);
  return json::object{};
}

Told get_greeting(Ask& ask) {
  TRY(const auto* greeting, greeting_in(ask));
  auto out = json::parse(greeting->body).get_object();
  for (const std::string_view key : {"template_id", "agentid", "notify"}) out.erase(key);
  return out;
}

Told del_greeting(Ask& ask) {
  TRY(const auto* greeting, greeting_in(ask));
  ask.books().group_welcomes.erase(std::string(greeting->id));
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/send_welcome_msg", send},
                                   {"POST", "externalcontact/group_welcome_template/add", add_greeting},
                                   {"POST", "externalcontact/group_welcome_template/edit", edit_greeting},
                                   {"POST", "externalcontact/group_welcome_template/get", get_greeting},
                                   {"POST", "externalcontact/group_welcome_template/del", del_greeting}};
}  // namespace

std::span<const PlatformCall> welcome_calls() { return kCalls; }

}  // namespace koi::simulate
