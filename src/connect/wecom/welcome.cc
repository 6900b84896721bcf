#include "connect/wecom/welcome.h"

#include <boost/json.hpp>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/walk.h"
#include "entry/spec.h"
#include "store/rows.h"

namespace koi::connect::wecom {

namespace {

constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_welcome (corp_id, welcome_code, userid, external_userid, state, error, received_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (corp_id, welcome_code) DO UPDATE SET state = CASE WHEN connect_wecom_welcome.state = 'sent' THEN 'sent' ELSE excluded.state END, "
    "error = excluded.error, sent_at = COALESCE(connect_wecom_welcome.sent_at, excluded.sent_at)";
constexpr int kLanes = 3;  // they only make bodies; the waiting is the client's
constexpr auto kWelcomeLife = std::chrono::seconds(20), kTakenFor = std::chrono::seconds(90);
constexpr int kBusyRepeats = 3;
constexpr std::chrono::milliseconds kBusyWait{200};
constexpr std::string_view kNick = "{nick}";
constexpr std::size_t kTextBytes = 4000;

json::object part_body(const entry::WelcomePart& part, const std::string& media) {
  if (part.kind == "link") {
    json::object link{{"title", part.title}, {"url", part.url}};
    if (!part.picture.empty()) link["picurl"] = part.picture;
    if (!part.desc.empty()) link["desc"] = part.desc;
    return {{"msgtype", "link"}, {"link", std::move(link)}};
  }
  if (part.kind == "miniprogram") return {{"msgtype", "miniprogram"}, {"miniprogram", json::object{{"title", part.title}, {"pic_media_id", media}, {"appid", part.appid}, {"page", part.page}}}};
  if (part.kind == "image" && media.empty()) return {{"msgtype", "image"}, {"image", json::object{{"pic_url", part.picture.empty() ? part.url : part.picture}}}};
  return {{"msgtype", part.kind}, {part.kind, json::object{{"media_id", media}}}};
}

/// Media of ours by what the platform calls them; what is not there yet, "".
Result<> name_media(Tx& tx, std::string_view corp, std::vector<entry::WelcomePart>& parts) {
  for (auto& part : parts) {
    const auto id = parse_id(MediaTag::prefix, part.media);
    if (!id) continue;
    TRY(part.media, known_media(tx, corp, MediaId{*id}, Place::message, kMediaLife));
  }
  return {};
}

/// "{nick}, hello" of somebody without a name begins with the comma; it goes.
std::string without_empty_call(std::string_view text) {
  for (const std::string_view mark : {"，", ",", "、", "！", "!"})
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
  return std::string(trim(take_chars(text, kTextBytes)));
}

}  // namespace

json::object message_body(const std::string& text, std::span<const entry::WelcomePart> those, const MediaOf& media_of) {
  json::object body;
  if (!text.empty()) body["text"] = json::object{{"content", text}};
  json::array parts;
  for (const auto& part : those) {
    const auto media = media_of(part);
    const bool needs = part.kind == "video" || part.kind == "file" || part.kind == "miniprogram" || (part.kind == "image" && part.picture.empty() && part.url.empty());
    if (needs && media.empty()) continue;  // better a message without its file than none
    parts.push_back(part_body(part, media));
  }
  if (!parts.empty()) body["attachments"] = std::move(parts);
  return body;
}

json::object welcome_body(const std::string& welcome_code, const entry::Welcome& welcome, const MediaOf& media_of) {
  auto body = message_body(welcome.text, welcome.parts, media_of);
  body["welcome_code"] = welcome_code;
  return body;
}

WelcomeLane::WelcomeLane(Db& db, Platforms platforms) : db_(db), platforms_(std::move(platforms)) {}
WelcomeLane::~WelcomeLane() { stop(); }

void WelcomeLane::start() {
  for (int i = 0; i < kLanes; ++i)
    threads_.emplace_back([this](std::stop_token stop) {
      name_thread("wecom welcome");
      run(stop);
    });
  threads_.emplace_back([this](std::stop_token stop) {
    name_thread("wecom books");
    keep_books(stop);
  });
}

void WelcomeLane::stop() {
  for (auto& t : threads_) t.request_stop();
  threads_.clear();
  {
    // Answers that are on their way find us here.
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [&] { return flying_ == 0; });
  }
  for (auto& [due, greeting] : std::exchange(later_, {})) told(std::move(greeting), "failed", "stopping");
  for (auto& greeting : std::exchange(waiting_, {})) told(std::move(greeting), "failed", "stopping");
  write_down();
}

void WelcomeLane::take(Greeting greeting) {
  const std::scoped_lock lock(mutex_);
  while (!lately_.empty() && greeting.received_at - lately_.front().first > kTakenFor) {
    taken_.erase(lately_.front().second);
    lately_.pop_front();
  }
  const auto name = greeting.corp + " " + greeting.welcome_code;
  if (!taken_.insert(name).second) return;
  lately_.emplace_back(greeting.received_at, name);
  waiting_.push_back(std::move(greeting));
  ready_.notify_one();
}

void WelcomeLane::run(const std::stop_token& stop) {
  using Steady = std::chrono::steady_clock;
  for (;;) {
    Greeting next;
    {
      std::unique_lock lock(mutex_);
      const auto due = [&] { return !waiting_.empty() || (!later_.empty() && later_.begin()->first <= Steady::now()); };
      while (!due()) {
        if (stop.stop_requested()) return;
        if (later_.empty()) ready_.wait(lock, stop, [&] { return !waiting_.empty() || !later_.empty(); });
        else ready_.wait_until(lock, stop, Steady::time_point(later_.begin()->first), due);
      }
      if (stop.stop_requested()) return;
      if (!waiting_.empty()) {
        next = std::move(waiting_.front());
        waiting_.pop_front();
      } else {
        next = std::move(later_.extract(later_.begin()).mapped());
      }
    }
    greet(std::move(next));
  }
}

/// It did nothing and said so; the code is still good.
void WelcomeLane::again(Greeting greeting) {
  const auto due = std::chrono::steady_clock::now() + kBusyWait * (1 << greeting.tries);
  ++greeting.tries;
  const std::scoped_lock lock(mutex_);
  later_.emplace(due, std::move(greeting));
  ready_.notify_one();
}

void WelcomeLane::greet(Greeting greeting) {
  if (db_.clock().now() - greeting.received_at > kWelcomeLife) return told(std::move(greeting), "late", "");
  const auto welcome = db_.read([&](Tx& tx) -> Result<std::optional<entry::Welcome>> {
    TRY(const auto staff, known_staff_of(tx, greeting.corp, greeting.userid));
    if (!staff) return std::optional<entry::Welcome>();
    TRY(auto found, entry::welcome_for(tx, greeting.state, *staff, greeting.received_at));
    if (found) TRY(name_media(tx, greeting.corp, found->parts));
    return found;
  });
  if (!welcome) return told(std::move(greeting), "failed", welcome.error().code);
  if (!*welcome) return told(std::move(greeting), "silent", "");
  auto words = **welcome;
  const auto platform = platforms_(greeting.corp);
  if (!platform) return told(std::move(greeting), "failed", platform.error().code);
  if (words.text.find(kNick) == words.text.npos) return say(**platform, std::move(greeting), std::move(words), {});
  // What they are called is not in the push.
  took_off();
  (*platform)->send("GET", "externalcontact/get", {{"external_userid", greeting.external_userid}}, "",
                    [this, platform = *platform, greeting = std::move(greeting), words = std::move(words)](const Result<json::object>& reply) mutable {
                      say(*platform, std::move(greeting), std::move(words), reply ? text_in(object_in(*reply, "external_contact"), "name") : std::string());
                      landed();
                    });
}

void WelcomeLane::took_off() {
  const std::scoped_lock lock(mutex_);
  ++flying_;
}
void WelcomeLane::landed() {
  const std::scoped_lock lock(mutex_);
  if (--flying_ == 0) landed_.notify_all();
}

void WelcomeLane::say(Platform& platform, Greeting greeting, entry::Welcome words, std::string_view nick) {
  const std::pair<std::string_view, std::string_view> values[] = {{"nick", nick}};
  words.text = without_empty_call(entry::fill_in(words.text, values));
  const auto body = welcome_body(greeting.welcome_code, words, [](const entry::WelcomePart& part) { return part.media; });
  took_off();
  platform.call("externalcontact/send_welcome_msg", body, [this, greeting = std::move(greeting)](const Result<json::object>& reply) {
    answered(greeting, reply);
    landed();
  });
}

void WelcomeLane::answered(const Greeting& greeting, const Result<json::object>& reply) {
  if (reply) return told(greeting, "sent", "");
  if (reply.error().code == "connect.wecom_busy" && greeting.tries < kBusyRepeats) return again(greeting);
  const bool unknown = reply.error().code == "connect.wecom_unknown_outcome";
  told(greeting, unknown ? "unknown" : "failed", reply.error().code + " " + reply.error().detail);
}

void WelcomeLane::told(Greeting greeting, std::string state, std::string error) {
  const std::scoped_lock lock(mutex_);
  if (state == "sent") ++figures_.sent;
  else if (state != "silent") ++figures_.failed;
  told_.push_back({std::move(greeting), std::move(state), std::string(take_chars(error, 200)), db_.clock().now()});
  books_.notify_one();
}

void WelcomeLane::keep_books(const std::stop_token& stop) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (!books_.wait(lock, stop, [&] { return !told_.empty(); })) return;
    }
    write_down();
  }
}

void WelcomeLane::write_down() {
  std::vector<Told> told;
  {
    const std::scoped_lock lock(mutex_);
    told.swap(told_);
  }
  if (told.empty()) return;
  (void)db_.write([&](Tx& tx) -> Result<> {
    for (const auto& t : told) {
      const auto sent = t.state == "sent" ? std::optional(t.at) : std::nullopt;
      TRY(tx.exec(kPut, t.greeting.corp, t.greeting.welcome_code, t.greeting.userid, t.greeting.external_userid, t.state, t.error, t.greeting.received_at, sent));
    }
    return {};
  });
}

WelcomeLane::Figures WelcomeLane::figures() const {
  const std::scoped_lock lock(mutex_);
  return figures_;
}

}  // namespace koi::connect::wecom
