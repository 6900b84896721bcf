#include "app/control.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>

#include "base/text.h"

namespace koi::app {

namespace {

// Request: fields "name=value" separated by \x1f, ended by \n (values base64). Reply: frames "<o|e><length>\n<bytes>",
// last "x<code>\n".
constexpr char kSeparator = '\x1f';
constexpr int kClientsMax = 8;
constexpr std::size_t kRequestMax = 1 << 20;

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Up to and without the newline; nothing when the peer left first.
std::optional<std::string> receive_line(int fd) {
  std::string line;
  for (char c = 0; line.size() < kRequestMax;) {
    const auto n = ::recv(fd, &c, 1, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    if (c == '\n') return line;
    line += c;
  }
  return {};
}

bool receive_exactly(int fd, std::string& out, std::size_t n) {
  out.resize(n);
  for (std::size_t got = 0; got < n;) {
    const auto r = ::recv(fd, out.data() + got, n - got, 0);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) return false;
    got += static_cast<std::size_t>(r);
  }
  return true;
}

sockaddr_un address_of(const std::string& data_dir) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = data_dir + "/koipond.sock";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

class Listening final : public Control {
 public:
  Listening(int fd, Run run) : fd_(fd), run_(std::move(run)), thread_([this] { accept_loop(); }) {}
  ~Listening() override {
    stop_ = true;
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (auto& client : clients_) client.join();
    ::close(fd_);
  }

 private:
  void accept_loop() {
    while (!stop_) {
      pollfd ready{fd_, POLLIN, 0};
      if (::poll(&ready, 1, 500) <= 0) continue;
      const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      if (active_ >= kClientsMax) {
        send_all(client, fmt::format("x{}\n", static_cast<int>(kUnavailable)));
        ::close(client);
        continue;
      }
      ++active_;
      clients_.emplace_back([this, client] {
        serve(client);
        ::close(client);
        --active_;
      });
    }
  }

  void serve(int client) {
    const auto request = receive_line(client);
    if (!request) return;
    std::vector<std::string> args;
    std::mutex sending;
    std::atomic<bool> gone{false};
    Io io;
    for (const auto field : split_text(*request, kSeparator)) {
      const auto value = unbase64(field.substr(field.find('=') + 1)).value_or("");
      if (field.starts_with("arg=")) args.push_back(value);
      if (field.starts_with("folder=")) io.folder = value;
      if (field.starts_with("terminal=")) io.terminal = value == "1";
      if (field.starts_with("chinese=")) io.chinese = value == "1";
    }
    const auto frame = [&](char kind, std::string_view text) {
      const std::scoped_lock lock(sending);
      if (!send_all(client, fmt::format("{}{}\n", kind, text.size())) || !send_all(client, text)) gone = true;
    };
    io.out = [&](std::string_view text) { frame('o', text); };
    io.err = [&](std::string_view text) { frame('e', text); };
    io.stop = &gone;
    const int code = run_(std::move(args), io);
    send_all(client, fmt::format("x{}\n", code));
  }

  int fd_;
  Run run_;
  std::atomic<bool> stop_{false};
  std::atomic<int> active_{0};
  std::vector<std::thread> clients_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Control>> Control::listen(const std::string& data_dir, Run run) {
  const auto address = address_of(data_dir);
  if (data_dir.size() + 14 > sizeof(address.sun_path)) return fail(Errc::invalid, "cli.path_too_long", data_dir);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::unlink(address.sun_path);  // we hold the folder's lock: a socket found here is a dead server's
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd, kClientsMax) != 0) {
    if (fd >= 0) ::close(fd);
    return fail(Errc::unavailable, "cli.no_socket", address.sun_path);
  }
  ::chmod(address.sun_path, 0600);
  return std::make_unique<Listening>(fd, std::move(run));
}

std::optional<int> run_in_server(const std::string& data_dir, const std::vector<std::string>& args, const Io& io) {
  const auto address = address_of(data_dir);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd);
    return {};
  }
  std::string request = "folder=" + base64(io.folder) + kSeparator + "terminal=" + base64(io.terminal ? "1" : "0") + kSeparator +
                        "chinese=" + base64(io.chinese ? "1" : "0");
  for (const auto& arg : args) request += kSeparator + ("arg=" + base64(arg));
  int code = kUnavailable;
  if (send_all(fd, request + "\n")) {
    std::string bytes;
    while (auto head = receive_line(fd)) {
      const auto number = parse_int(std::string_view(*head).substr(1)).value_or(0);
      if (head->front() == 'x') { code = static_cast<int>(number); break; }
      if (!receive_exactly(fd, bytes, static_cast<std::size_t>(number))) break;
      (head->front() == 'o' ? io.out : io.err)(bytes);
    }
  }
  ::close(fd);
  return code;
}

}  // namespace koi::app
