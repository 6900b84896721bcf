/// Inside the room: the identifiers this process saw lately and the roots they lead to, so that an event about a
/// known person costs no statement. One per Db, used by the one writer of SQLite; PostgreSQL, where other processes
/// merge too, has none. Bounded: a print may stand in two pairs of neighbours, takes the emptier one, and of four the
/// oldest gives way.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "people/people.h"

namespace koi::people {

class Known {
 public:
  static constexpr PersonId kNobody{-1};  // a value that is to be skipped
  struct Seen {
    PersonId root;
    bool verified;
    std::int32_t day;  // of the last touch, since 1970
  };

  /// Nothing on PostgreSQL.
  static Known* of(Tx& tx);

  std::optional<Seen> look(const Print& print);
  /// Asks memory for it, some events ahead: a look is two misses of every cache.
  void prefetch(const Print& print);
  /// Until the operation is undone.
  void keep(Tx& tx, const Print& print, const Seen& seen);
  /// Everything that led to `from` leads to `into`.
  void moved(Tx& tx, PersonId from, PersonId into);
  /// Whether any identifier is ruled out at all.
  Result<bool> any_rule(Tx& tx);
  void forget_all();

 private:
  struct Entry {
    Print print;
    std::int64_t root;
    std::int32_t day;
    std::uint32_t verified;
  };
  static constexpr int kWays = 4;
  Entry& place(const Print& print, int way);
  Entry* find(const Print& print);

  struct Free { void operator()(Entry* p) const { std::free(p); } };
  std::unique_ptr<Entry[], Free> entries_;  // calloc: pages are touched as it fills
  std::unordered_map<std::int64_t, std::int64_t> moved_;
  std::optional<bool> any_rule_;
};

}  // namespace koi::people
