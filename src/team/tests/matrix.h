/// The authorization matrix: every route of every table, asked by nobody and by each of the eight roles.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "http/http.h"
#include "team/sessions.h"
#include "team/team.h"
#include "team/tests/client.h"
#include "tests/support/world.h"

namespace koi::team::testing {

using Tables = std::vector<std::span<const Route>>;

/// Routes without a policy line, and policy lines that no role holds.
inline std::vector<std::string> policy_gaps(const Tables& tables) {
  std::vector<std::string> gaps;
  for (const auto table : tables) {
    for (const auto& route : table) {
      const auto name = std::string(route.method) + " " + std::string(route.path);
      const bool open = (route.flags & (http::kPublic | http::kLogin)) != 0;
      if (route.permission.empty() && !open) gaps.push_back(name + " has no permission");
      if (!route.permission.empty() && find_line(route.permission) == nullptr) {
        gaps.push_back(name + " asks for " + std::string(route.permission) + ", which the policy does not know");
      }
    }
  }
  for (const auto& line : policy()) {
    if (line.roles == 0) gaps.push_back(std::string(line.permission) + " is held by nobody");
  }
  return gaps;
}

/// "/v1/people/{person}" with a well-formed id of nobody in place of each part.
inline std::string sample_path(std::string_view pattern) {
  static const std::map<std::string_view, std::string_view> kPrefixes = {
      {"member", "usr"}, {"session", "ses"}, {"unit", "org"},  {"staff", "stf"},  {"key", "key"},
      {"source", "src"}, {"person", "cus"},  {"order", "ord"}, {"account", "acc"},
      {"chart", "cht"},  {"dashboard", "dsh"}};
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      out += pattern[at];
      continue;
    }
    const auto name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    const auto prefix = kPrefixes.find(name);
    out += prefix == kPrefixes.end() ? std::string("none") : id_text(prefix->second, 4242);
    at += name.size() + 1;
  }
  return out;
}

/// A member of each role with a place to stand on; every request gets a fresh session, for some requests end it.
class MatrixCast {
 public:
  explicit MatrixCast(koi::testing::World& world) : world_(world) {
    const auto made = world_.write([&](Tx& tx) -> Result<UnitId> {
      const auto all = Scope::everything("test");
      TRY(const auto store, create_unit(tx, all, {{}, "Store", "store", "matrix"}));
      for (const auto& label : role_labels()) {
        TRY(const auto staff, create_staff(tx, all, {std::string(label.name), store, {}}));
        TRY(const auto user, create_user(tx, {.login = "matrix." + std::string(label.name),
                                              .display_name = {},
                                              .role = label.role,
                                              .reach = {},
                                              .staff = staff,
                                              .password_hash = "never used"}));
        users_.push_back(user);
      }
      return store;
    });
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().code);
  }
  Headers sign_in(Role role) {
    const auto opened = world_.write([&](Tx& tx) {
      return open_session(tx, {users_[static_cast<std::size_t>(role)], "127.0.0.1", "matrix", {}, true});
    });
    EXPECT_TRUE(opened.has_value());
    return {{"Cookie", "koipond=" + opened->token}, {"X-Koipond-Csrf", opened->csrf}, {"If-Match", "\"v0\""}};
  }

 private:
  koi::testing::World& world_;
  std::vector<UserId> users_;
};

/// Every answer that differs from the policy, as text; `asked` counts the requests. The server at `port` serves
/// `tables` over the world's store. Bodies are "{}", so what is allowed is then refused for its content at most.
inline std::vector<std::string> matrix_leaks(koi::testing::World& world, std::uint16_t port, const Tables& tables,
                                             int& asked) {
  MatrixCast cast(world);
  std::vector<std::string> leaks;
  const auto ask = [&](const Route& route, std::string_view who, const Headers& headers, std::string_view wanted) {
    const bool bare = route.method == "GET" || route.method == "DELETE";
    const auto reply = send_http(port, route.method, sample_path(route.path), headers, bare ? "" : "{}");
    ++asked;
    const std::string got = reply.status == 401                                              ? "401"
                            : reply.status == 403 && reply.field("code") == "http.forbidden" ? "403"
                            : reply.status == 0 || reply.status >= 500                       ? "broken"
                                                                                             : "in";
    if (got != wanted) {
      leaks.push_back(std::string(route.method) + " " + std::string(route.path) + " as " + std::string(who) + ": " +
                      std::to_string(reply.status) + " " + reply.field("code") + ", wanted " + std::string(wanted));
    }
  };
  for (const auto table : tables) {
    for (const auto& route : table) {
      if ((route.flags & http::kPublic) != 0) continue;  // judged by the sweep of the public set
      ask(route, "nobody", {}, "401");
      if ((route.flags & http::kWriteKey) != 0) continue;  // sessions do not open these
      for (const auto& label : role_labels()) {
        const bool may = route.permission.empty() || role_may(label.role, route.permission);
        ask(route, label.name, cast.sign_in(label.role), may ? "in" : "403");
      }
    }
  }
  return leaks;
}

}  // namespace koi::team::testing
