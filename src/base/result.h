/// Expected failure as a value: a kind (what sort of refusal) and a stable code (which one).
/// Codes are frozen once released, spelt "<room>.<reason>", and translated by the web and the CLI.
#pragma once
#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi {

/// The sort of failure; one table in http/ maps it to a status, one in app/ to an exit code.
enum class Errc : std::uint8_t {
  invalid,          // 422 the input is understood and wrong
  malformed,        // 400 the input cannot be read
  unauthenticated,  // 401
  forbidden,        // 403
  not_found,        // 404
  conflict,         // 409 state or repeat-key conflict
  precondition,     // 412 If-Match does not hold
  too_large,        // 413
  unsupported,      // 415
  exhausted,        // 409 a scarce thing ran out
  throttled,        // 429
  unavailable,      // 503 try again later
  internal          // 500 never carries detail to the outside
};

/// A sentence in both languages; base/say.h makes one with values in it.
struct Said { std::string en, zh; };

/// One refusal. `detail` is for people: a value as it is, or a sentence in English (the log's language), and then
/// `detail_zh` says the same in Chinese. `pointer` is a JSON pointer or "line:column".
struct Error {
  Errc kind = Errc::internal;
  std::string code;
  std::string detail;
  std::string pointer;
  std::vector<std::pair<std::string, std::string>> params;  // named values, for programs
  std::string detail_zh = {};
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc kind, std::string_view code, std::string detail = {},
                                   std::string pointer = {}) {
  return std::unexpected(Error{kind, std::string(code), std::move(detail), std::move(pointer), {}});
}
/// With a sentence as its detail.
template <std::same_as<Said> S>
std::unexpected<Error> fail(Errc kind, std::string_view code, S detail, std::string pointer = {}) {
  return std::unexpected(Error{kind, std::string(code), std::move(detail.en), std::move(pointer), {}, std::move(detail.zh)});
}
/// What a reader of `language` ("zh-CN", "en") is shown of anything that holds `detail` and `detail_zh`.
template <class T>
const std::string& detail_in(const T& of, std::string_view language) {
  return language == "en" || of.detail_zh.empty() ? of.detail : of.detail_zh;
}

/// Ends the process with a message. Used by CHECK; a restart recovers, a wrong balance does not.
[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace koi

/// A broken invariant, on in release builds too.
#define CHECK(expression) \
  (static_cast<bool>(expression) ? void(0) : ::koi::check_failed(#expression, __FILE__, __LINE__))

#define KOI_CAT2(a, b) a##b
#define KOI_CAT(a, b) KOI_CAT2(a, b)
#define KOI_TRY_DO(tmp, expr) \
  if (auto tmp = (expr); !tmp) return std::unexpected(std::move(tmp).error())
#define KOI_TRY_GET(tmp, decl, expr)                              \
  auto tmp = (expr);                                              \
  if (!tmp) return std::unexpected(std::move(tmp).error());       \
  decl = std::move(*tmp)
#define KOI_TRY_PICK(_1, _2, NAME, ...) NAME
#define KOI_TRY_1(expr) KOI_TRY_DO(KOI_CAT(koi_try_, __COUNTER__), expr)
#define KOI_TRY_2(decl, expr) KOI_TRY_GET(KOI_CAT(koi_try_, __COUNTER__), decl, expr)
/// TRY(expr) passes a failure up; TRY(auto x, expr) also names the value.
#define TRY(...) KOI_TRY_PICK(__VA_ARGS__, KOI_TRY_2, KOI_TRY_1, )(__VA_ARGS__)
