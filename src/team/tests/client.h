/// A blocking HTTP/1.1 client for tests: one request a connection.
#pragma once
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace koi::team::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 0;  // 0: no answer
  std::map<std::string, std::string> headers;
  std::map<std::string, std::string> cookies;
  std::string body;
  /// The text of a string field, wherever it stands.
  std::string field(std::string_view name) const {
    const auto start = "\"" + std::string(name) + "\":\"";
    const auto at = body.find(start);
    if (at == std::string::npos) return {};
    return body.substr(at + start.size(), body.find('"', at + start.size()) - at - start.size());
  }
};

inline HttpReply parse_http(const std::string& text) {
  HttpReply reply;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos) return reply;
  reply.status = static_cast<int>(parse_int(text.substr(9, 3)).value_or(0));
  reply.body = text.substr(end + 4);
  const auto head = text.substr(0, end);  // split_text borrows: it must outlive the loop
  for (const auto line : split_text(head, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = lower_ascii(line.substr(0, colon));
    const std::string value(trim(line.substr(colon + 1)));
    if (name != "set-cookie") {
      reply.headers[name] = value;
      continue;
    }
    const auto equals = value.find('=');
    reply.cookies[value.substr(0, equals)] = value.substr(equals + 1, value.find(';') - equals - 1);
  }
  return reply;
}

inline HttpReply send_http(std::uint16_t port, std::string_view method, std::string_view path,
                           const Headers& headers = {}, std::string_view body = {}) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string got;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) {
    std::string text =
        std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (!body.empty()) text += "Content-Type: application/json\r\n";
    if (!body.empty() || method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text.append("\r\n").append(body);
    for (std::size_t sent = 0; sent < text.size();) {
      const auto n = ::send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
      got.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return parse_http(got);
}

}  // namespace koi::team::testing
