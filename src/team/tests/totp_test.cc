#include "team/totp.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "team/second_factor.h"
#include "team/sessions.h"
#include "tests/support/world.h"

namespace koi::team {
namespace {

// RFC 6238 appendix B, SHA-1.
TEST(Totp, GivesTheVectorsOfTheStandard) {
  const struct {
    std::int64_t at_s;
    const char* code;
  } rows[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
              {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& row : rows) EXPECT_EQ(totp_code("12345678901234567890", row.at_s / 30, 8), row.code) << row.at_s;
}

TEST(Totp, ForgivesOneStepAndTakesNoneTwice) {
  const std::string secret = "12345678901234567890";
  const auto now = from_ms(1'700'000'010'000);
  const auto step = to_ms(now) / kTotpPeriodMs;
  for (const auto away : {-2, -1, 0, 1, 2}) {
    const auto got = match_totp(secret, totp_code(secret, step + away), now, 0);
    EXPECT_EQ(got.has_value(), away >= -1 && away <= 1) << away;
  }
  EXPECT_FALSE(match_totp(secret, totp_code(secret, step), now, step));
  EXPECT_FALSE(match_totp(secret, totp_code(secret, step - 1), now, step));
  EXPECT_TRUE(match_totp(secret, totp_code(secret, step + 1), now, step));
}

TEST(Totp, SpellsBase32AsTheStandardDoes) {
  const struct {
    const char *bytes, *text;
  } rows[] = {{"", ""},
              {"f", "MY"},
              {"fo", "MZXQ"},
              {"foo", "MZXW6"},
              {"foob", "MZXW6YQ"},
              {"fooba", "MZXW6YTB"},
              {"foobar", "MZXW6YTBOI"}};
  for (const auto& row : rows) EXPECT_EQ(base32(row.bytes), row.text);
}

std::string unbase32(std::string_view text) {
  std::string out;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : text) {
    buffer = (buffer << 5) | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    bits += 5;
    if (bits >= 8) out += static_cast<char>(buffer >> (bits -= 8));
  }
  return out;
}

TEST(SecondFactor, IsEnrolledConfirmedUsedOnceAndLost) {
  koi::testing::World w{{store::schema(), schema()}};
  const std::string key(32, 'k'), other(32, 'o');
  UserId user;
  const auto write = [&](auto fn) { return w.write(fn); };
  ASSERT_TRUE(write([&](Tx& tx) -> Result<> {
    TRY(user, create_user(tx, {.login = "mei",
                               .display_name = "Mei",
                               .role = Role::admin,
                               .reach = {},
                               .staff = {},
                               .password_hash = "x"}));
    return {};
  }));
  const auto code = [&](const Enrolment& e, int away = 0) {
    return totp_code(unbase32(e.secret), to_ms(w.clock().now()) / kTotpPeriodMs + away);
  };
  EXPECT_EQ(koi::testing::outcome(write([&](Tx& tx) { return confirm_totp(tx, user, "123456", key); })),
            "auth.totp_not_enrolled");
  EXPECT_EQ(koi::testing::outcome(write([&](Tx& tx) { return enrol_totp(tx, user, ""); })), "auth.no_secret_key");
  const auto enrolled = write([&](Tx& tx) { return enrol_totp(tx, user, key); });
  ASSERT_TRUE(enrolled.has_value());
  EXPECT_TRUE(enrolled->uri.starts_with("otpauth://totp/Koipond:mei?secret=" + enrolled->secret));
  EXPECT_EQ(koi::testing::outcome(write([&](Tx& tx) { return confirm_totp(tx, user, code(*enrolled), other); })),
            "auth.no_secret_key");
  const auto recovery = write([&](Tx& tx) { return confirm_totp(tx, user, code(*enrolled), key); });
  ASSERT_TRUE(recovery.has_value());
  ASSERT_EQ(recovery->size(), static_cast<std::size_t>(kRecoveryCodes));

  const auto take = [&](const std::string& text) {
    const auto got = write([&](Tx& tx) { return take_code(tx, user, text, key); });
    return got.has_value() && *got;
  };
  EXPECT_FALSE(take(code(*enrolled))) << "the step of the confirmation";
  EXPECT_TRUE(take(code(*enrolled, 1)));
  EXPECT_FALSE(take(code(*enrolled, 1)));
  w.clock().advance(Millis{90'000});
  EXPECT_TRUE(take(code(*enrolled)));
  EXPECT_TRUE(take(recovery->front()));
  EXPECT_FALSE(take(recovery->front()));
  EXPECT_FALSE(take("aaaa-bbbb-cccc"));
  EXPECT_TRUE(write([&](Tx& tx) { return reset_totp(tx, user); }));
  EXPECT_FALSE(take(recovery->back()));
  EXPECT_EQ(w.count("recovery_code"), 0);
}

}  // namespace
}  // namespace koi::team
