#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "people/attributes.h"

namespace koi::people {

namespace {

constexpr std::size_t kTextMax = 2000, kItemsMax = 100;
constexpr double kNumberMax = 9e12;  // times a million it still is a whole number

using Made = Result<Canonical>;
std::unexpected<Error> wrong(const AttributeDef& def, std::string_view why) {
  return fail(Errc::invalid, "people.attribute_type", def.type + ": " + std::string(why), "/" + def.key);
}

Made text_value(const AttributeDef& def, std::string_view raw) {
  if (count_chars(raw) > kTextMax) return wrong(def, "longer than 2000 characters");
  return Canonical{std::string(raw), {}};
}

Made number_value(const AttributeDef& def, std::string_view raw) {
  auto folded = fold(raw);
  std::erase(folded, ',');
  const auto number = parse_double(folded);
  if (!number || !std::isfinite(*number)) return wrong(def, "not a number");
  if (std::abs(*number) > kNumberMax) return wrong(def, "out of range");
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), *number, std::chars_format::fixed).ptr;
  return Canonical{std::string(text.data(), end), std::llround(*number * 1e6)};
}

Made money_value(const AttributeDef& def, std::string_view raw) {
  MoneyFault fault{};
  const auto amount = parse_money(fold(raw), fault);
  switch (fault) {
    case MoneyFault::none: return Canonical{std::to_string(amount.v), amount.v};
    case MoneyFault::too_precise: return wrong(def, "more than two decimals");
    case MoneyFault::out_of_range: return wrong(def, "out of range");
    default: return wrong(def, "not an amount of money");
  }
}

std::string padded(std::string_view part, std::size_t width) {
  return std::string(width - std::min(width, part.size()), '0') + std::string(part);
}

/// 2024-1-5, 2024/01/05, 2024.1.5, 2024年1月5日, 20240105, and an RFC 3339 instant's own day.
std::optional<LocalDay> read_day(std::string text) {
  for (const std::string_view mark : {"年", "月"})
    if (const auto at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), "-");
  if (text.ends_with("日")) text.resize(text.size() - std::string_view("日").size());
  std::ranges::replace(text, '/', '-');
  std::ranges::replace(text, '.', '-');
  if (const auto time = text.find_first_of("t "); time != std::string::npos && time >= 8) text.resize(time);
  if (text.size() == 8 && parse_int(text)) text = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6);
  const auto parts = split_text(text, '-');
  if (parts.size() != 3 || parts[0].size() != 4 || parts[1].size() > 2 || parts[2].size() > 2) return {};
  return parse_day(std::string(parts[0]) + "-" + padded(parts[1], 2) + "-" + padded(parts[2], 2));
}

Made date_value(const AttributeDef& def, std::string_view raw) {
  const auto day = read_day(fold(raw));
  if (!day) return wrong(def, "no such date");
  return Canonical{day_text(*day), day->time_since_epoch().count()};
}

/// Words people write for a gender in files and platforms (WeChat: 1 male, 2 female, 0 unknown).
std::string_view gender_word(std::string_view text) {
  struct Word { std::string_view said, meant; };
  constexpr Word kWords[] = {{"男", "male"}, {"先生", "male"}, {"m", "male"}, {"1", "male"}, {"女", "female"},
                             {"女士", "female"}, {"f", "female"}, {"2", "female"}, {"未知", "unknown"}, {"0", "unknown"}};
  for (const auto& word : kWords)
    if (word.said == text) return word.meant;
  return text;
}

Made enum_value(const AttributeDef& def, std::string_view raw) {
  auto said = fold(raw);
  if (def.id == kGender) said = gender_word(said);
  for (const auto& option : def.options)
    if (fold(option) == said) return Canonical{option, {}};
  return wrong(def, "not one of the options: " + std::string(take_chars(raw, 40)));
}

Result<std::vector<std::string>> items_of(const AttributeDef& def, std::string_view raw) {
  std::vector<std::string> out;
  boost::system::error_code failed;
  if (raw.starts_with('[')) {
    const auto json = boost::json::parse(raw, failed);
    if (failed || !json.is_array()) return wrong(def, "not a list");
    for (const auto& item : json.get_array()) {
      if (!item.is_string()) return wrong(def, "a list of texts");
      out.emplace_back(trim(std::string_view(item.get_string())));
    }
  } else {
    std::string text(raw);
    for (const std::string_view mark : {"、", "\xEF\xBC\x8C", "\xEF\xBC\x9B", ";", "|"})  // wide comma, wide semicolon
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) text.replace(at, mark.size(), ",");
    for (const auto part : split_text(text, ',')) out.emplace_back(trim(part));
  }
  std::erase(out, "");
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  return out;
}

Made multi_value(const AttributeDef& def, std::string_view raw) {
  TRY(const auto items, items_of(def, raw));
  if (items.size() > kItemsMax) return wrong(def, "more than 100 values");
  boost::json::array list;
  for (const auto& item : items) {
    if (!def.options.empty() && std::ranges::find(def.options, item) == def.options.end())
      return wrong(def, "not one of the options: " + item);
    list.emplace_back(item);
  }
  return Canonical{boost::json::serialize(list), {}};
}

}  // namespace

std::optional<std::int64_t> number_of(const AttributeDef& def, std::string_view canonical) {
  if (def.type == "money") return parse_int(canonical);
  if (def.type == "number")
    if (const auto number = parse_double(canonical)) return std::llround(*number * 1e6);
  if (def.type == "date")
    if (const auto day = parse_day(canonical)) return day->time_since_epoch().count();
  return {};
}

Result<Canonical> canonical_value(const AttributeDef& def, std::string_view raw) {
  if (!valid_utf8(raw)) return wrong(def, "not UTF-8");
  const auto text = trim(raw);
  if (text.empty()) return Canonical{};
  if (def.type == "number") return number_value(def, text);
  if (def.type == "money") return money_value(def, text);
  if (def.type == "date") return date_value(def, text);
  if (def.type == "enum") return enum_value(def, text);
  if (def.type == "multi") return multi_value(def, text);
  return text_value(def, text);
}

}  // namespace koi::people
