/// What one open store keeps in memory of its log: the kinds and sources by name and number, the index, and the archive.
/// For this room's .cc files and tests.
#pragma once
#include <boost/describe.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <mutex>

#include "events/archive/archive.h"
#include "events/events.h"
#include "events/index/index.h"

namespace koi::events {

/// Where a kind came from.
enum class Origin : std::uint8_t { built_in, defined, seen };
BOOST_DESCRIBE_ENUM(Origin, built_in, defined, seen)
BOOST_DESCRIBE_ENUM(PropType, text, integer, money, boolean, number, time, list, object)
BOOST_DESCRIBE_STRUCT(Quarantined, (),
                      (id, code, pointer, kind, source, event_id, props, person, at, received_at, tries))
BOOST_DESCRIBE_ENUM(Verdict, accepted, duplicate, quarantined, rejected, late)

struct Kind : KindDef {
  Origin origin = Origin::defined;
  bool checked = false;  // some property is declared, so props are parsed on the way in
};

/// Every kind and source, immutable; replaced as a whole when one is added.
class Book {
 public:
  static Result<std::shared_ptr<const Book>> load(Tx& tx);
  const Kind* kind(std::string_view name) const;
  const Kind* kind(std::int64_t id) const;
  std::int64_t source(std::string_view name) const;       // 0: unknown
  std::string_view source_name(std::int64_t id) const;    // "": unknown or ourselves
  const std::vector<Kind>& kinds() const { return kinds_; }  // by id

 private:
  template <class V>
  using ByName = boost::unordered_flat_map<std::string_view, V>;
  std::vector<Kind> kinds_;
  std::vector<std::pair<std::int64_t, std::string>> sources_;  // by id
  ByName<std::size_t> kind_by_name_;
  ByName<std::int64_t> source_by_name_;
};
using BookPtr = std::shared_ptr<const Book>;

class Log {
 public:
  /// The log of this transaction's store; made on first use.
  static Log& of(Tx& tx);
  /// Before first use, with sizes of the caller's choice (tests).
  static Log& open(Tx& tx, IndexShape shape);

  EventIndex& index() { return *index_; }
  Archive& archive() { return archive_; }
  Result<BookPtr> book(Tx& tx);
  /// The book as this transaction sees it now, read again because something was missing or has been added. A writer
  /// passes `changed` so that the book is dropped when its transaction is undone.
  Result<BookPtr> reload(Tx& tx, bool changed = false);

 private:
  Log(std::unique_ptr<EventIndex> index, std::string archive) : archive_(std::move(archive)), index_(std::move(index)) {}
  Archive archive_;
  std::unique_ptr<EventIndex> index_;
  std::mutex mutex_;
  BookPtr book_;
};

/// The kind of that name, registered as custom when nobody has seen it; rejected codes "events.bad_kind_name",
/// "events.too_many_kinds". The book keeps the kind alive.
struct KindRef { BookPtr book; const Kind* kind = nullptr; };
Result<KindRef> kind_for(Tx& tx, Log& log, std::string_view name);
Result<KindRef> known_kind(Tx& tx, Log& log, std::string_view name);  // kind is null when unknown
Result<std::int64_t> source_for(Tx& tx, Log& log, std::string_view name);

/// Whether a text can name a kind: 1 to 64 characters, lower-case letters, digits, "_" and non-ASCII letters.
bool good_kind_name(std::string_view name);

/// At most `limit` rows after `from` in log order, wherever they stand (table or archive, each row once); never one that
/// a late commit can get in front of.
/// The last row's seq, `from` when there is none.
Result<Seq> each_row(Tx& tx, Seq from, std::size_t limit, const std::function<Result<>(const RawRow&)>& fn);

/// Rows of other transactions that stand beyond the line `each_row` stops at, and that this one sees all the same: they
/// are acknowledged, but one that is still running may yet put a row in front of them. None on SQLite.
Result<> each_early_row(Tx& tx, Seq from, const std::function<Result<>(const RawRow&)>& fn);

/// One row, wherever it stands; fn is not called when this snapshot does not hold it.
Result<> row_at(Tx& tx, Seq seq, const std::function<Result<>(const RawRow&)>& fn);

/// What is wrong with an event's props; empty code when nothing is.
struct PropFault { std::string code, pointer, detail; };
PropFault check_props(const KindDef& kind, std::string_view props);

/// "order_id:text lines:list store_id?:text", the way a table row keeps declared properties.
std::string props_text(std::span<const PropDef> props);
std::vector<PropDef> parse_props(std::string_view text);

/// Keeps a refused event for later; nothing when one with this id waits already.
Result<> quarantine(Tx& tx, const Event& event, IdHash id, const PropFault& fault);
Result<> record_refusal(Tx& tx, IdHash id, std::string_view code);
Result<> record_repeat(Tx& tx, Seq seq);

}  // namespace koi::events
