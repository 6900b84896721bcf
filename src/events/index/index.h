/// How the log finds an event by its id and a person's events in time, hidden behind one small interface: ordinary
/// indexes on PostgreSQL, an in-memory tail over sorted runs on SQLite.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "events/row.h"

namespace koi::events {

/// Where an event stands for a reader who walks back in time.
struct Place {
  std::int64_t at = 0, seq = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};
struct PlaceQuery {
  std::span<const std::int64_t> owners;
  Place before;
  std::span<const std::int64_t> kinds;  // empty: all
  std::size_t limit = 0;
};

class EventIndex {
 public:
  virtual ~EventIndex() = default;
  /// The first event with this id, if the index knows it before writing; a store whose table refuses repeated ids
  /// may leave the question to insert().
  virtual Result<std::optional<std::int64_t>> seen(Tx& tx, IdHash id) = 0;
  /// Writes the row and returns its seq; nothing when a row with this id is there already.
  virtual Result<std::optional<std::int64_t>> insert(Tx& tx, const LogRow& row) = 0;
  /// The event with this id, for certain.
  virtual Result<std::optional<std::int64_t>> find(Tx& tx, IdHash id) = 0;
  /// Newest first. May name rows that the reader's snapshot does not hold.
  virtual Result<std::vector<Place>> places(Tx& tx, const PlaceQuery& query) = 0;
  /// Checks every derived file against its checksums.
  virtual Result<> verify() { return {}; }
  /// Waits until background work is done (tests, before a copy).
  virtual void settle() {}
};

/// Tests force tiny sizes; the defaults hold the tail at some 60 MB at most.
struct IndexShape {
  std::size_t chunk_events = 256 * 1024;  // events a tail chunk holds before it becomes a run
  std::size_t fan_in = 4;                 // runs of one size that become one
};

std::unique_ptr<EventIndex> make_shared_index();  // PostgreSQL
std::unique_ptr<EventIndex> make_local_index(std::string folder, IndexShape shape);

}  // namespace koi::events
