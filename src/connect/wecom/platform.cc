#include "connect/wecom/platform.h"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "connect/wecom/fields.h"

namespace koi::connect::wecom {

namespace {

constexpr auto kTokenMargin = std::chrono::seconds(300), kForceAgain = std::chrono::seconds(10), kRefusedRest = std::chrono::seconds(60);
constexpr auto kLimitRest = std::chrono::seconds(60);
constexpr int kBusyTries = 3;
constexpr Millis kBusyWait{200};

/// "a=1&b=2", names and values escaped.
std::string query_text(const Query& query) {
  std::string out;
  const auto escape = [&out](std::string_view text) {
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~", kDigits = "0123456789ABCDEF";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (kPlain.contains(c)) out += c;
      else out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  };
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    escape(name);
    out += '=';
    escape(value);
  }
  return out;
}

struct Meaning { int errcode; Errc kind; std::string_view code; };
constexpr Meaning kMeanings[] = {
    {-1, Errc::unavailable, "connect.wecom_busy"},         {6000, Errc::unavailable, "connect.wecom_busy"},
    {40001, Errc::forbidden, "connect.wecom_credentials"}, {40013, Errc::forbidden, "connect.wecom_credentials"},
    {40091, Errc::forbidden, "connect.wecom_credentials"}, {40014, Errc::unauthenticated, "connect.wecom_token"},
    {42001, Errc::unauthenticated, "connect.wecom_token"}, {41001, Errc::unauthenticated, "connect.wecom_token"},
    {45009, Errc::throttled, "connect.wecom_limit"},       {45033, Errc::unavailable, "connect.wecom_busy"},
    {60020, Errc::forbidden, "connect.wecom_ip"},          {48002, Errc::forbidden, "connect.wecom_right"},
    {60011, Errc::forbidden, "connect.wecom_right"},       {301002, Errc::forbidden, "connect.wecom_right"}};

Result<json::object> read_answer(const OutReply& reply) {
  if (reply.status >= 500) return fail(Errc::unavailable, "connect.wecom_busy", "HTTP " + std::to_string(reply.status));
  boost::system::error_code wrong;
  auto value = json::parse(reply.body, wrong);
  if (wrong || !value.is_object()) return fail(Errc::unavailable, "connect.wecom_reply", "HTTP " + std::to_string(reply.status));
  auto answer = std::move(value.get_object());
  TRY(judge(answer));
  return answer;
}

/// Calls of one path in this minute, and since when it is to rest.
struct Pace { std::int64_t minute = 0; int calls = 0; Instant rests_until{}; };

class Live final : public Platform, public std::enable_shared_from_this<Live> {
 public:
  Live(Outgoing& out, Clock& clock, PlatformOptions options) : out_(out), clock_(clock), o_(std::move(options)) {}

  Result<json::object> ask(std::string_view path, json::object body) override {
    const auto text = json::serialize(body);
    return with_token([&](const std::string& token) { return post_once(path, {}, text, token); }, path);
  }

  Result<json::object> get(std::string_view path, Query query) override {
    return with_token(
        [&](const std::string& token) -> Result<json::object> {
          auto got = get_once(path, query, token);
          if (!got && got.error().code == "connect.timeout") got = get_once(path, query, token);
          return got;
        },
        path);
  }

  bool tell(std::string_view path, const json::object& body, std::function<void(Result<json::object>)> done) override {
    std::string token;
    {
      const std::scoped_lock lock(token_mutex_);
      if (!good()) return false;
      token = token_;
    }
    if (!pace(path)) return false;
    auto request = request_of("POST", path, {}, token);
    request.body = json::serialize(body);
    out_.send(std::move(request), [self = shared_from_this(), path = std::string(path), token, done = std::move(done)](Result<OutReply> reply) {
      auto answer = reply ? read_answer(*reply) : Result<json::object>(std::unexpected(reply.error()));
      if (!answer) {
        self->learn(path, token, answer.error());
        if (answer.error().code == "connect.timeout") answer = fail(Errc::unavailable, "connect.wecom_unknown_outcome", answer.error().detail);
      }
      done(std::move(answer));
    });
    return true;
  }

  Result<> log_in() override {
    const std::scoped_lock lock(token_mutex_);
    return fetch();
  }

  Result<json::object> upload(std::string_view path, Query query, std::string_view field, std::string_view name, std::string_view type, std::string_view bytes) override {
    const std::string edge = "koipond" + hex_of(std::hash<std::string_view>{}(bytes));
    std::string body = "--" + edge + "\r\nContent-Disposition: form-data; name=\"" + std::string(field) + "\"; filename=\"" + std::string(name) +
                       "\"; filelength=" + std::to_string(bytes.size()) + "\r\nContent-Type: " + std::string(type) + "\r\n\r\n";
    body.append(bytes).append("\r\n--" + edge + "--\r\n");
    // Sent again after a lost answer it is one more file that nobody names.
    return with_token(
        [&](const std::string& token) -> Result<json::object> {
          auto request = request_of("POST", path, query, token);
          request.headers = {{"Content-Type", "multipart/form-data; boundary=" + edge}};
          request.total = Millis(60'000);
          request.body = body;
          TRY(const auto reply, out_.ask(std::move(request)));
          return read_answer(reply);
        },
        path);
  }

 private:
  static std::string hex_of(std::size_t n) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out(16, '0');
    for (auto& c : out) c = digits[n & 15], n >>= 4;
    return out;
  }

