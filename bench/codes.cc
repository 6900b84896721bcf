/// Live codes under load: codes with guides whose contact ways are made, and visitors who come at a steady rate whether the page
/// answers or not. A visitor's time counts from when they meant to come, so a server that stops for a while is seen to.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <deque>

#include "app/config.h"
#include "app/rooms.h"
#include "bench/bench.h"
#include "entry/entry.h"
#include "entry/ways.h"
#include "team/team.h"

namespace koi::bench {

namespace {

constexpr std::int64_t kCap = 1'000'000;  // never reached, and held with every scan

Result<std::vector<StaffId>> make_guides(Db& db, int guides) {
  return db.write([&](Tx& tx) -> Result<std::vector<StaffId>> {
    const auto all = Scope::everything("bench");
    TRY(const auto store, team::create_unit(tx, all, {.parent = {}, .name = "西湖店", .kind = "store", .code = "S1"}));
    std::vector<StaffId> out;
    for (int i = 0; i < guides; ++i) {
      TRY(const auto id, team::create_staff(tx, all, {.name = fmt::format("导购{}", i), .unit = store, .wecom_userid = fmt::format("guide{}", i)}));
      out.push_back(id);
    }
    return out;
  });
}

entry::CodeSpec spec_of(int number, const CodesPlan& plan, const std::vector<StaffId>& staff) {
  static constexpr entry::AssignRule kRules[] = {entry::AssignRule::round_robin, entry::AssignRule::weighted, entry::AssignRule::least_loaded, entry::AssignRule::random};
  entry::CodeSpec spec;
  spec.name = fmt::format("展架 {}", number);
  spec.channel = "展架";
  spec.assign = kRules[number % 4];
  for (int i = 0; i < plan.guides; ++i) {
    entry::Member m;
    m.staff = staff[static_cast<std::size_t>(number * 7 + i) % staff.size()];
    m.weight = 1 + i % 3;
    if (plan.caps) m.daily_cap = kCap;
    spec.members.push_back(std::move(m));
  }
  if (plan.caps) spec.daily_cap = kCap;
  return spec;
}

/// The platform's part: everything that is wanted is made.
Result<> make_ways(Db& db) {
  for (;;) {
    TRY(const auto ways, db.write([](Tx& tx) { return entry::ways_to_make(tx, 0, 500); }));
    if (ways.empty()) return {};
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (const auto& way : ways) TRY(entry::way_made(tx, way.id, way.want_ver, "cfg-" + way.state, "https://wework.qpic.cn/wwpic/" + way.state));
      return {};
    }));
  }
}

struct Visitor { int fd = -1; std::string out, in; std::size_t sent = 0; double meant = 0; std::string cookie; };

