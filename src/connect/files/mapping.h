/// Which column means what: fields per kind of file, guessed from zh/en headers and sample values, editable as text.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::connect::files {

enum class Subject : std::uint8_t { customers, orders, events };
std::string_view subject_text(Subject s);
std::optional<Subject> parse_subject(std::string_view text);

enum class Field : std::uint8_t {
  order_no, person, at, sku, title, quantity, unit_price, amount, status, store, staff, channel, currency,
  phone, name, email, member_no, gender, birthday, city, remark, tags, owner, inviter, consent,
  kind, event_id, custom  // custom: an attribute of the customer, or a property of the event
};
constexpr std::size_t kFields = static_cast<std::size_t>(Field::custom) + 1;
std::string_view field_text(Field f);

/// The fields a kind of file has, and whether each needs a column.
std::vector<std::pair<std::string_view, bool>> fields_of(Subject s);

/// One line of a mapping as people write it; `column` is the header's text, or "#3" for the third column.
struct MapItem {
  std::string field, column;
  friend bool operator==(const MapItem&, const MapItem&) = default;
};

/// A mapping tied to the columns of a file.
struct Columns {
  Subject subject = Subject::orders;
  std::vector<std::string> header;
  struct Bound { Field field; std::string custom; std::size_t column; std::string key; };  // key: of a custom attribute
  std::vector<Bound> bound;
  std::array<int, kFields> first{};  // column of each field, -1 when it has none

  bool has(Field f) const { return first[static_cast<std::size_t>(f)] >= 0; }
  int at(Field f) const { return first[static_cast<std::size_t>(f)]; }
};

/// "person=customer_id,at=date"; a comma or backslash inside a header is written with a backslash.
/// malformed "connect.bad_map".
Result<std::vector<MapItem>> parse_map(std::string_view text);

/// A guess for this header, with what the first rows hold. A column nothing is known about becomes an attribute
/// (customers), a property (events), or is left out (orders).
std::vector<MapItem> guess_map(Subject subject, std::span<const std::string> header,
                               std::span<const std::vector<std::string>> samples);
/// Ties a mapping to a header. invalid "connect.unknown_field", "connect.no_such_column" (with suggestions),
/// "connect.field_twice", "connect.field_missing" (a required field has no column).
Result<Columns> bind_map(Subject subject, std::span<const MapItem> map, std::span<const std::string> header);

/// Names this header for the mapping memory: the same columns in the same order, whatever their case and width.
std::string header_signature(Subject subject, std::span<const std::string> header);

}  // namespace koi::connect::files
