#include "simulate/platform.h"

#include <fmt/format.h>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kBodyKept = 4096;
constexpr std::int64_t kForeverMs = 120'000;
constexpr std::string_view kType = "application/json; charset=UTF-8";

const std::unordered_map<std::string_view, const PlatformCall*>& table() {
  static const auto all = [] {
    std::unordered_map<std::string_view, const PlatformCall*> out;
    for (const auto calls : {token_calls(), directory_calls(), contact_calls(), way_calls(), welcome_calls(), tag_calls(), group_calls(),
                             join_way_calls(), mass_calls(), moment_calls(), transfer_calls(), group_transfer_calls(), intercept_calls(),
                             album_calls(), acquisition_calls(), statistic_calls(), message_calls(), media_calls(), identity_calls(), archive_calls()})
      for (const auto& call : calls) CHECK(out.emplace(call.path, &call).second);
    return out;
  }();
  return all;
}

http::Reply reply_of(json::object fields, int errcode, const std::string& hint, Seconds now) {
  json::object out;
  out["errcode"] = errcode;
  auto words = std::string(words_of(errcode));
  if (errcode != 0) words += fmt::format(", hint: [{}_{}], from the simulator{}{}", now, errcode, hint.empty() ? "" : ": ", hint);
  out["errmsg"] = words;
  for (auto& [key, value] : fields) out.insert_or_assign(key, std::move(value));
  return {200, json::serialize(out), std::string(kType), {}};
}

/// What a caller did not mean to tell the log.
std::string query_kept(const http::Request& request) {
  std::string out;
  for (const auto& [name, value] : request.query)
    if (name != "access_token" && name != "corpsecret") out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

struct Judged {
  http::Reply reply;
  int errcode = 0;
  const App* app = nullptr;
};

/// 41001 … 45009, or the call itself. Under the mutex.
Judged perform(World& world, const PlatformCall& called, const http::Request& request, Seconds now) {
  static const App kNone;
  Judged out;
  const auto refused = [&](int code, const std::string& hint = {}) {
    out.errcode = code;
    out.reply = reply_of({}, code, hint, now);
    return out;
  };
  if (request.method != called.method) return refused(called.method == "GET" ? 43001 : 43002);
  if (!called.open) {
    if (const int code = world.gate.check(request.query_value("access_token"), now, out.app); code != 0) return refused(code);
    if (out.app->sync && !called.sync) return refused(48002);
  }
  if (world.gate.over_limit(called.path, now)) return refused(45009);
  json::value body = json::object();
  const bool upload = request.header("content-type").starts_with("multipart/");
  if (request.method == "POST" && !upload && !request.body.empty()) {
    boost::system::error_code why;
    body = json::parse(request.body, why);
    if (why || !body.is_object()) return refused(47001);
  }
  Ask ask{world, out.app ? *out.app : kNone, request, body.get_object(), now, {}};
  auto told = called.run(ask);
  if (!told) return refused(told.error().code, told.error().hint);
  out.reply = ask.whole ? std::move(*ask.whole) : reply_of(std::move(*told), 0, {}, now);
  return out;
}

}  // namespace

std::size_t platform_size() { return table().size(); }

http::Answer answer_platform(World& world, http::Call& call) {
  const auto& request = call.request();
  const auto path = std::string_view(request.path).substr(std::string_view("/cgi-bin/").size());
  const std::scoped_lock lock(world.mutex);
  const auto now = world.now();
  const auto fault = world.faults.strike(path);
  Judged judged;
  const auto found = table().find(path);
  if (fault && fault->kind == Fault::Kind::error) {
    judged.errcode = fault->errcode;
    judged.reply = reply_of({}, fault->errcode, "fault", now);
  } else if (fault && fault->kind == Fault::Kind::hang) {
    judged.reply = reply_of({}, judged.errcode = -1, "fault", now);
  } else if (found == table().end()) {
    judged.reply = reply_of({}, judged.errcode = 40066, {}, now);
  } else {
    judged = perform(world, *found->second, request, now);
  }
  constexpr std::string_view kNames[] = {"error", "hang", "unknown", "late"};
  world.gate.note({0, now, request.method, std::string(path), judged.app ? judged.app->name : "", query_kept(request),
                   std::string(take_chars(std::string_view(request.body).substr(0, kBodyKept), kBodyKept)), judged.errcode,
                   fault ? std::string(kNames[static_cast<int>(fault->kind)]) : std::string()});
  if (!fault || fault->kind == Fault::Kind::error) return std::move(judged.reply);
  // Held back by a fault. The held answer is let go when the simulator stops.
  const auto ms = fault->ms > 0 ? fault->ms : fault->kind == Fault::Kind::late ? 1000 : kForeverMs;
  world.after_real(ms, [finish = call.later(), reply = std::move(judged.reply)] { finish(reply); });
  return http::Answer::Later{};
}

}  // namespace koi::simulate
