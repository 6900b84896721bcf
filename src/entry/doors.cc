#include "entry/doors.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/say.h"
#include "base/text.h"
#include "entry/known.h"
#include "entry/visit.h"

namespace koi::entry {
namespace {

constexpr std::size_t kSlugMin = 4, kSlugMax = 32, kSlugLetters = 8, kUrlMax = 2000;
constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";  // none that look alike

constexpr std::string_view kSee = "INSERT INTO entry_door_seen (door_id, day, visitor) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
constexpr std::string_view kSweepSeen =
    "DELETE FROM entry_door_seen WHERE (door_id, day, visitor) IN (SELECT door_id, day, visitor FROM entry_door_seen WHERE day < $1 LIMIT $2)";

bool shown(char c) { return c > ' ' && c < '\x7f'; }

}  // namespace

std::unexpected<Error> refuse(std::string_view code, Said said, std::string pointer) { return fail(Errc::invalid, code, std::move(said), std::move(pointer)); }

Result<std::string> free_slug(Tx& tx, std::string_view taken, std::string_view given) {
  if (given.empty()) {
    for (;;) {
      std::string slug;
      for (std::size_t i = 0; i < kSlugLetters; ++i) slug += kLetters[tx.rng().below(kLetters.size())];
      TRY(const auto had, tx.maybe<std::int64_t>(taken, slug));
      if (!had) return slug;
    }
  }
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (given.size() < kSlugMin || given.size() > kSlugMax || !std::ranges::all_of(given, plain))
    return refuse("entry.slug", say("{} to {} of a-z, 0-9, - and _", "{} 至 {} 位小写字母、数字、- 或 _", kSlugMin, kSlugMax), "/slug");
  TRY(const auto had, tx.maybe<std::int64_t>(taken, given));
  if (had) return fail(Errc::conflict, "entry.slug_taken", std::string(given), "/slug");
  return std::string(given);
}

Result<> check_address(std::string_view url, std::string_view pointer) {
  const auto wrong = [&] { return refuse("entry.url", say("\"{}\" is no address: write https://…", "“{}”不是网址,请以 https:// 开头", url), std::string(pointer)); };
  if (url.size() > kUrlMax || !std::ranges::all_of(url, shown) || url.find('\\') != url.npos) return wrong();
  if (url.starts_with('/')) return url.starts_with("//") ? Result<>(wrong()) : Result<>{};
  const auto lower = lower_ascii(url.substr(0, 8));
  const std::size_t scheme = lower.starts_with("https://") ? 8 : lower.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return wrong();
  const auto host = url.substr(scheme, url.find_first_of("/?#", scheme) - scheme);
  if (host.empty() || host.starts_with(':') || host.find('@') != host.npos) return wrong();
  return {};
}

Result<> check_text(std::string_view text, std::size_t low, std::size_t high, std::string_view pointer) {
  const auto n = count_chars(trim(text));
  if (n < low || n > high) return refuse("entry.limit", low == 0 ? say("at most {} characters", "最多 {} 个字", high) : say("{} to {} characters", "{} 至 {} 个字", low, high), std::string(pointer));
  const bool control = std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f'; });
  if (control || !valid_utf8(text)) return refuse("entry.limit", say("no control characters", "不能包含控制字符"), std::string(pointer));
  return {};
}

people::Ident visitor_ident(std::string_view visitor) { return {"anon:entry", std::string(visitor)}; }

Result<PersonId> person_behind(Tx& tx, std::string_view visitor) {
  if (visitor.empty()) return PersonId{};
  TRY(const auto found, people::find(tx, visitor_ident(visitor)));
  return found.value_or(PersonId{});
}

std::string with_query(std::string_view url, const std::map<std::string, std::string>& values) {
  const auto hash = url.find('#');
  auto out = std::string(url.substr(0, hash));
  const auto ask = out.find('?');
  const auto had = ask == out.npos ? std::string() : "&" + out.substr(ask + 1);
  char next = ask == out.npos ? '?' : '&';
  for (const auto& [name, value] : values) {
    if (value.empty() || had.find("&" + name + "=") != had.npos) continue;
    out += next + name + "=" + percent_encoded(value);
    next = '&';
  }
  if (hash != url.npos) out += url.substr(hash);
  return out;
}

std::map<std::string, std::string> carried(const std::map<std::string, std::string>& touch) {
  auto out = touch;
  out.erase("public_platform");  // ours, worked out from the click's own name
  return out;
}

std::string door_props(std::initializer_list<std::pair<std::string_view, std::string_view>> own, const Caller& caller) {
  boost::json::object out;
  for (const auto& [name, value] : own)
    if (!value.empty()) out[name] = value;
  if (!caller.visitor.empty()) out["visitor"] = caller.visitor;
  for (const auto& [name, value] : caller.touch) out[name] = value;
  return boost::json::serialize(out);
}

std::vector<std::string_view> agent_classes(std::string_view agent) {
  const auto text = lower_ascii(agent);
  const auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
  std::vector<std::string_view> out;
  const bool wecom = has("wxwork"), ios = has("iphone") || has("ipad") || has("ipod"), android = has("android"), openharmony = has("openharmony");
  if (wecom) out.push_back("wecom");
  else if (has("micromessenger")) out.push_back("wechat");
  if (has(" qq/")) out.push_back("qq");
  if (has("alipayclient")) out.push_back("alipay");
  if (has("aweme") || has("bytedancewebview")) out.push_back("douyin");
  if (has("weibo")) out.push_back("weibo");
  if (has("xiaohongshu") || has("discover/")) out.push_back("xiaohongshu");
  if (ios) out.push_back("ios");
  if (android) out.push_back("android");
  out.push_back(ios || android || openharmony || has("mobile") ? "mobile" : "desktop");
  return out;
}

bool has_class(std::string_view agent, std::string_view one) {
  const auto classes = agent_classes(agent);
  return std::ranges::find(classes, one) != classes.end();
}

Result<bool> first_today(Tx& tx, std::int64_t door, std::int64_t day, std::string_view visitor) {
  if (visitor.empty()) return false;
  TRY(const auto fresh, tx.exec(kSee, door, day, visitor));
  return fresh > 0;
}

Result<std::int64_t> sweep_seen(Tx& tx, int limit) {
  TRY(const auto zone, merchant_zone(tx));
  return tx.exec(kSweepSeen, moment_of(zone, tx.now()).day_number - 1, limit);
}

std::string like_pattern(std::string_view q) {
  if (trim(q).empty()) return {};
  std::string out = "%";
  for (const char c : lower_ascii(trim(q))) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace koi::entry
