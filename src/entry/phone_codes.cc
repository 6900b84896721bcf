#include "entry/phone_codes.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "entry/texter.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO entry_phone_code (visitor, phone, code, sent_at, tries, proved_at) VALUES ($1, $2, $3, $4, 0, NULL) ON CONFLICT (visitor, phone) DO UPDATE SET "
    "code = excluded.code, sent_at = excluded.sent_at, tries = 0, proved_at = NULL WHERE entry_phone_code.sent_at <= $5";
constexpr std::string_view kSpend =
    "INSERT INTO entry_phone_day (who, day, n) VALUES ($1, $2, 1) ON CONFLICT (who, day) DO UPDATE SET n = entry_phone_day.n + 1 WHERE entry_phone_day.n < $3";
constexpr std::string_view kTry = "UPDATE entry_phone_code SET tries = tries + 1 WHERE visitor = $1 AND phone = $2 AND tries < $3 AND sent_at > $4";
constexpr std::string_view kProve = "UPDATE entry_phone_code SET proved_at = $4, code = '' WHERE visitor = $1 AND phone = $2 AND code = $3";
constexpr std::string_view kProved = "SELECT COUNT(*) FROM entry_phone_code WHERE visitor = $1 AND phone = $2 AND proved_at > $3";
constexpr std::string_view kSweepCodes =
    "DELETE FROM entry_phone_code WHERE (visitor, phone) IN (SELECT visitor, phone FROM entry_phone_code WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)";
constexpr std::string_view kSweepDays = "DELETE FROM entry_phone_day WHERE (who, day) IN (SELECT who, day FROM entry_phone_day WHERE day < $1 ORDER BY day LIMIT $2)";

constexpr auto kWait = std::chrono::minutes(1), kGood = std::chrono::minutes(10), kProvedFor = std::chrono::minutes(60);
constexpr std::int64_t kDaysKept = 2;
constexpr std::string_view kMainland = "+86";

Texter& known() {
  static Texter one;
  return one;
}

std::int64_t day_of(Instant at) { return to_ms(at) / 86'400'000; }
Result<std::string> print_of(Tx& tx, std::string_view phone) { return people::blind(tx, "phone_code", phone); }
Result<std::string> print_of(Tx& tx, std::string_view visitor, std::string_view phone, std::string_view code) {
  return people::blind(tx, "phone_code", fmt::format("{}\n{}\n{}", visitor, phone, code));
}

Result<> spend(Tx& tx, const std::string& who, int most) {
  TRY(const auto taken, tx.exec(kSpend, who, day_of(tx.now()), most));
  if (taken != 0) return {};
  return fail(Errc::exhausted, "entry.phone_code_limit");
}

/// From the system's own source: nobody may guess the next one. The bias of the remainder is below a millionth.
std::string six_digits() {
  std::uint64_t number = 0;
  for (const char byte : random_bytes(8)) number = number << 8 | static_cast<unsigned char>(byte);
  return fmt::format("{:06}", number % 1'000'000);
}

std::string words(std::string_view code, std::string_view language) {
  return language == "en" ? fmt::format("Your code is {}. It is good for 10 minutes; please keep it to yourself.", code)
                          : fmt::format("您的验证码是 {}，10 分钟内有效，请勿告诉他人。", code);
}

}  // namespace

bool know_texter(Texter given) {
  known() = given;
  return true;
}
const Texter& texter() { return known(); }
Result<bool> can_text(Tx& tx) { return known().ready == nullptr || known().send == nullptr ? Result<bool>(false) : known().ready(tx); }

Result<> send_phone_code(Tx& tx, std::string_view visitor, std::string_view phone, std::string_view language) {
  TRY(const bool can, can_text(tx));
  if (!can) return fail(Errc::unavailable, "entry.no_texter");
  const auto code = six_digits();
  TRY(const auto number, print_of(tx, phone));
  TRY(const auto print, print_of(tx, visitor, phone, code));
  TRY(const auto fresh, tx.exec(kPut, visitor, number, print, tx.now(), tx.now() - kWait));
  if (fresh == 0) return fail(Errc::throttled, "entry.phone_code_wait");
  TRY(spend(tx, "all", kPhoneCodesOfMerchant));
  TRY(spend(tx, "v:" + std::string(visitor), kPhoneCodesOfVisitor));
  TRY(spend(tx, "p:" + number, kPhoneCodesOfPhone));
  return known().send(tx, {phone.starts_with('+') ? std::string(phone) : std::string(kMainland) + std::string(phone), words(code, language), "form_code"});
}

Result<bool> prove_phone(Tx& tx, std::string_view visitor, std::string_view phone, std::string_view code) {
  TRY(const auto number, print_of(tx, phone));
  TRY(const auto tried, tx.exec(kTry, visitor, number, kPhoneCodeTries, tx.now() - kGood));
  if (tried == 0) return false;
  TRY(const auto print, print_of(tx, visitor, phone, trim(code)));
  TRY(const auto proved, tx.exec(kProve, visitor, number, print, tx.now()));
  return proved != 0;
}

Result<bool> phone_proved(Tx& tx, std::string_view visitor, std::string_view phone) {
  TRY(const auto number, print_of(tx, phone));
  TRY(const auto proved, tx.one<std::int64_t>(kProved, visitor, number, tx.now() - kProvedFor));
  return proved != 0;
}

Result<std::int64_t> sweep_phone_codes(Tx& tx, int limit) {
  TRY(const auto codes, tx.exec(kSweepCodes, tx.now() - std::chrono::days(kDaysKept), limit));
  TRY(const auto days, tx.exec(kSweepDays, day_of(tx.now()) - kDaysKept, limit));
  return codes + days;
}

}  // namespace koi::entry
