// Cells as money, numbers, phones, e-mails, days and instants.
#include "base/result.h"
#include "connect/files/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace files = koi::connect::files;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::int64_t number = 0;
  koi::Fen money;
  if (files::read_money(text, money) == files::Fault::none) {
    std::int64_t micros = 0;
    CHECK(files::read_decimal(text, micros) == files::Fault::none && micros == money.v * 10'000);
  }
  (void)files::read_quantity(text, number);
  std::string out;
  (void)files::read_phone(text, out);
  (void)files::read_email(text, out);
  for (const auto order : {files::DayOrder::month_first, files::DayOrder::day_first}) {
    files::WhenReader reader(*koi::Zone::find("Asia/Shanghai"), order);
    koi::Instant at;
    (void)reader.read(text, at);
    std::string day;
    if (reader.read_day(text, day) == files::Fault::none) CHECK(day.size() == 10);
  }
  return 0;
}
