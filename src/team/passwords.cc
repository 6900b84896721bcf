#include "team/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "team/team.h"

namespace koi::team {
namespace {

constexpr std::size_t kCharsMin = 12, kCharsMax = 128;
constexpr std::size_t kOwnWordMin = 4;      // shorter words are inside too many honest passwords
constexpr std::size_t kLettersLeftMin = 4;  // what must remain beside common words
constexpr std::size_t kDifferentMin = 5;
constexpr unsigned long long kTimeCost = 2;
constexpr std::size_t kMemoryCost = std::size_t{19} << 20;

// Longer words first where one starts with another: they are taken out in this order.
constexpr std::string_view kCommonWords[] = {
    "passwords", "password", "passw",         "qwertyuiop", "qwerty",  "asdfghjkl", "asdfgh",   "zxcvbnm", "zxcvbn",
    "qazwsxedc", "qazwsx",   "administrator", "admin",      "welcome", "letmein",   "iloveyou", "woaini",  "monkey",
    "dragon",    "football", "baseball",      "superman",   "batman",  "sunshine",  "princess", "trustno", "master",
    "shadow",    "michael",  "changeme",      "secret",     "default", "guest",     "test",     "root",    "login",
    "abcdefgh",  "abcdef",   "abcd",          "abc",        "hello",   "wecom",     "weixin",   "wechat",  "nihao",
    "zhongguo",  "beijing",  "shanghai",      "caonima",    "aini",    "user",      "hunter",   "mima"};
constexpr std::string_view kBrandWords[] = {"koipond", "锦鲤池"};

/// The letter a digit or sign stands for in "P@ssw0rd".
char plain_letter(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
      return 'i';
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
      return 't';
    default:
      return c;
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80u) != 0; }

/// Takes every `word` out of text; whether there was one.
bool take_out(std::string& text, std::string_view word) {
  bool found = false;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) {
    text.erase(at, word.size());
    found = true;
  }
  return found;
}

/// Whether little is left once common words, digits and signs are gone.
bool common(std::string_view folded, char (*read_as)(char)) {
  std::string text;
  for (const char c : folded) text += read_as(c);
  bool found = false;
  for (const auto word : kCommonWords) found = take_out(text, word) || found;
  return found && static_cast<std::size_t>(std::ranges::count_if(text, is_letter)) < kLettersLeftMin;
}

/// "abcdefghijkl", "987654321098", "aaaaaaaaaaaa", "abc1abc1abc1", or digits only.
bool monotonous(std::string_view s) {
  if (std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; })) return true;
  std::array<bool, 256> seen{};
  for (const char c : s) seen[static_cast<unsigned char>(c)] = true;
  if (static_cast<std::size_t>(std::ranges::count(seen, true)) < kDifferentMin) return true;
  const auto steps_by = [&](int step) {
    for (std::size_t i = 1; i < s.size(); ++i) {
      if (s[i] - s[i - 1] != step) return false;
    }
    return true;
  };
  if (steps_by(1) || steps_by(-1)) return true;
  for (std::size_t period = 1; period <= 6; ++period) {
    if (s.substr(period) == s.substr(0, s.size() - period)) return true;
  }
  return false;
}

bool holds(std::string_view folded, std::string_view word) {
  return count_chars(word) >= (word.size() == count_chars(word) ? kOwnWordMin : 2) && folded.contains(word);
}

}  // namespace

Result<> check_password(std::string_view password, std::span<const std::string> own) {
  if (!valid_utf8(password)) return fail(Errc::invalid, "team.password_common", {}, "/password");
  const auto chars = count_chars(password);
  if (chars < kCharsMin) return fail(Errc::invalid, "team.password_short", {}, "/password");
  if (chars > kCharsMax) return fail(Errc::invalid, "team.password_long", {}, "/password");
  const auto folded = fold(password);
  const auto as_is = [](char c) { return c; };
  if (monotonous(folded) || common(folded, as_is) || common(folded, plain_letter)) {
    return fail(Errc::invalid, "team.password_common", {}, "/password");
  }
  const auto built_from = [&](std::string_view word) { return holds(folded, word); };
  if (std::ranges::any_of(kBrandWords, built_from)) return fail(Errc::invalid, "team.password_own", {}, "/password");
  for (const auto& word : own) {
    if (built_from(fold(word))) return fail(Errc::invalid, "team.password_own", {}, "/password");
  }
  return {};
}

std::string hash_password(std::string_view password) {
  CHECK(sodium_init() >= 0);
  std::array<char, crypto_pwhash_STRBYTES> out{};
  CHECK(crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(), kTimeCost, kMemoryCost) == 0);
  return out.data();
}

bool verify_password(const std::string& hash, std::string_view password) {
  CHECK(sodium_init() >= 0);
  return crypto_pwhash_argon2id_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

const std::string& dummy_hash() {
  static const std::string kHash = hash_password("nobody signs in with this");
  return kHash;
}

HashPool::Place::~Place() {
  if (pool_ != nullptr) pool_->give_back();
}

void HashPool::Place::run(Job job) && {
  auto* pool = std::exchange(pool_, nullptr);
  {
    std::lock_guard lock(pool->mutex_);
    pool->jobs_.push_back(std::move(job));
  }
  pool->wake_.notify_one();
}

HashPool::HashPool() {
  for (int i = 0; i < kWorkers; ++i) threads_.emplace_back([this] { work(); });
}

HashPool::~HashPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Result<HashPool::Place> HashPool::take() {
  std::lock_guard lock(mutex_);
  if (taken_ >= kPlaces || stopping_) return fail(Errc::throttled, "auth.busy");
  ++taken_;
  return Place(*this);
}

void HashPool::give_back() {
  std::lock_guard lock(mutex_);
  --taken_;
}

void HashPool::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
    job = nullptr;
    give_back();
  }
}

}  // namespace koi::team
