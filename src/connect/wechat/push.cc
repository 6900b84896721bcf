// What an official account or a mini program is pushed, as events of our own.
#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/messages.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {
namespace {

namespace json = boost::json;

constexpr std::string_view kFollow =
    "UPDATE wechat_fan SET follows = CAST($3 AS BIGINT), told_at = $4, scene = CASE WHEN scene = '' THEN $5 ELSE scene END, "
    "info_at = CASE WHEN CAST($3 AS BIGINT) = 1 AND unionid = 0 THEN NULL ELSE info_at END WHERE app = $1 AND openid = $2 AND told_at <= $4";
constexpr std::string_view kSpoke = "UPDATE wechat_fan SET spoke_at = $3 WHERE app = $1 AND openid = $2 AND (spoke_at IS NULL OR spoke_at < $3)";
constexpr std::string_view kEverTold = "SELECT told_at FROM wechat_fan WHERE app = $1 AND openid = $2";
constexpr std::string_view kScanned = "UPDATE wechat_code SET scans = scans + 1, follows = follows + $2 WHERE id = $1";
constexpr std::string_view kReached =
    "INSERT INTO wechat_code_reach (code_id, origin_id, person_id, first_at) VALUES ($1, $2, $2, $3) ON CONFLICT (code_id, origin_id) DO NOTHING";
constexpr std::string_view kScenePrefix = "qrscene_";
constexpr std::size_t kTextMax = 2000;        // of a message that is kept
constexpr std::int64_t kFutureMs = 300'000;   // a clock may be this much ahead of ours
constexpr int kJsonDepth = 8;

/// One push at work.
class Taking {
 public:
  Taking(Tx& tx, std::string_view app, const crypto::CallbackXml& push)
      : tx_(tx), app_(app), push_(push), openid_(push.text("FromUserName")), event_(lower_ascii(push.text("Event"))), at_(when()) {}

  Result<PushReply> run() {
    if (push_.text("MsgType") != "event") return said();
    if (event_ == "subscribe") return subscribed();
    if (event_ == "unsubscribe") return unsubscribed();
    if (event_ == "scan") return scanned();
    if (event_ == "click" || event_ == "view") return clicked();
    if (event_ == "templatesendjobfinish") TRY(note_delivery(tx_, app_, push_.text("MsgID"), push_.text("Status")));
    return PushReply{};
  }