  OutRequest request_of(std::string method, std::string_view path, Query query, const std::string& token) const {
    query.insert(query.begin(), {"access_token", token});
    OutRequest r;
    r.method = std::move(method);
    r.url = o_.base_url + "/cgi-bin/" + std::string(path) + "?" + query_text(query);
    if (r.method == "POST") r.headers = {{"Content-Type", "application/json"}};
    return r;
  }

  Result<json::object> post_once(std::string_view path, const Query& query, const std::string& body, const std::string& token) {
    auto request = request_of("POST", path, query, token);
    request.body = body;
    const auto reply = out_.ask(std::move(request));
    if (!reply && reply.error().code == "connect.timeout") return fail(Errc::unavailable, "connect.wecom_unknown_outcome", reply.error().detail);
    if (!reply) return std::unexpected(reply.error());
    return read_answer(*reply);
  }
  Result<json::object> get_once(std::string_view path, const Query& query, const std::string& token) {
    TRY(const auto reply, out_.ask(request_of("GET", path, query, token)));
    return read_answer(reply);
  }

  /// A dead token is replaced and the call made once more; a busy platform did nothing and is asked again.
  template <class F>
  Result<json::object> with_token(F&& call, std::string_view path) {
    bool renewed = false;
    for (int busy = 0;;) {
      TRY(pace(path));
      TRY(const auto token, this->token());
      auto answer = call(token);
      if (answer) return answer;
      learn(path, token, answer.error());
      if (answer.error().code == "connect.wecom_token" && !renewed) {
        renewed = true;
        continue;
      }
      if (answer.error().code != "connect.wecom_busy" || ++busy >= kBusyTries) return answer;
      std::this_thread::sleep_for(kBusyWait * (1 << busy));
    }
  }

  /// throttled while the path rests or its minute is used up.
  Result<> pace(std::string_view path) {
    const std::scoped_lock lock(pace_mutex_);
    auto& p = paces_[std::string(path)];
    const auto now = clock_.now();
    if (now < p.rests_until) return fail(Errc::throttled, "connect.wecom_limit", std::string(path));
    const auto minute = to_ms(now) / 60'000;
    if (p.minute != minute) p = {minute, 0, {}};
    if (p.calls >= o_.calls_a_minute) return fail(Errc::throttled, "connect.wecom_limit", std::string(path));
    ++p.calls;
    return {};
  }

  void learn(std::string_view path, const std::string& token, const Error& error) {
    if (error.code == "connect.wecom_limit") {
      const std::scoped_lock lock(pace_mutex_);
      paces_[std::string(path)].rests_until = clock_.now() + kLimitRest;
    }
    if (error.code != "connect.wecom_token") return;
    const std::scoped_lock lock(token_mutex_);
    if (token_ == token) token_.clear();
  }

  bool good() const { return !token_.empty() && clock_.now() < ends_; }

  /// Whoever finds none fetches it, the others wait for that one. A secret that was refused is not tried again for a minute.
  Result<std::string> token() {
    const std::scoped_lock lock(token_mutex_);
    if (good()) return token_;
    if (refused_ && clock_.now() < refused_until_) return std::unexpected(*refused_);
    TRY(fetch());
    return token_;
  }

  Result<> fetch() {
    OutRequest request;
    request.url = o_.base_url + "/cgi-bin/gettoken?" + query_text({{"corpid", o_.corp_id}, {"corpsecret", o_.secret}});
    TRY(const auto reply, out_.ask(std::move(request)));
    const auto answer = read_answer(reply);
    if (!answer) {
      refused_ = answer.error();
      refused_until_ = clock_.now() + (answer.error().kind == Errc::forbidden ? kRefusedRest : kForceAgain);
      return std::unexpected(answer.error());
    }
    token_ = text_in(*answer, "access_token");
    if (token_.empty()) return fail(Errc::unavailable, "connect.wecom_reply", "no access_token");
    const auto life = std::chrono::seconds(number_in(*answer, "expires_in", 7200));
    ends_ = clock_.now() + std::max<Instant::duration>(life - kTokenMargin, life / 2);
    refused_.reset();
    return {};
  }

  Outgoing& out_;
  Clock& clock_;
  const PlatformOptions o_;
  std::mutex token_mutex_, pace_mutex_;
  std::string token_;
  Instant ends_{}, refused_until_{};
  std::optional<Error> refused_;
  std::map<std::string, Pace, std::less<>> paces_;
};

}  // namespace

Result<> judge(const json::object& answer) {
  const auto errcode = number_in(answer, "errcode");
  if (errcode == 0) return {};
  const auto detail = std::to_string(errcode) + " " + text_in(answer, "errmsg");
  const auto* meaning = std::ranges::find(kMeanings, errcode, &Meaning::errcode);
  if (meaning != std::end(kMeanings)) return fail(meaning->kind, meaning->code, detail);
  return fail(Errc::conflict, "connect.wecom_refused", detail);
}

bool refused_with(const Error& error, int errcode) { return error.code == "connect.wecom_refused" && error.detail.starts_with(std::to_string(errcode) + " "); }

std::shared_ptr<Platform> open_platform(Outgoing& out, Clock& clock, PlatformOptions options) {
  return std::make_shared<Live>(out, clock, std::move(options));
}

}  // namespace koi::connect::wecom
