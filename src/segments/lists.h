/// Lists of people somebody brought in: from a file, by hand, out of an answer. Rules name them: in list "…".
#pragma once
#include "people/people.h"
#include "segments/segments.h"

namespace koi::segments {

struct ListTag { static constexpr std::string_view prefix = "lst"; };
using ListId = Id<ListTag>;

struct PersonList {
  ListId id{};
  std::string name{}, description{};
  std::int64_t people = 0;  // rows brought in; two that were merged since count twice
  std::int64_t ver = 1;
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(PersonList, (), (id, name, description, people, ver, created_at, updated_at))
inline constexpr std::int64_t kListsMax = 1000;
inline constexpr std::size_t kListRowsMax = 50'000;  // people of one call
inline constexpr std::size_t kBadRowsMax = 1000;      // shown

/// By name.
Result<std::vector<PersonList>> lists(Tx& tx);
/// not_found "segments.no_list".
Result<PersonList> list_by_id(Tx& tx, ListId id);
Result<PersonList> find_list(Tx& tx, std::string_view id_or_name);
/// invalid "segments.name", "segments.description"; conflict "segments.name_taken"; exhausted "segments.limit".
Result<PersonList> create_list(Tx& tx, std::string_view name, std::string_view description);
/// precondition "segments.stale"; a new name is written into the rules that say it.
struct UpdateList { ListId id{}; std::optional<std::int64_t> ver{}; std::optional<std::string> name{}, description{}; };
Result<PersonList> update_list(Tx& tx, const UpdateList& cmd);
/// conflict "segments.in_use" while a rule names it.
Result<> delete_list(Tx& tx, ListId id);

/// One row of what is brought in; a person's id, or an identifier of theirs.
struct Wanted { std::int64_t line = 0; std::string id{}, ns{}, value{}; };
struct BadRow { std::int64_t line = 0; std::string value, code; };
BOOST_DESCRIBE_STRUCT(BadRow, (), (line, value, code))
struct Brought { std::int64_t added = 0, already = 0, bad_rows = 0; std::vector<BadRow> bad; };
BOOST_DESCRIBE_STRUCT(Brought, (), (added, already, bad_rows, bad))
/// Rows of a file: "cus_…", "namespace,value", or a phone number alone; quotes around a cell and a first line of headings
/// ("id", "phone_e164", "ns,value") are understood. too_large "segments.list_rows".
Result<std::vector<Wanted>> rows_of_file(std::string_view text);
/// Whom the rows mean; nobody new is made of them. Bad ones: "people.not_found" (also outside the scope), or why the
/// identifier cannot be read. too_large "segments.list_rows".
struct Meant { std::vector<PersonId> people; std::int64_t bad_rows = 0; std::vector<BadRow> bad; };
Result<Meant> people_meant(Tx& tx, const Scope& scope, std::span<const Wanted> rows);
/// Good rows land, whatever the others are.
Result<Brought> add_to_list(Tx& tx, ListId id, const Meant& meant);
/// How many left it.
Result<std::int64_t> take_from_list(Tx& tx, const Scope& scope, ListId id, std::span<const PersonId> people);
/// Roots in it, ascending.
Result<std::vector<PersonId>> people_of_list(Tx& tx, std::string_view name);
Result<bool> is_in_list(Tx& tx, std::string_view name, PersonId root);

}  // namespace koi::segments
