/// A closed-loop HTTP loader for ingestion: one thread, epoll, keep-alive connections, each waiting for its reply before
/// it sends the next request. Cheap enough to share two cores with the server it measures.
#include "bench/bench.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace koi::bench {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::uint64_t kStride = 48271, kPrime = 1000003;  // visits people in a scattered order

void put_digits(char* at, std::uint64_t value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

/// One event as text; digits of ids are overwritten in place.
class EventText {
 public:
  EventText(const std::string& run, const std::string& now)
      : text_(fmt::format(R"({{"type":"track","event":"product_viewed","messageId":"{}-0000000000","userId":"u00000000","timestamp":"{}","properties":{{"sku":"T00000","channel":"moments","store":"s00"}}}})", run, now)) {
    id_at_ = text_.find("-0000000000") + 1;
    user_at_ = text_.find("\"u00000000\"") + 2;
    sku_at_ = text_.find("\"T00000\"") + 2;
    store_at_ = text_.find("\"s00\"") + 2;
  }
  void append(std::string& out, std::uint64_t n, std::uint64_t people) {
    put_digits(text_.data() + id_at_, n, 10);
    put_digits(text_.data() + user_at_, n * kStride % kPrime % people, 8);
    put_digits(text_.data() + sku_at_, n % 5000, 5);
    put_digits(text_.data() + store_at_, n % 60, 2);
    out += text_;
  }

 private:
  std::string text_;
  std::size_t id_at_ = 0, user_at_ = 0, sku_at_ = 0, store_at_ = 0;
};

struct Connection {
  int fd = -1;
  std::string out, in;
  std::size_t sent = 0;
  double started = 0;
};

class Loader {
 public:
  explicit Loader(const LoadPlan& plan) : plan_(plan), event_(plan.run, plan.now) {
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    head_ = fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {}\r\nContent-Type: {}\r\nContent-Length: ", plan.path,
                        plan.basic, plan.shape == Shape::lines ? "application/x-ndjson" : "application/json");
  }
  ~Loader() {
    for (auto& c : connections_) ::close(c.fd);
    ::close(poll_);
  }

  std::optional<LoadFigures> run() {
    connections_.resize(static_cast<std::size_t>(plan_.connections));
    for (std::size_t i = 0; i < connections_.size(); ++i)
      if (!open(i)) return {};
    const double began = seconds();
    for (std::size_t i = 0; i < connections_.size(); ++i) next_request(i);
    while (in_flight_ > 0)
      if (!turn()) return {};
    LoadFigures figures;
    figures.seconds = seconds() - began;
    figures.events = acknowledged_;
    figures.failed = failed_;
    figures.latency_ms = percentiles(latencies_);
    return figures;
  }

 private:
  bool open(std::size_t i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
    ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) return false;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connections_[i].fd = fd;
    epoll_event want{};
    want.events = EPOLLIN;
    want.data.u64 = i;
    return ::epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &want) == 0;
  }

  bool more() const { return plan_.events > 0 ? issued_ < plan_.events : seconds() < plan_.until; }

  void next_request(std::size_t i) {
    if (!more()) return;
    auto& c = connections_[i];
    body_.clear();
    if (plan_.shape == Shape::batch) body_ += R"({"batch":[)";
    for (int k = 0; k < plan_.batch; ++k) {
      if (plan_.shape == Shape::batch && k > 0) body_ += ',';
      event_.append(body_, plan_.first + issued_++, plan_.people);
      if (plan_.shape == Shape::lines) body_ += '\n';
    }
    if (plan_.shape == Shape::batch) body_ += "]}";
    c.out.assign(head_);
    c.out += std::to_string(body_.size());
    c.out += "\r\n\r\n";
    c.out += body_;
    c.sent = 0;
    c.started = seconds();
    ++in_flight_;
    push(i);
  }

  void push(std::size_t i) {
    auto& c = connections_[i];
    while (c.sent < c.out.size()) {
      const auto n = ::send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n <= 0) break;
      c.sent += static_cast<std::size_t>(n);
    }
    epoll_event want{};
    want.events = EPOLLIN | (c.sent < c.out.size() ? EPOLLOUT : 0U);
    want.data.u64 = i;
    ::epoll_ctl(poll_, EPOLL_CTL_MOD, c.fd, &want);
  }

  bool turn() {
    epoll_event ready[256];
    const int n = ::epoll_wait(poll_, ready, 256, 30'000);
    if (n <= 0) return false;
    for (int k = 0; k < n; ++k) {
      const auto i = static_cast<std::size_t>(ready[k].data.u64);
      if ((ready[k].events & EPOLLOUT) != 0) push(i);
      if ((ready[k].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !receive(i)) return false;
    }
    return true;
  }

  bool receive(std::size_t i) {
    auto& c = connections_[i];
    char bytes[kReadBytes];
    const auto n = ::recv(c.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    c.in.append(bytes, static_cast<std::size_t>(n));
    const auto head = c.in.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    std::size_t length = 0;
    const auto at = c.in.find("ontent-Length: ");
    const auto lower = at == std::string::npos ? c.in.find("ontent-length: ") : at;
    if (lower != std::string::npos && lower < head) length = std::strtoull(c.in.c_str() + lower + 15, nullptr, 10);
    if (c.in.size() < head + 4 + length) return true;
    const bool good = c.in.compare(9, 1, "2") == 0;
    if (good) acknowledged_ += static_cast<std::uint64_t>(plan_.batch);
    else if (failed_++ == 0) fmt::print(stderr, "first failure: {}\n", c.in.substr(0, 300));
    latencies_.push_back((seconds() - c.started) * 1000);
    c.in.erase(0, head + 4 + length);
    --in_flight_;
    next_request(i);
    return true;
  }

  const LoadPlan plan_;
  EventText event_;
  int poll_ = -1;
  std::string head_, body_;
  std::vector<Connection> connections_;
  std::uint64_t issued_ = 0, acknowledged_ = 0, failed_ = 0;
  int in_flight_ = 0;
  std::vector<double> latencies_;
};

}  // namespace

std::optional<LoadFigures> load(const LoadPlan& plan) { return Loader(plan).run(); }

}  // namespace koi::bench
