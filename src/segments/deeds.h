/// What one person did, read from the columns in the order rules speak of: (at, node, log position). A deed is a place in a
/// part; its properties are read when they are asked for.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "events/columns/view.h"
#include "events/columns/where.h"
#include "segments/known.h"

namespace koi::segments {

/// Kinds by the names rules use.
using KindNumbers = boost::unordered_flat_map<std::string, std::int64_t>;

/// Kinds of events that tell of membership itself: "*" does not count them, rules do not name them.
inline constexpr std::string_view kMoves[] = {"segment_entered", "segment_left"};

/// A view with the names rules use, and where its parts keep each property. Remembers what it was asked: one a thread.
class Record {
 public:
  Record(const events::columns::View& view, const KindNumbers& kinds, events::columns::SourceNames sources)
      : view_(&view), kinds_(&kinds), sources_(std::move(sources)) {
    for (std::size_t i = 0; i < std::size(kMoves); ++i) moves_[i] = kind(std::string(kMoves[i]));
  }
  const events::columns::View& view() const { return *view_; }
  const KindNumbers& kinds() const { return *kinds_; }
  const events::columns::SourceNames& sources() const { return sources_; }
  /// -1, which no event has, when nobody ever did it.
  std::int64_t kind(const std::string& name) const;
  /// What people did: coming into a segment and leaving it is no deed.
  bool is_deed(std::int64_t kind) const { return kind != moves_[0] && kind != moves_[1]; }
  std::optional<Known> property(std::uint32_t part, std::uint32_t row, const std::string& path);

 private:
  /// Where one part keeps a path.
  struct Home {
    std::vector<const events::columns::Column*> values;
    std::vector<const events::columns::Column*> lists;  // of the path's beginnings: below a list there is no property
  };
  const std::vector<Home>& homes_of(const std::string& path);
  std::string_view source_name(std::int64_t id);
  struct Asked { const std::string* at = nullptr; std::string name; std::int64_t kind = -1; };

  const events::columns::View* view_;
  const KindNumbers* kinds_;
  std::int64_t moves_[2] = {-1, -1};
  events::columns::SourceNames sources_;
  boost::unordered_flat_map<std::string, std::vector<Home>> homes_;
  std::map<std::int64_t, std::string> source_names_;  // texts that stay where they are
  mutable std::array<Asked, 256> asked_;              // kinds by where the rule that asks has its name
};

struct Deed {
  Instant at;
  std::int64_t kind = 0;
  std::uint32_t part = 0, row = 0;
};

/// Reading another person keeps the memory of the last one.
class Deeds {
 public:
  explicit Deeds(Record& record) : record_(&record) {}
  /// All rows of the person of this root, of all their nodes.
  void read(events::columns::Ordinal root);
  std::span<const Deed> all() const { return all_; }
  /// How many deeds are at or before the instant: later ones do not exist yet.
  std::size_t until(Instant now) const;
  /// Places in all() of one kind, in order; of every kind for "*".
  std::span<const std::uint32_t> of(const std::string& kind) const;
  std::optional<Known> property(const Deed& deed, const std::string& path) const { return record_->property(deed.part, deed.row, path); }
  const Record& record() const { return *record_; }

 private:
  void add(std::int64_t node);
  void sort_kinds();
  struct Run { std::int64_t kind; std::uint32_t begin, end; };  // in by_kind_

  Record* record_;
  std::vector<Deed> all_;
  std::vector<std::uint32_t> every_, by_kind_;
  std::vector<Run> runs_;
};

}  // namespace koi::segments
