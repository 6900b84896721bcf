#include "segments/lists.h"

#include <algorithm>

#include "base/text.h"
#include "segments/keep.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

#define KOI_LIST_COLUMNS "SELECT id, name, description, people, ver, created_at, updated_at FROM person_list "
constexpr std::string_view kAll = KOI_LIST_COLUMNS "ORDER BY name LIMIT $1";
constexpr std::string_view kById = KOI_LIST_COLUMNS "WHERE id = $1";
constexpr std::string_view kByName = KOI_LIST_COLUMNS "WHERE name = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM person_list";
constexpr std::string_view kTaken = "SELECT id FROM person_list WHERE name = $1 AND id <> $2";
constexpr std::string_view kAdd =
    "INSERT INTO person_list (id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)";
constexpr std::string_view kEdit =
    "UPDATE person_list SET name = $3, description = $4, updated_at = $5, ver = ver + 1 WHERE id = $1 AND ver = $2";
constexpr std::string_view kDrop = "DELETE FROM person_list WHERE id = $1";
constexpr std::string_view kDropPeople = "DELETE FROM person_list_member WHERE list_id = $1";
constexpr std::string_view kIn = "SELECT COUNT(*) FROM person_list_member WHERE person_id = $2 AND list_id = $1";
constexpr std::string_view kPut =
    "INSERT INTO person_list_member (list_id, person_id, origin_id, at) VALUES ($1, $2, $2, $3) ON CONFLICT DO NOTHING";
constexpr std::string_view kTake = "DELETE FROM person_list_member WHERE list_id = $1 AND person_id = $2";
constexpr std::string_view kRecount =
    "UPDATE person_list SET people = (SELECT COUNT(*) FROM person_list_member WHERE list_id = $1), updated_at = $2 WHERE id = $1";
constexpr std::string_view kPeople =
    "SELECT DISTINCT m.person_id FROM person_list_member m JOIN person_list l ON l.id = m.list_id WHERE l.name = $1 ORDER BY m.person_id";
constexpr std::string_view kHas =
    "SELECT COUNT(*) FROM person_list_member m JOIN person_list l ON l.id = m.list_id WHERE l.name = $1 AND m.person_id = $2";

[[maybe_unused]] const bool kFollows = people::follow("person_list_member");

Result<std::string> list_name(Tx& tx, std::string_view given, ListId self) {
  const auto name = trim(given);
  const bool control = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (name.empty() || control || !valid_utf8(name) || count_chars(name) > kNameMax) return fail(Errc::invalid, "segments.name", {}, "/name");
  TRY(const auto taken, tx.maybe<ListId>(kTaken, name, self.v));
  if (taken) return fail(Errc::conflict, "segments.name_taken", std::string(name), "/name");
  return std::string(name);
}

Result<std::string> list_description(std::string_view given) {
  const auto text = trim(given);
  if (!valid_utf8(text) || count_chars(text) > kDescriptionMax) return fail(Errc::invalid, "segments.description", {}, "/description");
  return std::string(text);
}

/// Whom a row means; nobody new is made of it.
Result<PersonId> person_of(Tx& tx, const Scope& scope, const Wanted& row) {
  if (!row.id.empty()) {
    const auto number = parse_id(PersonTag::prefix, row.id);
    if (!number) return fail(Errc::not_found, "people.not_found");
    return people::visible(tx, scope, {*number});
  }
  TRY(const auto found, people::find(tx, {row.ns, row.value}));
  if (!found) return fail(Errc::not_found, "people.not_found");
  return people::visible(tx, scope, *found);
}

std::string cell_of(std::string_view text) {
  auto cell = trim(text);
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = trim(cell.substr(1, cell.size() - 2));
  return std::string(cell);
}

}  // namespace

Result<std::vector<PersonList>> lists(Tx& tx) { return tx.all<PersonList>(kAll, kListsMax); }

Result<PersonList> list_by_id(Tx& tx, ListId id) {
  TRY(auto row, tx.maybe<PersonList>(kById, id));
  if (!row) return fail(Errc::not_found, "segments.no_list", to_text(id));
  return std::move(*row);
}

Result<PersonList> find_list(Tx& tx, std::string_view id_or_name) {
  TRY(auto named, tx.maybe<PersonList>(kByName, id_or_name));
  if (named) return std::move(*named);
  if (const auto number = parse_id(ListTag::prefix, id_or_name)) return list_by_id(tx, {*number});
  return fail(Errc::not_found, "segments.no_list", std::string(id_or_name));
}

Result<PersonList> create_list(Tx& tx, std::string_view name, std::string_view description) {
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kListsMax) return fail(Errc::exhausted, "segments.limit", std::to_string(kListsMax));
  TRY(const auto called, list_name(tx, name, {}));
  TRY(const auto text, list_description(description));
  const auto id = tx.next_id<ListId>();
  TRY(tx.exec(kAdd, id, called, text, tx.now()));
  return list_by_id(tx, id);
}

