/// Breaking an answer down: by a property of the event, or by something known of the person.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>

#include "events/columns/where.h"
#include "events/columns/roster.h"

namespace koi::events::columns {

struct By {
  std::string property = {};                 // of the event; or …
  std::vector<std::uint32_t> person = {};    // … the group of each ordinal, and
  std::vector<std::string> names = {};       // what the groups are called
  bool empty() const { return property.empty() && person.empty(); }
};

/// Numbers the values met. Bound to all parts before a scan's threads start; reading needs no lock.
class Groups {
 public:
  static constexpr std::size_t kMax = 20'000;    // values; what comes after them is one group, "…"
  static constexpr std::uint32_t kMissing = 0;  // the group of those without a value, called ""
  explicit Groups(const By& by);
  struct Bound {
    const Part* part = nullptr;
    struct Piece {
      const Column* column;
      std::vector<std::uint32_t> of_code;                                // of a text; of a whole number of little range
      boost::unordered_flat_map<std::int64_t, std::uint32_t> of_number;  // of others; decimals by their bits
    };
    std::vector<Piece> pieces;
  };
  Bound bind(const Part& part, const SourceNames& source_of = {});
  std::uint32_t of(const Bound& bound, std::uint32_t row) const;
  /// For a row that will probably be asked about soon: its value lies far from the others.
  void fetch(const Bound& bound, std::uint32_t row) const;
  std::uint32_t of_person(Ordinal o) const { return o < by_.person.size() ? by_.person[o] : kMissing; }
  bool by_person() const { return !by_.person.empty(); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::uint32_t number(const std::string& name);
  void bind_numbers(Bound::Piece& piece, const Part& part);
  By by_;
  std::vector<std::string> names_;
  boost::unordered_flat_map<std::string, std::uint32_t> numbers_;
};

}  // namespace koi::events::columns
