#include "http/session.h"  // first: it configures Asio

#include <sys/resource.h>

#include <boost/asio/post.hpp>

namespace koi::http {

namespace {

constexpr auto kDrainTime = std::chrono::seconds(10);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

/// As many sockets as the machine allows us.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class RunningServer final : public Server {
 public:
  RunningServer(ServerOptions options, Db& db, Authorizer authorizer, std::vector<std::span<const Route>> routes)
      : core_(std::make_shared<Core>(options.connections_max, options.connections_per_ip, options, db,
                                     std::move(authorizer), std::move(routes))) {
    for (int i = 0; i < std::max(1, options.io_threads); ++i)
      core_->loops.push_back(std::make_unique<Loop>(core_->site));
    acceptor_.emplace(first().io.get_executor());
    pause_.emplace(first().io.get_executor());
  }
  ~RunningServer() override {
    stop_accepting();
    for (auto& loop : core_->loops) loop->stop();
    acceptor_.reset();
    pause_.reset();
  }

  Result<> listen() {
    const auto& o = core_->site.options;
    boost::system::error_code why;
    const auto address = asio::ip::make_address(o.address, why);
    if (why) return fail(Errc::invalid, "http.bad_address", o.address);
    acceptor_->open(address.is_v6() ? Tcp::v6() : Tcp::v4(), why);
    if (!why) acceptor_->set_option(Acceptor::reuse_address(true), why);
    if (!why) acceptor_->bind({address, o.port}, why);
    if (!why) acceptor_->listen(asio::socket_base::max_listen_connections, why);
    if (why)
      return fail(Errc::unavailable, "http.cannot_listen",
                  o.address + ":" + std::to_string(o.port) + ": " + why.message());
    port_ = acceptor_->local_endpoint().port();
    accept();
    for (auto& loop : core_->loops) loop->run();
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void drain() override {
    core_->site.draining = true;
    stop_accepting();
    for (auto& loop : core_->loops) loop->close_idle();
    core_->doorman.wait_empty(kDrainTime);
    core_->site.log.flush();
  }

 private:
  Loop& first() { return *core_->loops.front(); }

  void stop_accepting() {
    asio::post(first().io, [this] {
      boost::system::error_code ignored;
      if (acceptor_) acceptor_->close(ignored);
      if (pause_) pause_->cancel();
    });
  }

  void accept() {
    auto& loop = *core_->loops[next_++ % core_->loops.size()];
    acceptor_->async_accept(loop.io, [this, &loop](boost::system::error_code why, Socket socket) {
      if (!acceptor_->is_open()) return;
      if (!why) {
        welcome(std::move(socket), loop);
        return accept();
      }
      // Out of sockets: let some close before trying again.
      pause_->expires_after(kAcceptPause);
      pause_->async_wait([this](boost::system::error_code ended) {
        if (!ended && acceptor_->is_open()) accept();
      });
    });
  }

  void welcome(Socket socket, Loop& loop) {
    boost::system::error_code why;
    const auto peer = socket.remote_endpoint(why).address();
    if (why) return;
    auto ip = peer.to_string();
    const bool loopback = peer.is_loopback();
    if (!core_->doorman.enter(ip, loopback)) {
      boost::system::error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(kFull.data(), kFull.size()), ignored);
      return;
    }
    auto session = std::make_shared<Session>(std::move(socket), core_, loop, std::move(ip), loopback);
    asio::post(loop.io, [session = std::move(session)] { session->start(); });
  }

  std::shared_ptr<Core> core_;
  std::optional<Acceptor> acceptor_;
  std::optional<Timer> pause_;
  std::uint16_t port_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Db& db, Authorizer authorizer,
                                              std::vector<std::span<const Route>> routes) {
  raise_file_limit();
  routes.push_back(system_routes());
  auto server = std::make_unique<RunningServer>(std::move(options), db, std::move(authorizer), std::move(routes));
  TRY(server->listen());
  return server;
}

}  // namespace koi::http
