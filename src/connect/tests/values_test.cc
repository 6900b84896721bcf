#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "connect/files/mapping.h"
#include "connect/files/values.h"

namespace koi::connect::files {
namespace {

TEST(ReadMoney, TakesWhatPeopleWriteAndRefusesTheRest) {
  const struct { const char* text; std::int64_t fen; Fault fault; } rows[] = {
      {"12", 1200, Fault::none}, {"12.3", 1230, Fault::none}, {"12.30", 1230, Fault::none}, {"0.01", 1, Fault::none},
      {"1,234.5", 123450, Fault::none}, {"1,234,567.89", 123456789, Fault::none}, {"\xEF\xBF\xA5" "12", 1200, Fault::none},
      {"\xC2\xA5 12.30", 1230, Fault::none}, {"12元", 1200, Fault::none}, {"-5", -500, Fault::none}, {"(5.00)", -500, Fault::none},
      {"-\xC2\xA5" "5", -500, Fault::none}, {"\xC2\xA5-5", -500, Fault::none}, {"１２．５", 1250, Fault::none}, {".5", 50, Fault::none},
      {" 7 ", 700, Fault::none}, {"12.000", 1200, Fault::none}, {"USD 3", 300, Fault::none},
      {"", 0, Fault::missing}, {"abc", 0, Fault::money_unreadable}, {"1,23", 0, Fault::money_unreadable},
      {"12,34.5", 0, Fault::money_unreadable}, {"1.2.3", 0, Fault::money_unreadable}, {"1.005", 0, Fault::money_too_precise},
      {"=1+1", 0, Fault::money_unreadable}, {"1e5", 0, Fault::money_unreadable}, {"--5", 0, Fault::money_unreadable},
      {"99999999999999999999", 0, Fault::money_out_of_range}, {"NaN", 0, Fault::money_unreadable},
  };
  for (const auto& r : rows) {
    Fen got;
    EXPECT_EQ(read_money(r.text, got), r.fault) << r.text;
    EXPECT_EQ(got.v, r.fen) << r.text;
  }
}

RC_GTEST_PROP(ReadMoneyProperty, RoundTripsEveryFen, ()) {
  const auto fen = *rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000);
  const auto abs = fen < 0 ? -fen : fen;
  const auto cents = std::to_string(abs % 100);
  const auto text = std::string(fen < 0 ? "-" : "") + std::to_string(abs / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
  Fen got;
  RC_ASSERT(read_money(text, got) == Fault::none);
  RC_ASSERT(got.v == fen);
}

TEST(ReadPhone, RefusesScientificNotationWithAdvice) {
  const struct { const char *text, *want; Fault fault; } rows[] = {
      {"13812345678", "13812345678", Fault::none}, {"138 1234 5678", "13812345678", Fault::none},
      {"+86 138-1234-5678", "+8613812345678", Fault::none}, {"008613812345678", "+8613812345678", Fault::none},
      {"13812345678.0", "13812345678", Fault::none}, {"'13812345678", "13812345678", Fault::none},
      {"１３８１２３４５６７８", "13812345678", Fault::none}, {"(021) 5555-1234", "02155551234", Fault::none},
      {"1.38E+10", "", Fault::phone_scientific}, {"1.3812345678e10", "", Fault::phone_scientific},
      {"12345", "", Fault::phone_unreadable}, {"abc", "", Fault::phone_unreadable}, {"", "", Fault::missing},
      {"1234567890123456", "", Fault::phone_unreadable}, {"1380013", "", Fault::phone_unreadable},
      {"1381234567", "", Fault::phone_unreadable}, {"55551234", "", Fault::phone_unreadable},
      {"13800138000", "13800138000", Fault::none}, {"+44 7911 123456", "+447911123456", Fault::none},
  };
  for (const auto& r : rows) {
    std::string got;
    EXPECT_EQ(read_phone(r.text, got), r.fault) << r.text;
    EXPECT_EQ(got, r.want) << r.text;
  }
  EXPECT_NE(fault_text(Fault::phone_scientific).en.find("format the column as text"), std::string_view::npos);
}

TEST(ReadWhen, KnowsManySpellingsAndNoImpossibleDay) {
  const struct { const char *text, *want; Fault fault; } rows[] = {
      {"2026-11-22", "2026-11-22T00:00:00.000Z", Fault::none}, {"2026/1/2", "2026-01-02T00:00:00.000Z", Fault::none},
      {"2026.01.02 8:30", "2026-01-02T08:30:00.000Z", Fault::none}, {"20260102", "2026-01-02T00:00:00.000Z", Fault::none},
      {"20260102083015", "2026-01-02T08:30:15.000Z", Fault::none}, {"2026年1月2日", "2026-01-02T00:00:00.000Z", Fault::none},
      {"2026年1月2日 8时30分", "2026-01-02T08:30:00.000Z", Fault::none}, {"2026-01-02 下午 3:05", "2026-01-02T15:05:00.000Z", Fault::none},
      {"1/2/2026", "2026-01-02T00:00:00.000Z", Fault::none}, {"1/2/2026 3:05 PM", "2026-01-02T15:05:00.000Z", Fault::none},
      {"12/1/2010 8:26", "2010-12-01T08:26:00.000Z", Fault::none}, {"2-Jan-2026", "2026-01-02T00:00:00.000Z", Fault::none},
      {"Jan 2, 2026", "2026-01-02T00:00:00.000Z", Fault::none}, {"2026-01-02T08:30:00Z", "2026-01-02T08:30:00.000Z", Fault::none},
      {"2026-01-02T08:30:00.123+08:00", "2026-01-02T00:30:00.123Z", Fault::none}, {"1/2/99", "1999-01-02T00:00:00.000Z", Fault::none},
      {"1767342600", "2026-01-02T08:30:00.000Z", Fault::none}, {"1767342600123", "2026-01-02T08:30:00.123Z", Fault::none},
      {"4500450055", "", Fault::date_out_of_range}, {"9999999999999", "", Fault::date_out_of_range},
      {"40513.351388888892", "2010-12-01T08:26:00.000Z", Fault::none}, {"59", "1900-02-28T00:00:00.000Z", Fault::none},
      {"61", "1900-03-01T00:00:00.000Z", Fault::none}, {"2024-02-29", "2024-02-29T00:00:00.000Z", Fault::none},
      {"1900-02-29", "", Fault::date_impossible}, {"60", "", Fault::date_impossible}, {"2026-02-30", "", Fault::date_impossible},
      {"2026-13-01", "", Fault::date_impossible}, {"2026-01-02 24:00", "", Fault::date_impossible},
      {"2026-01-02 08:61", "", Fault::date_impossible}, {"1899-12-31", "", Fault::date_out_of_range},
      {"2101-01-01", "", Fault::date_out_of_range}, {"yesterday", "", Fault::date_unreadable}, {"", "", Fault::missing},
      {"2026-01-02 foo", "", Fault::date_unreadable}, {"2026-1", "", Fault::date_unreadable}, {"1e308", "", Fault::date_unreadable},
  };
  WhenReader when(Zone::utc(), DayOrder::month_first);
  for (const auto& r : rows) {
    Instant got{};
    EXPECT_EQ(when.read(r.text, got), r.fault) << r.text;
    if (r.fault == Fault::none) { EXPECT_EQ(to_rfc3339(got), r.want) << r.text; }
  }
  EXPECT_EQ(guess_day_order({"1/2/2026", "13/2/2026"}), DayOrder::day_first);
  EXPECT_EQ(guess_day_order({"1/2/2026", "2/13/2026"}), DayOrder::month_first);
}

TEST(ReadWhen, UsesTheMerchantsZoneAcrossClockChanges) {
  WhenReader shanghai(*Zone::find("Asia/Shanghai"), DayOrder::month_first);
  Instant got{};
  EXPECT_EQ(shanghai.read("2026-11-22 08:00", got), Fault::none);
  EXPECT_EQ(to_rfc3339(got), "2026-11-22T00:00:00.000Z");
  WhenReader berlin(*Zone::find("Europe/Berlin"), DayOrder::day_first);
  EXPECT_EQ(berlin.read("29.03.2026 12:00", got), Fault::none);
  EXPECT_EQ(to_rfc3339(got), "2026-03-29T10:00:00.000Z");  // summer time began that night
  EXPECT_EQ(berlin.read("28.03.2026 12:00", got), Fault::none);
  EXPECT_EQ(to_rfc3339(got), "2026-03-28T11:00:00.000Z");
}

std::string map_text(const std::vector<MapItem>& map) {
  std::string out;
  for (const auto& m : map) out += (out.empty() ? "" : ",") + m.field + "=" + m.column;
  return out;
}

TEST(GuessMap, ReadsChineseAndEnglishHeadersAndSamples) {
  const std::vector<std::string> retail{"invoice_no", "stock_code", "description", "quantity", "invoice_time", "unit_price", "customer_id", "country"};
  EXPECT_EQ(map_text(guess_map(Subject::orders, retail, {})),
            "order_no=invoice_no,sku=stock_code,title=description,quantity=quantity,at=invoice_time,unit_price=unit_price,person=customer_id");
  const std::vector<std::string> zh{"订单编号", "下单时间", "手机号码", "商品名称", "数量", "实付金额(元)", "门店", "导购"};
  EXPECT_EQ(map_text(guess_map(Subject::orders, zh, {})),
            "order_no=订单编号,at=下单时间,phone=手机号码,title=商品名称,quantity=数量,amount=实付金额(元),store=门店,staff=导购");
  const std::vector<std::string> people{"姓名", "列B", "会员号", "职业"};
  const std::vector<std::vector<std::string>> samples{{"张三", "13812345678", "M1", "教师"}, {"李四", "13912345678", "M2", "医生"}};
  EXPECT_EQ(map_text(guess_map(Subject::customers, people, samples)), "name=姓名,phone=列B,member_no=会员号,职业=职业");
}

TEST(BindMap, NamesWhatIsWrong) {
  const std::vector<std::string> header{"customer_id", "date", "amount, net"};
  const auto code = [&](const char* text) {
    const auto map = parse_map(text);
    if (!map) return map.error().code;
    const auto bound = bind_map(Subject::orders, *map, header);
    return bound ? std::string("ok") : bound.error().code;
  };
  EXPECT_EQ(code("person=customer_id,at=date,amount=amount\\, net"), "ok");
  EXPECT_EQ(code("person=#1,at=#2,amount=#3"), "ok");
  EXPECT_EQ(code("person=customer_id,at=dates,amount=#3"), "connect.no_such_column");
  EXPECT_EQ(code("persons=customer_id,at=date,amount=#3"), "connect.unknown_field");
  EXPECT_EQ(code("at=date,at=customer_id,amount=#3"), "connect.field_twice");
  EXPECT_EQ(code("person=customer_id,amount=#3"), "connect.field_missing");
  EXPECT_EQ(code("person=customer_id,at=date"), "connect.field_missing");
  EXPECT_EQ(code("person"), "connect.bad_map");
}

}  // namespace
}  // namespace koi::connect::files
