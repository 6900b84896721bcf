#include "connect/wecom/platform.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "connect/outgoing/client.h"
#include "connect/wecom/fields.h"

namespace koi::connect::wecom {

namespace {

constexpr int kBusyRepeats = 3;
constexpr Millis kBusyWait{200}, kFormTimeout{60'000};
constexpr auto kTokenMargin = std::chrono::minutes(5);
constexpr std::chrono::seconds kRests[] = {std::chrono::seconds(60), std::chrono::seconds(600), std::chrono::seconds(3600)};
constexpr std::size_t kReplyMax = 16 << 20;

bool in(int code, std::initializer_list<int> codes) { return std::ranges::find(codes, code) != codes.end(); }
bool is_dead_token(int code) { return in(code, {40014, 42001, 41001, 40001}); }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || in(c, {'-', '_', '.', '~'})) out += c;
    else out += '%' + hex(std::string_view(&c, 1));
  }
  return out;
}
std::string query_of(const Query& query) {
  std::string out;
  for (const auto& [name, value] : query) out += (out.empty() ? "?" : "&") + escaped(name) + "=" + escaped(value);
  return out;
}

/// What a reply says: the object, or why not.
Result<json::object> read_reply(const Result<OutReply>& reply) {
  if (!reply) {
    const auto& e = reply.error();
    return e.code == "connect.timeout" || e.code == "connect.reply_too_large" ? fail(Errc::unavailable, "connect.wecom_unknown_outcome", e.code) : std::unexpected(e);
  }
  if (reply->status >= 500) return fail(Errc::unavailable, "connect.wecom_unknown_outcome", std::to_string(reply->status));
  boost::system::error_code why;
  auto value = json::parse(reply->body, why);
  if (why || !value.is_object()) return fail(Errc::malformed, "connect.wecom_reply", std::to_string(reply->status));
  return std::move(value.get_object());
}
int code_of(const json::object& reply) { return static_cast<int>(number_in(reply, "errcode")); }

Result<json::object> judge(json::object reply) {
  const auto code = code_of(reply);
  if (code == 0) return reply;
  auto detail = std::to_string(code) + " " + text_in(reply, "errmsg");
  if (code == 45009) return fail(Errc::throttled, "connect.wecom_limit", std::move(detail));
  if (in(code, {-1, 45033, 6000})) return fail(Errc::unavailable, "connect.wecom_busy", std::move(detail));
  if (is_dead_token(code)) return fail(Errc::unauthenticated, "connect.wecom_token", std::move(detail));
  return fail(Errc::invalid, "connect.wecom_refused", std::move(detail));
}

/// Calls of one API within a minute and an hour, and how long it rests after the platform said that it was too much.
struct Gauge {
  std::int64_t minute = 0, in_minute = 0, hour = 0, in_hour = 0;
  Instant rest_until{};
  std::size_t rests = 0;

  bool take(Instant now, std::int64_t minute_max, std::int64_t hour_max) {
    if (now < rest_until) return false;
    const auto s = to_ms(now) / 1000;
    if (minute != s / 60) minute = s / 60, in_minute = 0;
    if (hour != s / 3600) hour = s / 3600, in_hour = 0;
    if (in_minute >= minute_max || in_hour >= hour_max) return false;
    ++in_minute, ++in_hour;
    return true;
  }
  /// A minute first; once more right after it, and it was no minute's limit.
  void too_much(Instant now) {
    if (now > rest_until + kRests[1]) rests = 0;
    rest_until = now + kRests[std::min(rests, std::size(kRests) - 1)];
    ++rests;
  }
};

struct Job {
  std::string method, path, content_type, body;
  Query query;
  PlatformDone done;
  bool renewed = false;  // a dead token costs one repeat
};
using JobPtr = std::shared_ptr<Job>;