class Street {
 public:
  Street(const VisitPlan& plan) : plan_(plan), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  ~Street() {
    for (auto& v : visitors_) ::close(v.fd);
    ::close(poll_);
  }
  std::optional<VisitFigures> run() {
    visitors_.resize(static_cast<std::size_t>(plan_.connections));
    for (std::size_t i = 0; i < visitors_.size(); ++i) {
      if (!open(i)) return {};
      free_.push_back(i);
    }
    const auto total = static_cast<std::uint64_t>(plan_.rate * plan_.seconds);
    by_second_.resize(static_cast<std::size_t>(plan_.seconds) + 2);
    const double began = began_ = seconds();
    while (done_ < total) {
      const double now = seconds();
      for (; meant_ < total && began + static_cast<double>(meant_) / plan_.rate <= now; ++meant_) waiting_.push_back(began + static_cast<double>(meant_) / plan_.rate);
      most_waiting_ = std::max(most_waiting_, waiting_.size());
      while (!waiting_.empty() && !free_.empty()) {
        send(free_.front(), waiting_.front());
        free_.pop_front();
        waiting_.pop_front();
      }
      if (!turn()) return {};
    }
    VisitFigures out{seconds() - began, done_, failed_, no_guide_, most_waiting_, 0, percentiles(std::move(took_))};
    for (auto& second : by_second_) out.worst_second_p99 = std::max(out.worst_second_p99, percentiles(std::move(second)).p99);
    return out;
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
    visitors_[i].fd = fd;
    epoll_event want{};
    want.events = EPOLLIN;
    want.data.u64 = i;
    return ::epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &want) == 0;
  }

  void send(std::size_t i, double meant) {
    auto& v = visitors_[i];
    const auto& slug = plan_.slugs[asked_++ % plan_.slugs.size()];
    // Every fifth has been here before.
    const bool back = asked_ % 5 == 0 && !v.cookie.empty();
    v.out = fmt::format("GET /c/{}?utm_source=poster HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 MicroMessenger\r\nAccept-Language: zh-CN\r\n{}{}{}\r\n", slug,
                        back ? "Cookie: " : "", back ? v.cookie : std::string(), back ? "\r\n" : "");
    v.meant = meant;
    // A request of some hundred bytes always fits the socket.
    if (::send(v.fd, v.out.data(), v.out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(v.out.size())) ++failed_;
  }

  bool turn() {
    epoll_event ready[256];
    const int n = ::epoll_wait(poll_, ready, 256, 1);
    for (int k = 0; k < n; ++k)
      if (!receive(static_cast<std::size_t>(ready[k].data.u64))) return false;
    return n >= 0;
  }

  bool receive(std::size_t i) {
    auto& v = visitors_[i];
    char bytes[64 << 10];
    const auto n = ::recv(v.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n <= 0) return n < 0 && errno == EAGAIN;
    v.in.append(bytes, static_cast<std::size_t>(n));
    const auto head = v.in.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    const auto at = v.in.find("ontent-Length: ");
    const auto length = at < head ? std::strtoull(v.in.c_str() + at + 15, nullptr, 10) : 0;
    if (v.in.size() < head + 4 + length) return true;
    if (v.in.compare(9, 3, "200") != 0 && failed_++ == 0) fmt::print(stderr, "first failure: {}\n", v.in.substr(0, 400));
    else if (v.in.find("https://wework.qpic.cn/wwpic/") == std::string::npos) ++no_guide_;
    if (const auto cookie = v.in.find("koi_visitor="); cookie < head) v.cookie = v.in.substr(cookie, v.in.find(';', cookie) - cookie);
    took_.push_back((seconds() - v.meant) * 1000);
    by_second_[static_cast<std::size_t>(v.meant - began_)].push_back(took_.back());
    v.in.erase(0, head + 4 + length);
    ++done_;
    free_.push_back(i);
    return true;
  }

  const VisitPlan& plan_;
  int poll_ = -1;
  std::vector<Visitor> visitors_;
  std::deque<std::size_t> free_;
  std::deque<double> waiting_;
  std::uint64_t meant_ = 0, asked_ = 0, done_ = 0, failed_ = 0, no_guide_ = 0;
  std::size_t most_waiting_ = 0;
  std::vector<double> took_;
  double began_ = 0;
  std::vector<std::vector<double>> by_second_;
};

}  // namespace

std::optional<std::vector<std::string>> make_codes(const CodesPlan& plan) {
  app::Config config;
  config.data = plan.dir;
  auto db = app::open_store(config);
  if (!db) return {};
  const auto staff = make_guides(**db, plan.guides * 3);
  if (!staff) return {};
  std::vector<std::string> slugs;
  for (int i = 0; i < plan.codes; ++i) {
    const auto made = (*db)->write([&](Tx& tx) { return entry::create_code(tx, Scope::everything("bench"), {.spec = spec_of(i, plan, *staff)}); });
    if (!made) {
      fmt::print(stderr, "{} {}\n", made.error().code, made.error().detail);
      return {};
    }
    slugs.push_back(made->code.slug);
  }
  if (!make_ways(**db)) return {};
  (*db)->close();
  return slugs;
}

std::optional<VisitFigures> visit_codes(const VisitPlan& plan) { return Street(plan).run(); }

}  // namespace koi::bench
