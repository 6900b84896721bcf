/// A live server over a fresh store, and a client that sends exactly the bytes it is told to.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "http/wire.h"
#include "tests/support/world.h"

namespace koi::http::lab {

struct Answered {
  int status = 0;
  std::string head, body;
  std::string header(std::string_view name) const {
    const auto at = lower_ascii(head).find("\r\n" + std::string(name) + ":");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 3;
    return std::string(trim(std::string_view(head).substr(from, head.find("\r\n", from) - from)));
  }
  std::string code() const {
    const auto at = body.find("\"code\":\"");
    return at == std::string::npos ? std::string() : body.substr(at + 8, body.find('"', at + 8) - at - 8);
  }
};

/// A blocking loopback connection with a 20 s limit, so that a hung server fails a test instead of stopping it.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) ADD_FAILURE() << "connect";
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // the server has refused and closed: its answer tells why
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// One reply, by its Content-Length; status 0 when the connection ended first.
  Answered receive(bool head_only = false) {
    Answered out;
    std::size_t end = 0;
    while ((end = held_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return out;
    out.head = held_.substr(0, end + 2);
    held_.erase(0, end + 4);
    out.status = static_cast<int>(parse_int(out.head.substr(9, 3)).value_or(0));
    const auto length = head_only ? 0 : static_cast<std::size_t>(parse_int(out.header("content-length")).value_or(0));
    while (held_.size() < length)
      if (!more()) break;
    out.body = held_.substr(0, length);
    held_.erase(0, length);
    return out;
  }
  /// Whether the server has ended the connection (reads until it does).
  bool ended() {
    while (more()) {
    }
    return ended_;
  }

 private:
  bool more() {
    char bytes[16384];
    const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n > 0)
      held_.append(bytes, static_cast<std::size_t>(n));
    else
      ended_ = n == 0 || errno == ECONNRESET;
    return n > 0;
  }
  int socket_;
  std::string held_;
  bool ended_ = false;
};

/// A request text with Host and Content-Length filled in.
inline std::string text_of(std::string_view method, std::string_view target, std::string_view body = {},
                           const std::vector<std::pair<std::string, std::string>>& headers = {}) {
  std::string out = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: koi\r\n";
  for (const auto& [name, value] : headers) out += name + ": " + value + "\r\n";
  if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + std::string(body);
}

struct NoteBody {
  std::string text;
  std::optional<std::int64_t> times;
};
BOOST_DESCRIBE_STRUCT(NoteBody, (), (text, times))
struct NoteReply {
  std::int64_t id;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(NoteReply, (), (id, text))
struct NoteQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(NoteQuery, (), (limit, after))

std::span<const Route> note_routes();
/// Callers by "Authorization: Bearer admin|clerk|nobody" or "Cookie: sid=1" (a session whose CSRF token is "tok").
Authorizer note_authorizer();

/// World, server and table; `note` holds what the write routes wrote.
struct Lab {
  explicit Lab(ServerOptions options = {}) : world({store::schema(), schema()}) {
    options.port = 0;
    options.access_log = false;
    auto made = Server::start(std::move(options), world.db(), note_authorizer(), {note_routes()});
    if (!made) throw std::runtime_error(made.error().detail);
    server = std::move(*made);
  }
  Answered ask(std::string_view method, std::string_view target, std::string_view body = {},
               const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    Client client(server->port());
    client.send(text_of(method, target, body, headers));
    return client.receive(method == "HEAD");
  }
  static std::span<const store::Migration> schema();

  testing::World world;
  std::unique_ptr<Server> server;
};

}  // namespace koi::http::lab