 private:
  Instant when() const {
    const auto seconds = parse_int(push_.text("CreateTime")).value_or(0);
    if (seconds <= 0 || seconds > 99'999'999'999) return tx_.now();
    return std::min(from_ms(seconds * 1000), tx_.now() + Millis(kFutureMs));
  }
  Result<PersonId> who(std::string_view evidence) {
    return know_fan(tx_, {app_, openid_, std::string(push_.text("UnionId"))}, "oa:" + app_ + " " + std::string(evidence));
  }
  json::object props() const { return {{"app_id", app_}}; }
  Result<> append(std::string_view kind, PersonId person, const json::object& props) {
    TRY(events::append(tx_, {.kind = kind, .person = person, .at = at_, .props = json::serialize(props)}));
    return {};
  }
  Result<> spoke() {
    TRY(tx_.exec(kSpoke, app_, openid_, at_));
    return {};
  }

  /// The code behind a scene, with what it adds to an event.
  Result<std::optional<ChannelCode>> code_of(std::string_view scene, json::object& props) {
    if (scene.empty()) return std::nullopt;
    props["scene"] = scene;
    TRY(auto code, code_by_scene(tx_, app_, scene));
    if (!code) return std::nullopt;
    props["channel"] = code->channel;
    props["code_id"] = code->code ? to_text(code->code) : to_text(code->id);
    return code;
  }

  Result<PushReply> subscribed() {
    auto scene = push_.text("EventKey");
    if (scene.starts_with(kScenePrefix)) scene.remove_prefix(kScenePrefix.size());
    auto props = this->props();
    TRY(const auto code, code_of(scene, props));
    TRY(const auto person, who(code ? "scan " + code->scene : "subscribe"));
    TRY(const auto told, tx_.one<std::int64_t>(kEverTold, app_, openid_));
    props["is_first"] = told == 0;
    TRY(tx_.exec(kFollow, app_, openid_, true, at_, scene));
    TRY(append("follow_subscribed", person, props));
    TRY(spoke());
    if (!code) return PushReply{};
    return met(*code, person, true);
  }

  Result<PushReply> unsubscribed() {
    TRY(const auto person, who("unsubscribe"));
    TRY(tx_.exec(kFollow, app_, openid_, false, at_, ""));
    TRY(append("follow_unsubscribed", person, props()));
    return PushReply{};
  }

  Result<PushReply> scanned() {
    auto props = this->props();
    const auto scene = push_.text("EventKey");
    TRY(const auto code, code_of(scene, props));
    TRY(const auto person, who(code ? "scan " + code->scene : "scan"));
    TRY(spoke());
    if (!code) return PushReply{};  // a code somebody else made
    return met(*code, person, false);
  }

  /// Somebody stands before a code of ours. With a live code behind it, that one says who meets them.
  Result<PushReply> met(const ChannelCode& code, PersonId person, bool followed) {
    TRY(tx_.exec(kScanned, code.id, followed));
    TRY(const auto fresh, tx_.exec(kReached, code.id, person, at_));
    if (code.code) {
      entry::ScanCommand scan;
      scan.code = code.code;
      scan.visitor = "oa:" + app_ + ":" + openid_;
      scan.person = person;
      scan.scene = "oa_qr";
      if (!code.channel.empty()) scan.touch["utm_source"] = code.channel;
      auto shown = tx_.nested([&] { return entry::assign(tx_, scan); });
      if (shown) return PushReply{introduction(*shown)};
      // A code that was taken away since: the person came all the same.
      if (shown.error().kind != Errc::not_found) return std::unexpected(shown.error());
    }
    // A subscription says all about it already.
    if (followed) return PushReply{};
    auto props = this->props();
    props["code_id"] = to_text(code.id), props["scene"] = code.scene, props["channel"] = code.channel, props["is_first"] = fresh > 0;
    TRY(append("code_scanned", person, props));
    return PushReply{};
  }

  Result<PushReply> clicked() {
    TRY(const auto person, who("menu"));
    auto props = this->props();
    props["key"] = take_chars(push_.text("EventKey"), 1024);
    props["opens"] = event_ == "view";
    TRY(append("menu_clicked", person, props));
    TRY(spoke());
    return PushReply{};
  }

  Result<PushReply> said() {
    if (push_.text("MsgType").empty() || openid_.empty()) return PushReply{};
    TRY(const auto person, who("message"));
    auto props = this->props();
    props["channel"] = "wechat", props["type"] = push_.text("MsgType"), props["msg_id"] = push_.text("MsgId");
    if (const auto text = push_.text("Content"); !text.empty()) props["text"] = take_chars(text, kTextMax);
    TRY(append("message_received_from_customer", person, props));
    TRY(spoke());
    return PushReply{};
  }

  /// Whom to add, in the words of the live code.
  std::string introduction(const entry::Assigned& shown) const {
    if (!shown.qr_url.empty()) {
      const auto title = shown.guide_name.empty() ? (shown.words.zh.empty() ? std::string("添加专属顾问") : shown.words.zh) : "添加专属顾问 " + shown.guide_name;
      return news(title, shown.words.zh, shown.qr_url);
    }
    auto words = shown.words.zh;
    if (!shown.phone.empty()) words += (words.empty() ? "" : "\n") + shown.phone;
    return words.empty() ? std::string() : text(words);
  }
  std::string head(std::string_view type) const {
    return "<xml><ToUserName>" + cdata(openid_) + "</ToUserName><FromUserName>" + cdata(push_.text("ToUserName")) + "</FromUserName><CreateTime>" +
           std::to_string(to_ms(tx_.now()) / 1000) + "</CreateTime><MsgType>" + cdata(type) + "</MsgType>";
  }
  std::string text(std::string_view words) const { return head("text") + "<Content>" + cdata(words) + "</Content></xml>"; }
  std::string news(std::string_view title, std::string_view description, std::string_view url) const {
    return head("news") + "<ArticleCount>1</ArticleCount><Articles><item><Title>" + cdata(title) + "</Title><Description>" + cdata(description) +
           "</Description><PicUrl>" + cdata(url) + "</PicUrl><Url>" + cdata(url) + "</Url></item></Articles></xml>";
  }
  static std::string cdata(std::string_view text) {
    std::string out = "<![CDATA[";
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find("]]>", at);
      out += text.substr(at, end == text.npos ? text.npos : end - at + 2);
      if (end == text.npos) break;
      out += "]]><![CDATA[";
      at = end + 2;
    }
    return out + "]]>";
  }

  Tx& tx_;
  const std::string app_;
  const crypto::CallbackXml& push_;
  const std::string openid_, event_;
  const Instant at_;
};

/// Values become text; what is inside becomes fields.
bool take_json(const json::value& from, int depth, crypto::XmlField& to) {
  if (depth > kJsonDepth) return false;
  if (from.is_string()) to.text = from.get_string();
  else if (from.is_bool()) to.text = from.get_bool() ? "true" : "false";
  else if (from.is_number()) to.text = json::serialize(from);
  else if (from.is_object()) {
    for (const auto& [name, value] : from.get_object()) {
      auto& field = to.parts.emplace_back();
      field.name = name;
      if (!take_json(value, depth + 1, field)) return false;
    }
  } else if (from.is_array()) {
    for (const auto& value : from.get_array()) {
      auto& field = to.parts.emplace_back();
      field.name = "item";
      if (!take_json(value, depth + 1, field)) return false;
    }
  }
  return true;
}

}  // namespace

Result<crypto::CallbackXml> read_push(std::string_view text) {
  if (!trim(text).starts_with('{')) return crypto::read_callback_xml(text);
  boost::system::error_code failed;
  const auto value = json::parse(trim(text), failed);
  crypto::XmlField whole;
  if (failed || !value.is_object() || text.size() > crypto::kCallbackXmlMax || !take_json(value, 0, whole)) return fail(Errc::malformed, "connect.callback_xml");
  return crypto::CallbackXml{std::move(whole.parts)};
}

std::string push_name(const crypto::CallbackXml& push) {
  if (const auto id = push.text("MsgId"); !id.empty() && push.text("MsgType") != "event") return "msg " + std::string(take_chars(id, 100));
  std::string out(take_chars(push.text("FromUserName"), 128));
  for (const auto part : {push.text("CreateTime"), push.text("Event"), push.text("EventKey"), push.text("MsgID")}) out.append(" ").append(take_chars(part, 128));
  return out;
}

Result<PushReply> take_push(Tx& tx, std::string_view app, const crypto::CallbackXml& push) { return Taking(tx, app, push).run(); }

}  // namespace koi::connect::wechat
