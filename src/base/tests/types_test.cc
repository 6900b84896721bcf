#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "base/crypto.h"
#include "base/text.h"
#include "base/types.h"

namespace koi {
namespace {

RC_GTEST_PROP(Split, AddsUpAndIsFairToTheFen, ()) {
  const Fen total{*rc::gen::inRange<std::int64_t>(-1'000'000'00, 1'000'000'00)};
  const auto weights =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, 10'000)));
  const auto parts = split(total, weights);
  const auto weight_sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    RC_ASSERT(std::abs(parts[i].v * weight_sum - total.v * weights[i]) <= weight_sum);  // within one fen
    sum += parts[i].v;
  }
  RC_ASSERT(sum == total.v);
}

TEST(Split, MatchesTheLargestRemainderVectors) {
  const struct { std::int64_t total; std::vector<std::int64_t> weights, want; } rows[] = {
      {1000, {3333, 3333, 3334}, {333, 333, 334}}, {999, {1990, 2990, 4990}, {199, 300, 500}}, {1, {1, 1, 1}, {1, 0, 0}}};
  for (const auto& row : rows) {
    std::vector<std::int64_t> got;
    for (const auto part : split(Fen{row.total}, row.weights)) got.push_back(part.v);
    EXPECT_EQ(got, row.want) << row.total;
  }
}

RC_GTEST_PROP(Ids, RoundTripAsText, (std::int64_t v)) {
  const auto text = to_text(PersonId{v});
  RC_ASSERT(text.starts_with("cus_"));
  RC_ASSERT(parse_id("cus", text) == v);
  RC_ASSERT(!parse_id("ord", text));
}

TEST(Money, ReadsWhatPeopleTypeAndSaysWhyNot) {
  const struct { const char* text; std::int64_t fen; MoneyFault fault; } rows[] = {
      {"12", 1200, MoneyFault::none}, {"12.3", 1230, MoneyFault::none}, {"1,234.50", 123450, MoneyFault::none},
      {"￥12.30", 1230, MoneyFault::none}, {"¥ 1,234,567.89", 123456789, MoneyFault::none}, {"-5", -500, MoneyFault::none},
      {"(5.00)", -500, MoneyFault::none}, {"12元", 1200, MoneyFault::none}, {"１２．５", 1250, MoneyFault::none},
      {".5", 50, MoneyFault::none}, {"5.", 500, MoneyFault::none}, {"1.2300", 123, MoneyFault::none},
      {"", 0, MoneyFault::empty}, {"  ", 0, MoneyFault::empty}, {"abc", 0, MoneyFault::not_a_number},
      {"1.2.3", 0, MoneyFault::not_a_number}, {"1,23", 0, MoneyFault::not_a_number}, {"12,34,567", 0, MoneyFault::not_a_number},
      {"1.234", 0, MoneyFault::too_precise}, {"1e5", 0, MoneyFault::not_a_number}, {".", 0, MoneyFault::not_a_number},
      {"999999999999999999", 0, MoneyFault::out_of_range}};
  for (const auto& row : rows) {
    MoneyFault fault{};
    const auto got = parse_money(row.text, fault);
    EXPECT_EQ(fault, row.fault) << row.text;
    if (fault == MoneyFault::none) { EXPECT_EQ(got.v, row.fen) << row.text; }
  }
}

TEST(Instants, ReadRfc3339AndRefuseDaysThatNeverWere) {
  const struct { const char* text; std::int64_t ms; } good[] = {
      {"1970-01-01T00:00:00Z", 0}, {"2026-11-22T02:47:19.123Z", 1795315639123}, {"2026-11-22T10:47:19.123+08:00", 1795315639123},
      {"2024-02-29T00:00:00.5-00:30", 1709166600500}, {"2026-11-22 02:47:19z", 1795315639000}};
  for (const auto& row : good) {
    const auto got = parse_rfc3339(row.text);
    ASSERT_TRUE(got) << row.text;
    EXPECT_EQ(to_ms(*got), row.ms) << row.text;
  }
  for (const char* bad : {"1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                          "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+25:00", "2026-01-01T00:00:00.Z", ""})
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  EXPECT_EQ(to_rfc3339(from_ms(1795315639123)), "2026-11-22T02:47:19.123Z");
}

TEST(Zones, KnowLocalDaysAndClockChanges) {
  const auto shanghai = Zone::find("Asia/Shanghai");
  ASSERT_TRUE(shanghai);
  EXPECT_EQ(day_text(shanghai->day_of(*parse_rfc3339("2026-11-21T16:00:00Z"))), "2026-11-22");
  EXPECT_EQ(day_text(shanghai->day_of(*parse_rfc3339("2026-11-21T15:59:59.999Z"))), "2026-11-21");
  EXPECT_EQ(to_rfc3339(shanghai->start_of(*parse_day("2026-11-22"))), "2026-11-21T16:00:00.000Z");
  const auto berlin = Zone::find("Europe/Berlin");
  const auto skipped = std::chrono::local_time<Millis>{parse_day("2026-03-29")->time_since_epoch()} + std::chrono::minutes(150);
  EXPECT_EQ(to_rfc3339(berlin->at(skipped)), "2026-03-29T01:00:00.000Z");  // 02:30 never was: the next valid instant
  EXPECT_FALSE(Zone::find("Mars/Olympus"));
}

TEST(Text, ChecksUtf8AndFoldsWidth) {
  EXPECT_TRUE(valid_utf8("锦鲤池 🐟"));
  for (const char* bad : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE9\x94", "a\x80"}) EXPECT_FALSE(valid_utf8(bad));
  EXPECT_EQ(fold("　ＡＢＣ１２３　"), "abc123");
  EXPECT_EQ(trim(" \t 鱼 \xE3\x80\x80"), "鱼");
  EXPECT_EQ(count_chars("锦鲤a"), 3U);
  EXPECT_EQ(take_chars("锦鲤池", 2), "锦鲤");
  EXPECT_EQ(nearest("quantiy", {"amount", "quantity", "unit_price"}), "quantity");
  EXPECT_EQ(nearest("zzzzzz", {"amount", "quantity"}), "");
}

RC_GTEST_PROP(Encodings, RoundTrip, (const std::string& bytes)) {
  RC_ASSERT(unhex(hex(bytes)) == bytes);
  RC_ASSERT(unbase64(base64(bytes)) == bytes);
  RC_ASSERT(unbase64(base64url(bytes)) == bytes);
}

TEST(Crypto, MatchesPublishedVectorsAndDetectsTampering) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),  // RFC 4231, case 2
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  std::string key;
  for (int i = 0; i < 16; ++i) key += static_cast<char>(i);
  EXPECT_EQ(siphash(key, ""), 0x726fdb47dd0e0e31ULL);  // the SipHash paper's reference key
  const auto box_key = random_bytes(32);
  auto box = seal(box_key, "张三");
  EXPECT_EQ(unseal(box_key, box), "张三");
  box.back() = static_cast<char>(box.back() ^ 1);
  EXPECT_FALSE(unseal(box_key, box));
}

}  // namespace
}  // namespace koi
