/// Numbers with a meaning: ids, money, instants, days.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace koi {

/// A 64-bit, time-ordered id. A tag is `struct FooTag { static constexpr std::string_view prefix = "foo"; };`
/// on the wire an id is the text "foo_0123456789abc" (prefix + 13 digits of Crockford base 32).
template <class Tag>
struct Id {
  using tag = Tag;
  std::int64_t v = 0;
  friend auto operator<=>(const Id&, const Id&) = default;
  explicit operator bool() const { return v != 0; }
};

std::string id_text(std::string_view prefix, std::int64_t v);
/// The number in "prefix_…"; nothing when the prefix or a digit is wrong.
std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text);

template <class Tag>
std::string to_text(Id<Tag> id) { return id_text(Tag::prefix, id.v); }

struct PersonTag { static constexpr std::string_view prefix = "cus"; };
using PersonId = Id<PersonTag>;
struct StaffTag { static constexpr std::string_view prefix = "stf"; };
using StaffId = Id<StaffTag>;
struct UnitTag { static constexpr std::string_view prefix = "org"; };
using UnitId = Id<UnitTag>;

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC, stored as BIGINT ms
using Millis = std::chrono::milliseconds;
using LocalDay = std::chrono::local_days;  // a date on a wall calendar

inline Instant from_ms(std::int64_t ms) { return Instant{Millis{ms}}; }
inline std::int64_t to_ms(Instant t) { return t.time_since_epoch().count(); }

/// Money in fen, 1/100 CNY (minor units of the merchant's currency): whole numbers from the form to the ledger.
struct Fen {
  std::int64_t v = 0;
  friend auto operator<=>(const Fen&, const Fen&) = default;
};
struct Bps {  // basis points, 10000 is all of it
  std::int64_t v = 0;
  friend auto operator<=>(const Bps&, const Bps&) = default;
};
/// Parts by weight (each >= 0, sum > 0) that add up to `total` exactly (largest remainder, ties to the first).
std::vector<Fen> split(Fen total, std::span<const std::int64_t> weights);

/// Why a text is not an amount of money.
enum class MoneyFault : std::uint8_t { none, empty, not_a_number, too_precise, out_of_range };
/// Reads "12", "12.3", "1,234.50", "￥12.30", "-5" as fen. More than two decimals (other than zeros) is refused.
Fen parse_money(std::string_view text, MoneyFault& fault);

/// RFC 3339 with milliseconds, in UTC: "2026-11-22T02:47:19.000Z".
std::string to_rfc3339(Instant t);
/// Any RFC 3339 instant with an offset or Z; nothing when a field is out of range (1900-02-29, 24:61).
std::optional<Instant> parse_rfc3339(std::string_view text);

/// A zone by its IANA name ("Asia/Shanghai"); nothing when unknown. UTC is always known.
class Zone {
 public:
  static std::optional<Zone> find(std::string_view name);
  static Zone utc();
  LocalDay day_of(Instant t) const;
  /// The first instant of a local day (the earliest one when a clock change skips midnight).
  Instant start_of(LocalDay day) const;
  /// A wall-clock reading as an instant; the earlier one when it happens twice, the next valid one when skipped.
  Instant at(std::chrono::local_time<Millis> wall) const;
  std::chrono::local_time<Millis> wall(Instant t) const;
  std::string_view name() const { return name_; }

 private:
  const void* zone_ = nullptr;
  std::string_view name_;
};
std::string day_text(LocalDay day);  // "2026-11-22"
std::optional<LocalDay> parse_day(std::string_view text);

}  // namespace koi

template <class Tag>
struct std::hash<koi::Id<Tag>> {
  std::size_t operator()(koi::Id<Tag> id) const noexcept {
    auto x = static_cast<std::uint64_t>(id.v) * 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(x ^ (x >> 32));
  }
};
