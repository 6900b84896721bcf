/// A platform in a test's hands: answers what the test says, and remembers what it was asked. It shares nothing with connect but
/// the seals' own functions for keys that the platform holds.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "connect/outgoing/client.h"

namespace koi::connect::wechat::lab {

struct Asked {
  std::string method, path, body;
  std::map<std::string, std::string> query, headers;
  boost::json::object json() const { return boost::json::parse(body).as_object(); }
};

/// What the network makes of a call: an answer, or an error instead of one.
using Answer = std::function<Result<OutReply>(const Asked&)>;

inline OutReply json_reply(std::string body, int status = 200) { return {status, std::move(body), {{"Content-Type", "application/json"}}}; }

class Platform : public Outgoing {
 public:
  void send(OutRequest request, std::function<void(Result<OutReply>)> done) override {
    Asked asked{request.method, {}, request.body, {}, {}};
    const auto start = request.url.find('/', request.url.find("://") + 3);
    const auto target = request.url.substr(start);
    const auto mark = target.find('?');
    asked.path = target.substr(0, mark);
    if (mark != target.npos)
      for (const auto part : split_text(std::string_view(target).substr(mark + 1), '&')) {
        const auto equals = part.find('=');
        asked.query[std::string(part.substr(0, equals))] = unescaped(part.substr(equals + 1));
      }
    for (const auto& [name, value] : request.headers) asked.headers[lower_ascii(name)] = value;
    asked.headers["target"] = target;
    log.push_back(asked);
    done(answer(asked));
  }
  /// The next answers at a path, then what `always` says, then the platform's own "invalid url".
  Result<OutReply> answer(const Asked& asked) {
    auto& waiting = next[asked.path];
    if (!waiting.empty()) {
      const auto fn = std::move(waiting.front());
      waiting.pop_front();
      return fn(asked);
    }
    const auto at = always.find(asked.path);
    return at == always.end() ? Result<OutReply>(json_reply(R"({"errcode":40066,"errmsg":"invalid url"})")) : at->second(asked);
  }
  void say(const std::string& path, std::string body) {
    always[path] = [body](const Asked&) -> Result<OutReply> { return json_reply(body); };
  }
  void say_once(const std::string& path, std::string body) {
    next[path].push_back([body](const Asked&) -> Result<OutReply> { return json_reply(body); });
  }
  /// The request arrives; the answer does not.
  void lose_once(const std::string& path, const std::string& code = "connect.timeout") {
    next[path].push_back([code](const Asked&) -> Result<OutReply> { return fail(Errc::unavailable, code); });
  }
  std::vector<Asked> at(const std::string& path) const {
    std::vector<Asked> out;
    for (const auto& a : log)
      if (a.path == path) out.push_back(a);
    return out;
  }

  std::vector<Asked> log;
  std::map<std::string, std::deque<Answer>> next;
  std::map<std::string, Answer> always;

 private:
  static std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') out += *unhex(text.substr(i + 1, 2)), i += 2;
      else out += text[i];
    }
    return out;
  }
};

constexpr auto kTokenPath = "/cgi-bin/stable_token";

}  // namespace koi::connect::wechat::lab
