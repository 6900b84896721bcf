/// What is known of one person beside what they did: the face rules see, whoever keeps it. As of one moment.
#pragma once
#include "segments/fields.h"
#include "segments/known.h"

namespace koi::segments {

/// An attribute took a value, or lost it, and what it had before.
struct Change {
  std::optional<Known> before, after;
  Instant at;
};

/// A number of everybody who has it, as of the last refresh, lowest first (millionths; of money millionths of a fen).
struct Spread {
  std::vector<std::int64_t> sorted;
  double mean = 0, deviation = 0;
  static Spread of(std::vector<std::int64_t> numbers);
};

class Facts {
 public:
  virtual ~Facts() = default;
  virtual PersonId person() const = 0;  // the root
  virtual bool erased() const = 0;
  /// A fact of fields.h or an attribute. What it borrows lives as long as these facts.
  virtual std::optional<Known> of(const Field& field) const = 0;
  /// Later than now: when what `of` says can be another thing by time alone (a tag expires, a day is over). Max: never.
  virtual Instant changes_at(const Field& field, Instant now) const = 0;
  /// In order, up to now; only where the two values differ.
  virtual std::span<const Change> changes(const std::string& attribute) const = 0;
  virtual bool in_segment(const std::string& segment) const = 0;
  virtual bool in_list(const std::string& list) const = 0;
  /// Null: nobody has it.
  virtual const Spread* spread(const Field& field) const = 0;
};

/// The key, when the name is an attribute's and no fact's.
inline std::optional<std::string_view> attribute_key(const Field& field) {
  const std::string_view name = field.name;
  if (name.starts_with("attr.")) return name.substr(5);
  return find_fact(name) == nullptr ? std::optional(name) : std::nullopt;
}

/// When whole days since `from` next become one more.
inline Instant next_day_since(Instant from, Instant now) {
  return from + (std::chrono::floor<std::chrono::days>(now - from) + std::chrono::days(1));
}

/// `top`, `bottom` and zscore of a number among everybody.
bool ranks(const Compare& c, const Ratio& mine, const Spread& everybody);

}  // namespace koi::segments