class Line final : public Platform, public std::enable_shared_from_this<Line> {
 public:
  Line(Outgoing& outgoing, Clock& clock, PlatformOptions options) : outgoing_(outgoing), clock_(clock), options_(std::move(options)) {}

  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    send_job({std::string(method), std::string(path), "application/json", std::move(body), std::move(query), std::move(done)});
  }
  void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done) override {
    send_job({"POST", std::string(path), std::string(content_type), std::move(body), std::move(query), std::move(done)});
  }

 private:
  void send_job(Job asked) {
    const auto job = std::make_shared<Job>(std::move(asked));
    {
      const std::scoped_lock lock(mutex_);
      if (!gauges_[job->path].take(clock_.now(), options_.minute_max, options_.hour_max)) job->body.clear(), job->method.clear();
    }
    if (job->method.empty()) return job->done(fail(Errc::throttled, "connect.wecom_limit", "resting"));
    with_token(job);
  }

  void with_token(const JobPtr& job) {
    std::string token;
    {
      const std::scoped_lock lock(mutex_);
      if (!token_.empty() && clock_.now() < token_until_) {
        token = token_;
      } else {
        waiting_.push_back(job);
        if (std::exchange(fetching_, true)) return;
      }
    }
    if (token.empty()) fetch();
    else dispatch(job, std::move(token));
  }

  void fetch() {
    OutRequest request;
    request.url = options_.base_url + "/cgi-bin/gettoken" + query_of({{"corpid", options_.corp_id}, {"corpsecret", options_.secret}});
    outgoing_.send(std::move(request), [self = shared_from_this()](Result<OutReply> reply) { self->fetched(read_reply(reply)); });
  }
  void fetched(const Result<json::object>& reply) {
    std::vector<JobPtr> jobs;
    std::string token;
    std::optional<Error> why;
    {
      const std::scoped_lock lock(mutex_);
      fetching_ = false;
      jobs.swap(waiting_);
      if (!reply) {
        why = reply.error();
        if (why->code == "connect.wecom_unknown_outcome") why->code = "connect.unreachable";  // of the call that waits nothing was sent
      } else if (const auto code = code_of(*reply); code != 0) {
        const auto said = std::to_string(code) + " " + text_in(*reply, "errmsg");
        why = in(code, {-1, 45009}) ? Error{Errc::unavailable, "connect.wecom_busy", said, {}, {}} : Error{Errc::unauthenticated, "connect.wecom_token", said, {}, {}};
      } else {
        token = token_ = text_in(*reply, "access_token");
        const auto life = std::chrono::seconds(number_in(*reply, "expires_in", 7200));
        token_until_ = clock_.now() + std::max<std::chrono::seconds>(life - kTokenMargin, life / 2);
      }
    }
    for (auto& job : jobs) {
      if (why) job->done(std::unexpected(*why));
      else dispatch(job, token);
    }
  }

  void dispatch(const JobPtr& job, std::string token) {
    OutRequest request;
    request.method = job->method;
    auto query = job->query;
    query.emplace_back("access_token", token);
    request.url = options_.base_url + "/cgi-bin/" + job->path + query_of(query);
    request.body = job->body;
    request.reply_max = kReplyMax;
    request.total = job->content_type == "application/json" ? options_.timeout : std::max(options_.timeout, kFormTimeout);
    if (job->method == "POST") request.headers.emplace_back("content-type", job->content_type);
    outgoing_.send(std::move(request), [self = shared_from_this(), job, token = std::move(token)](Result<OutReply> reply) { self->came(job, token, read_reply(reply)); });
  }

  void came(const JobPtr& job, const std::string& token, Result<json::object> reply) {
    if (!reply) return job->done(std::move(reply));
    const auto code = code_of(*reply);
    if (is_dead_token(code) && !std::exchange(job->renewed, true)) {
      {
        const std::scoped_lock lock(mutex_);
        if (token_ == token) token_.clear();
      }
      return with_token(job);
    }
    if (code == 45009) {
      const std::scoped_lock lock(mutex_);
      gauges_[job->path].too_much(clock_.now());
    }
    job->done(judge(std::move(*reply)));
  }

  Outgoing& outgoing_;
  Clock& clock_;
  const PlatformOptions options_;
  std::mutex mutex_;
  std::string token_;
  Instant token_until_{};
  bool fetching_ = false;
  std::vector<JobPtr> waiting_;
  std::map<std::string, Gauge> gauges_;
};

}  // namespace

void Platform::send_form(std::string_view, Query, std::string_view, std::string, PlatformDone done) { done(fail(Errc::unsupported, "connect.wecom_refused", "40004 no forms here")); }
void Platform::call(std::string_view path, json::object body, PlatformDone done) { send("POST", path, {}, json::serialize(body), std::move(done)); }
Result<json::object> Platform::ask(std::string_view path, const json::object& body) {
  return wait([&, text = json::serialize(body)](PlatformDone done) { send("POST", path, {}, text, std::move(done)); });
}
Result<json::object> Platform::get(std::string_view path, const Query& query) {
  return wait([&](PlatformDone done) { send("GET", path, query, {}, std::move(done)); });
}
Result<json::object> Platform::upload(std::string_view path, const Query& query, std::string_view content_type, const std::string& form) {
  return wait([&](PlatformDone done) { send_form(path, query, content_type, form, std::move(done)); });
}

Result<json::object> Platform::wait(const std::function<void(PlatformDone)>& send) {
  for (int n = 0;; ++n) {
    auto answer = std::make_shared<std::promise<Result<json::object>>>();
    auto came = answer->get_future();
    send([answer](Result<json::object> reply) { answer->set_value(std::move(reply)); });
    auto reply = came.get();
    if (reply || reply.error().code != "connect.wecom_busy" || n == kBusyRepeats) return reply;
    std::this_thread::sleep_for(kBusyWait * (1 << n));
  }
}

bool refused_with(const Error& error, int errcode) {
  return error.code == "connect.wecom_refused" && error.detail.starts_with(std::to_string(errcode) + " ");
}

bool never_answered(const Error& error) { return error.code == "connect.wecom_unknown_outcome" || error.code == "connect.timeout"; }

std::shared_ptr<Platform> open_platform(Outgoing& outgoing, Clock& clock, PlatformOptions options) { return std::make_shared<Line>(outgoing, clock, std::move(options)); }

}  // namespace koi::connect::wecom
