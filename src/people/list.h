/// The people list: filters, order, pages, and a bounded count. A list never leaves the caller's scope.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "people/stages.h"
#include "people/tags.h"

namespace koi::people {

BOOST_DESCRIBE_ENUM(Stage, prospect, new_, active, dormant, lost)

/// What a list selects: all that are set must hold; ranges include both ends of amounts, [from, to) of times.
struct Filter {
  std::optional<std::string> q{};         // see search.h
  std::vector<Stage> stage{};             // any of
  std::vector<TagId> tag_any{}, tag_all{}, tag_none{};
  std::optional<StaffId> owner{};
  std::optional<std::string> store{}, channel{};
  std::optional<std::int64_t> orders_min{}, orders_max{}, paid_fen_min{}, paid_fen_max{};
  std::optional<Instant> last_paid_from{}, last_paid_to{}, created_from{}, created_to{};
  std::optional<std::string> attribute{}, value{};  // key of an open attribute and what it must equal
  std::optional<std::string> segment{};             // a live or fixed one, by id or name
};
BOOST_DESCRIBE_STRUCT(Filter, (), (q, stage, tag_any, tag_all, tag_none, owner, store, channel, orders_min, orders_max,
                                   paid_fen_min, paid_fen_max, last_paid_from, last_paid_to, created_from, created_to,
                                   attribute, value, segment))
inline constexpr std::size_t kFilterTagsMax = 20;

/// Newest first; the biggest spenders; the latest purchase. Those who never bought come after all who did.
enum class SortBy : std::uint8_t { created, paid, last_paid };
BOOST_DESCRIBE_ENUM(SortBy, created, paid, last_paid)

struct ListRow {
  PersonId id;
  Instant created_at;
  std::string stage;
  std::optional<Instant> stage_since;
  std::optional<StaffId> owner_staff_id;
  std::string unit_path;
  std::optional<std::string> channel, store, member_no;
  std::int64_t orders = 0;
  Fen paid_fen, refunded_fen;
  std::optional<Instant> first_paid_at, last_paid_at;
  Instant last_seen_at;
};
BOOST_DESCRIBE_STRUCT(ListRow, (), (id, created_at, stage, stage_since, owner_staff_id, unit_path, channel, store, member_no,
                                    orders, paid_fen, refunded_fen, first_paid_at, last_paid_at, last_seen_at))

/// A ListRow's columns of `person p`; FROM and WHERE come behind.
inline constexpr std::string_view kListColumns =
    "SELECT p.id, p.created_at, p.stage, p.stage_since, p.owner_staff_id, p.unit_path, p.channel, p.store, p.member_no, "
    "p.orders, p.paid_fen, p.refunded_fen, p.first_paid_at, p.last_paid_at, p.last_seen_at ";

/// Where a page ended; `id` 0 is the beginning.
struct Place { bool bought = true; std::int64_t key = 0, id = 0; };
struct ListPage { std::vector<ListRow> rows; std::optional<Place> next; };

/// Who is kept in a segment, as a condition on `person p`; where they are few, also how many at most, and their ids as
/// what stands behind IN.
struct Kept {
  std::string where, ids;
  std::optional<std::int64_t> few;
};
/// Segments belong to a later room, which answers here; set at static initialisation. Its codes are those of the list.
using KeptIn = Result<Kept> (*)(Tx& tx, std::string_view segment);
bool know_kept_in(KeptIn fn);

/// invalid "people.filter_tags" (more than 20), "people.unknown_attribute", "people.attribute_type",
/// "people.filter_attribute" (a sensitive one).
Result<ListPage> list_people(Tx& tx, const Scope& scope, const Filter& filter, SortBy sort, const Place& after, int limit);
/// How many there are, exact up to kCountMax, then kCountMax + 1.
inline constexpr std::int64_t kCountMax = 10'000;
Result<std::int64_t> count_people(Tx& tx, const Scope& scope, const Filter& filter);
/// The next ids below `below` (0: from the newest), newest first: for walks over everybody a filter selects.
Result<std::vector<PersonId>> select_people(Tx& tx, const Scope& scope, const Filter& filter, std::int64_t below, int limit);

}  // namespace koi::people
