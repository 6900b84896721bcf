#include "people/views.h"

#include "base/text.h"
#include "store/rows.h"

namespace koi::people {
namespace {

#define KOI_VIEW_COLUMNS "SELECT id, owner_kind, owner_id, name, shared, filter, columns, sort, position, ver FROM person_view "
constexpr std::string_view kVisible =
    KOI_VIEW_COLUMNS "WHERE (owner_kind = $1 AND owner_id = $2) OR shared = 1 ORDER BY position, name, id LIMIT 500";
constexpr std::string_view kOwn = KOI_VIEW_COLUMNS "WHERE id = $1 AND owner_kind = $2 AND owner_id = $3";
constexpr std::string_view kAdd =
    "INSERT INTO person_view (id, owner_kind, owner_id, name, shared, filter, columns, sort, position, ver, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10) ON CONFLICT DO NOTHING";
constexpr std::string_view kTaken =
    "SELECT id FROM person_view WHERE owner_kind = $1 AND owner_id = $2 AND name = $3 AND id <> $4";
constexpr std::string_view kEdit =
    "UPDATE person_view SET name = $3, shared = $4, filter = $5, columns = $6, sort = $7, position = $8, ver = ver + 1 "
    "WHERE id = $1 AND ver = $2";
constexpr std::string_view kCountOwn = "SELECT COUNT(*) FROM person_view WHERE owner_kind = $1 AND owner_id = $2";
constexpr std::string_view kDrop = "DELETE FROM person_view WHERE id = $1";

constexpr std::size_t kViewNameMax = 40;  // characters

Result<std::string> view_name(std::string_view given) {
  const auto name = trim(given);
  if (name.empty() || !valid_utf8(name) || count_chars(name) > kViewNameMax)
    return fail(Errc::invalid, "people.view_name", std::string(name), "/name");
  return std::string(name);
}

Result<View> own_view(Tx& tx, const store::Author& who, ViewId id) {
  TRY(auto view, tx.maybe<View>(kOwn, id, who.kind, who.id));
  if (!view) return fail(Errc::not_found, "people.no_view", to_text(id));
  return std::move(*view);
}

}  // namespace

Result<std::vector<View>> views(Tx& tx, const store::Author& who) { return tx.all<View>(kVisible, who.kind, who.id); }

Result<View> create_view(Tx& tx, const store::Author& who, const View& view) {
  TRY(const auto name, view_name(view.name));
  TRY(const auto count, tx.one<std::int64_t>(kCountOwn, who.kind, who.id));
  if (count >= kViewsMax) return fail(Errc::exhausted, "people.view_limit");
  const auto id = tx.next_id<ViewId>();
  TRY(const auto made, tx.exec(kAdd, id, who.kind, who.id, name, view.shared, view.filter, view.columns, view.sort,
                               view.position, tx.now()));
  if (made == 0) return fail(Errc::conflict, "people.view_exists", name, "/name");
  return own_view(tx, who, id);
}

Result<View> update_view(Tx& tx, const store::Author& who, const View& view) {
  TRY(const auto name, view_name(view.name));
  TRY(own_view(tx, who, view.id));
  TRY(const auto taken, tx.maybe<ViewId>(kTaken, who.kind, who.id, name, view.id));
  if (taken) return fail(Errc::conflict, "people.view_exists", name, "/name");
  TRY(const auto done, tx.exec(kEdit, view.id, view.ver, name, view.shared, view.filter, view.columns, view.sort, view.position));
  if (done == 0) return fail(Errc::precondition, "people.stale");
  return own_view(tx, who, view.id);
}

Result<> delete_view(Tx& tx, const store::Author& who, ViewId id) {
  TRY(own_view(tx, who, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

}  // namespace koi::people
