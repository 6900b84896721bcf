/// Who carries which tag as bits over the ordinals of the process, kept from one question to the next. Every change of who
/// carries a tag is an event, so what is kept is brought up to a transaction by reading people of the events in between.
#pragma once
#include <map>
#include <memory>

#include "segments/people.h"
#include "store/store.h"

namespace koi::segments {

class TagBits {
 public:
  /// As this transaction sees it at `now`; nothing where tables are read instead: on PostgreSQL, whose commits do not come in
  /// the order of the log, and for a snapshot that is older than what is kept. For reading transactions: what the Writer has
  /// not committed may never have been.
  static Result<std::shared_ptr<const TagBits>> of(Tx& tx, const events::columns::View& view, Instant now);

  struct Tag { std::string text; std::shared_ptr<const events::columns::People> people; };  // "group/name"
  const std::vector<Tag>& tags() const { return tags_; }
  /// Carried only by a giver whose time is over; nobody has swept it up yet.
  bool carries(std::size_t tag, events::columns::Ordinal o) const { return tags_[tag].people->has(o); }

 private:
  std::vector<Tag> tags_;
};

/// The table, with tags out of the bits instead of its own.
std::unique_ptr<FactTable> with_tags(std::unique_ptr<FactTable> table, std::shared_ptr<const TagBits> bits, const events::columns::View& view);

}  // namespace koi::segments