Result<PersonList> update_list(Tx& tx, const UpdateList& cmd) {
  TRY(const auto had, list_by_id(tx, cmd.id));
  TRY(const auto name, list_name(tx, cmd.name.value_or(had.name), had.id));
  TRY(const auto description, list_description(cmd.description.value_or(had.description)));
  TRY(const auto done, tx.exec(kEdit, cmd.id, cmd.ver.value_or(had.ver), name, description, tx.now()));
  if (done == 0) return fail(Errc::precondition, "segments.stale");
  if (name != had.name) { TRY(list_renamed(tx, had.name, name)); }
  return list_by_id(tx, cmd.id);
}

Result<> delete_list(Tx& tx, ListId id) {
  TRY(const auto list, list_by_id(tx, id));
  TRY(const auto users, segments_naming_list(tx, list.name));
  std::string whose;
  for (const auto& user : users) whose += (whose.empty() ? "" : ", ") + user.name;
  if (!whose.empty()) return fail(Errc::conflict, "segments.in_use", whose);
  TRY(tx.exec(kDropPeople, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

Result<std::vector<Wanted>> rows_of_file(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Wanted> out;
  std::int64_t line = 0;
  std::string usual = "phone_e164";  // what a cell alone is, unless the heading says
  for (const auto raw : split_text(text, '\n')) {
    ++line;
    if (trim(raw).empty()) continue;
    const auto comma = raw.find(',');
    const auto first = cell_of(raw.substr(0, comma)), second = comma == std::string_view::npos ? std::string() : cell_of(raw.substr(comma + 1));
    if (line == 1 && (first == "ns" || first == "id" || first == "phone" || first == "phone_e164" || first == "member_no" || first == "email")) {
      if (first != "ns" && first != "id" && first != "phone") usual = first;
      continue;
    }
    if (out.size() >= kListRowsMax) return fail(Errc::too_large, "segments.list_rows", std::to_string(kListRowsMax));
    if (first.starts_with("cus_")) out.push_back({line, first});
    else if (!second.empty()) out.push_back({line, {}, first, second});
    else out.push_back({line, {}, usual, first});
  }
  return out;
}

Result<Meant> people_meant(Tx& tx, const Scope& scope, std::span<const Wanted> rows) {
  if (rows.size() > kListRowsMax) return fail(Errc::too_large, "segments.list_rows", std::to_string(kListRowsMax));
  Meant out;
  for (const auto& row : rows) {
    const auto person = person_of(tx, scope, row);
    if (person) {
      out.people.push_back(*person);
      continue;
    }
    if (person.error().kind == Errc::internal || person.error().kind == Errc::unavailable) return std::unexpected(person.error());
    ++out.bad_rows;
    if (out.bad.size() < kBadRowsMax) out.bad.push_back({row.line, row.id.empty() ? row.value : row.id, person.error().code});
  }
  return out;
}

Result<Brought> add_to_list(Tx& tx, ListId id, const Meant& meant) {
  TRY(const auto list, list_by_id(tx, id));
  Brought out{.bad_rows = meant.bad_rows, .bad = meant.bad};
  for (const auto person : meant.people) {
    TRY(const auto root, people::root_of(tx, person));  // it may have been merged since it was looked up
    TRY(const auto in, tx.one<std::int64_t>(kIn, id, root));
    if (in == 0) { TRY(tx.exec(kPut, id, root, tx.now())); }
    ++(in == 0 ? out.added : out.already);
  }
  if (out.added == 0) return out;
  TRY(tx.exec(kRecount, id, tx.now()));
  TRY(list_changed(tx, list.name));
  return out;
}

Result<std::int64_t> take_from_list(Tx& tx, const Scope& scope, ListId id, std::span<const PersonId> people) {
  TRY(const auto list, list_by_id(tx, id));
  std::int64_t gone = 0;
  for (const auto person : people) {
    const auto root = people::visible(tx, scope, person);
    if (!root && root.error().kind == Errc::not_found) continue;
    if (!root) return std::unexpected(root.error());
    TRY(const auto rows, tx.exec(kTake, id, *root));
    gone += rows > 0 ? 1 : 0;
  }
  if (gone == 0) return gone;
  TRY(tx.exec(kRecount, id, tx.now()));
  TRY(list_changed(tx, list.name));
  return gone;
}

Result<std::vector<PersonId>> people_of_list(Tx& tx, std::string_view name) { return tx.all<PersonId>(kPeople, name); }

Result<bool> is_in_list(Tx& tx, std::string_view name, PersonId root) {
  TRY(const auto rows, tx.one<std::int64_t>(kHas, name, root));
  return rows > 0;
}

}  // namespace koi::segments
