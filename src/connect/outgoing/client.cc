#include "connect/outgoing/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "base/ports.h"
#include "base/text.h"

namespace koi::connect {
namespace {

constexpr std::size_t kHeadersMax = 100;

/// Loopback, link-local, private and the rest of what is not the world's.
bool inside(const sockaddr* to) {
  const auto v4 = [](std::uint32_t a) {
    const auto in = [a](std::uint32_t net, int bits) { return (a >> (32 - bits)) == (net >> (32 - bits)); };
    return in(0, 8) || in(0x0A000000, 8) || in(0x64400000, 10) || in(0x7F000000, 8) || in(0xA9FE0000, 16) || in(0xAC100000, 12) || in(0xC0000000, 24) ||
           in(0xC0A80000, 16) || in(0xC6120000, 15) || in(0xE0000000, 3);
  };
  if (to->sa_family == AF_INET) return v4(ntohl(reinterpret_cast<const sockaddr_in*>(to)->sin_addr.s_addr));
  if (to->sa_family != AF_INET6) return true;
  const auto* b = reinterpret_cast<const sockaddr_in6*>(to)->sin6_addr.s6_addr;
  static constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(kMapped.begin(), kMapped.end(), b)) return v4((std::uint32_t{b[12]} << 24) | (std::uint32_t{b[13]} << 16) | (std::uint32_t{b[14]} << 8) | b[15]);
  return (b[0] & 0xE0) != 0x20;  // the world's own start with 2 or 3
}

struct Flight {
  OutRequest request;
  std::function<void(Result<OutReply>)> done;
  OutReply reply;
  curl_slist* headers = nullptr;
  bool too_large = false, refused = false, sent = false;
  bool walled = true;
  ~Flight() { curl_slist_free_all(headers); }
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& f = *static_cast<Flight*>(to);
  if (f.reply.body.size() + size * count > f.request.reply_max) {
    f.too_large = true;
    return 0;
  }
  f.reply.body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* to) {
  auto& f = *static_cast<Flight*>(to);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) f.reply.headers.clear();  // of an interim answer
  const auto colon = line.find(':');
  if (colon != line.npos && f.reply.headers.size() < kHeadersMax)
    f.reply.headers.emplace_back(std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  return size * count;
}

/// Judged when the address is known, so that a name that points inside helps nobody.
curl_socket_t open_socket(void* of, curlsocktype, curl_sockaddr* to) {
  auto& f = *static_cast<Flight*>(of);
  if (f.walled && inside(&to->addr)) {
    f.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

class Curl final : public Outgoing {
 public:
  explicit Curl(OutOptions options) : options_(options), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, options_.connections);
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  ~Curl() override {
    thread_.request_stop();
    curl_multi_wakeup(multi_);
    thread_.join();
    curl_multi_cleanup(multi_);
  }

  void send(OutRequest request, std::function<void(Result<OutReply>)> done) override {
    auto flight = std::make_unique<Flight>();
    flight->request = std::move(request);
    flight->done = std::move(done);
    flight->walled = !options_.private_addresses;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(flight));
    }
    curl_multi_wakeup(multi_);
  }

 private:
  void run(std::stop_token stop) {
    name_thread("koi-outgoing");
    while (!stop.stop_requested()) {
      start();
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish();
      curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    for (auto& [easy, flight] : flying_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
      flight->done(fail(Errc::unavailable, "connect.timeout", "closing"));
    }
    for (auto& flight : waiting_) flight->done(fail(Errc::unavailable, "connect.unreachable", "closing"));
  }

  void start() {
    std::vector<std::unique_ptr<Flight>> fresh;
    {
      const std::lock_guard lock(mutex_);
      fresh.swap(waiting_);
    }
    for (auto& flight : fresh) {
      auto* easy = curl_easy_init();
      prepare(easy, *flight);
      curl_multi_add_handle(multi_, easy);
      flying_.emplace_back(easy, std::move(flight));
    }
  }

  static void prepare(CURL* easy, Flight& f) {
    const auto& r = f.request;
    for (const auto& [name, value] : r.headers) f.headers = curl_slist_append(f.headers, (name + ": " + value).c_str());
    f.headers = curl_slist_append(f.headers, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, r.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f.headers);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r.method.c_str());
    if (!r.body.empty() || r.method == "POST" || r.method == "PUT") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(r.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r.body.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(r.connect.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(r.total.count()));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &f);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &f);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &f);
  }

  void finish() {
    int left = 0;
    while (auto* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      auto* const easy = message->easy_handle;
      const auto code = message->data.result;
      const auto at = std::ranges::find(flying_, easy, [](const auto& one) { return one.first; });
      auto flight = std::move(at->second);
      flying_.erase(at);
      curl_off_t written = 0;
      long status = 0, request_size = 0;
      curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &written);
      curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      flight->sent = written > 0 || request_size > 0;
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
      flight->reply.status = static_cast<int>(status);
      flight->done(outcome_of(*flight, code));
    }
  }

  static Result<OutReply> outcome_of(Flight& f, CURLcode code) {
    if (code == CURLE_OK) return std::move(f.reply);
    const std::string why = curl_easy_strerror(code);
    if (f.refused) return fail(Errc::forbidden, "connect.address", f.request.url);
    if (f.too_large) return fail(Errc::unavailable, "connect.reply_too_large");
    // A byte that went out may have had its effect.
    return f.sent ? fail(Errc::unavailable, "connect.timeout", why) : fail(Errc::unavailable, "connect.unreachable", why);
  }

  const OutOptions options_;
  CURLM* multi_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Flight>> waiting_;
  std::vector<std::pair<CURL*, std::unique_ptr<Flight>>> flying_;
  std::jthread thread_;
};

}  // namespace

Result<OutReply> Outgoing::ask(OutRequest request) {
  std::promise<Result<OutReply>> answer;
  auto ready = answer.get_future();
  send(std::move(request), [&answer](Result<OutReply> got) { answer.set_value(std::move(got)); });
  return ready.get();
}

std::unique_ptr<Outgoing> open_outgoing(OutOptions options) {
  static const bool kReady = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CHECK(kReady);
  return std::make_unique<Curl>(options);
}

}  // namespace koi::connect
