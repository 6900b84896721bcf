// Making and changing group codes. What a definition may say is judged in group_spec.cc.
#include "entry/group_codes.h"

#include <algorithm>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/group_room.h"
#include "entry/roster.h"
#include "entry/slug.h"
#include "store/rows.h"

namespace koi::entry {

struct StoredGroupCode {
  GroupCodeId id;
  std::string slug;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::string spec;
};
BOOST_DESCRIBE_STRUCT(StoredGroupCode, (), (id, slug, state, ver, created_at, updated_at, spec))

namespace {

#define KOI_GROUP_COLUMNS "SELECT id, slug, state, ver, created_at, updated_at, spec FROM entry_group_code "
constexpr std::string_view kFind = KOI_GROUP_COLUMNS "WHERE id = $4 AND " KOI_ENTRY_SEEN("entry_group_code.id");
constexpr std::string_view kByKey = KOI_GROUP_COLUMNS "WHERE repeat_key = $1";
constexpr std::string_view kList =
    KOI_GROUP_COLUMNS "WHERE " KOI_ENTRY_SEEN("entry_group_code.id") " AND ($4 = '' AND state <> 'deleted' OR state = $4) AND ($5 = '' OR folder = $5) "
    "AND ($6 = '' OR channel = $6) AND ($7 = '' OR LOWER(name) LIKE $7 ESCAPE '\\' OR slug = $8) AND (id < $9 OR $9 = 0) ORDER BY id DESC LIMIT $10";
constexpr std::string_view kSlugTaken = "SELECT id FROM entry_group_code WHERE slug = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM entry_group_code WHERE state <> 'deleted'";
constexpr std::string_view kAdd =
    "INSERT INTO entry_group_code (id, slug, name, folder, channel, state, spec, secret, repeat_key, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, 1, $9, $9)";
constexpr std::string_view kAddTurn = "INSERT INTO entry_group_turn (code_id, rev, scans, last_entry) VALUES ($1, 1, 0, 0)";
constexpr std::string_view kEdit =
    "UPDATE entry_group_code SET name = $2, folder = $3, channel = $4, spec = $5, ver = ver + 1, updated_at = $6 WHERE id = $1 AND ver = $7";
constexpr std::string_view kSetState =
    "UPDATE entry_group_code SET state = CAST($2 AS TEXT), ver = ver + 1, updated_at = CAST($3 AS BIGINT), "
    "deleted_at = CASE WHEN CAST($2 AS TEXT) = 'deleted' THEN CAST($3 AS BIGINT) ELSE NULL END WHERE id = $1 AND state <> 'deleted' AND state <> CAST($2 AS TEXT)";
constexpr std::string_view kDropReach = "DELETE FROM entry_code_reach WHERE code_id = $1";
constexpr std::string_view kAddReach = "INSERT INTO entry_code_reach (code_id, staff_id, unit_path) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
constexpr std::string_view kReach = "SELECT unit_path FROM entry_code_reach WHERE code_id = $1 ORDER BY unit_path LIMIT 5000";
constexpr std::string_view kCopyImage =
    "INSERT INTO entry_group_image (id, code_id, entry_id, state, type, digest, size, bytes, uploaded_at, expires_at) "
    "SELECT CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), state, type, digest, size, bytes, uploaded_at, expires_at FROM entry_group_image WHERE id = $1 AND state = 'active'";
constexpr std::string_view kEndImages = "SELECT id FROM entry_group_image WHERE code_id = $1 AND state = 'active' ORDER BY id LIMIT 1000";
constexpr std::string_view kEndImage = "UPDATE entry_group_image SET state = 'deleted', ended_at = $2 WHERE id = $1 AND state = 'active'";
constexpr std::int64_t kCodesMax = 50'000;

Result<GroupCode> code_of(StoredGroupCode&& row) {
  TRY(auto spec, read_group_spec(row.spec));
  return GroupCode{row.id, std::move(row.slug), row.state, row.ver, row.created_at, row.updated_at, std::move(spec)};
}

/// The units a definition names; none: it is everybody's.
Result<std::vector<std::string>> paths_of(Tx& tx, const GroupSpec& spec) {
  std::vector<UnitId> units;
  if (spec.unit) units.push_back(*spec.unit);
  for (const auto& e : spec.entries)
    if (e.store) units.push_back(*e.store);
  TRY(const auto found, roster().units(tx, units));
  std::vector<std::string> out;
  for (const auto& u : found) out.push_back(u.path);
  return out;
}

/// Somebody with a limited reach works on what is of their units only.
Result<> within(const Scope& scope, std::span<const std::string> paths) {
  if (scope.unlimited()) return {};
  if (paths.empty()) return fail(Errc::forbidden, "entry.out_of_reach", {}, "/unit");
  for (const auto& path : paths)
    if (!scope.covers({}, path)) return fail(Errc::forbidden, "entry.out_of_reach", path);
  return {};
}

Result<> write_reach(Tx& tx, GroupCodeId code, std::span<const std::string> paths) {
  TRY(tx.exec(kDropReach, code));
  for (const auto& path : paths) TRY(tx.exec(kAddReach, code, path));
  return {};
}

GroupSpec settled(Tx& tx, GroupSpec spec) {
  spec.name = trim(spec.name);
  spec.folder = trim(spec.folder);
  spec.channel = trim(spec.channel);
  for (auto& e : spec.entries) {
    e.category = trim(e.category);
    if (!e.id) e.id = tx.next_id<GroupEntryId>();
  }
  return spec;
}

/// What two calls with one key must agree in: entries' ids are given here.
std::string without_ids(GroupSpec spec) {
  for (auto& e : spec.entries) e.id.reset();
  return group_spec_text(spec);
}

/// Pictures no entry shows any more.
Result<> end_images(Tx& tx, const GroupCode& code) {
  TRY(const auto active, tx.all<GroupImageId>(kEndImages, code.id));
  for (const auto id : active)
    if (std::ranges::find(code.spec.entries, std::optional(id), &GroupEntry::image) == code.spec.entries.end()) TRY(tx.exec(kEndImage, id, tx.now()));
  return {};
}

Result<GroupCode> made(Tx& tx, GroupCodeId id) { return find_group_code(tx, Scope::everything("what was just changed"), id); }

Result<GroupCode> had_by_key(Tx& tx, const Scope& scope, const CreateGroupCode& cmd, StoredGroupCode&& row) {
  TRY(auto code, code_of(std::move(row)));
  auto wished = cmd.spec;
  wished.name = trim(wished.name);
  if (code.ver == 1 && without_ids(code.spec) != without_ids(wished)) return fail(Errc::conflict, "entry.key_reused", cmd.key);
  return find_group_code(tx, scope, code.id);
}

}  // namespace

Result<GroupCode> own_group_code(Tx& tx, const Scope& scope, GroupCodeId id) {
  TRY(auto code, find_group_code(tx, scope, id));
  if (!scope.unlimited()) {
    TRY(const auto paths, tx.all<std::string>(kReach, id));
    TRY(within(scope, paths));
  }
  if (code.state == CodeState::deleted) return fail(Errc::conflict, "entry.deleted");
  return code;
}

Result<GroupCode> write_group_spec(Tx& tx, const GroupCode& had, GroupSpec spec) {
  TRY(const auto paths, paths_of(tx, spec));
  TRY(const auto changed, tx.exec(kEdit, had.id, spec.name, spec.folder, spec.channel, group_spec_text(spec), tx.now(), had.ver));
  if (changed == 0) return fail(Errc::precondition, "http.stale");
  TRY(write_reach(tx, had.id, paths));
  TRY(auto code, made(tx, had.id));
  TRY(end_images(tx, code));
  TRY(write_links(tx, code));
  return code;
}

Result<SavedGroupCode> create_group_code(Tx& tx, const Scope& scope, const CreateGroupCode& cmd) {
  if (!cmd.key.empty()) {
    TRY(auto had, tx.maybe<StoredGroupCode>(kByKey, cmd.key));
    if (had) {
      TRY(auto code, had_by_key(tx, scope, cmd, std::move(*had)));
      return SavedGroupCode{std::move(code), {}};
    }
  }
  TRY(auto advice, check_group_spec(tx, cmd.spec, nullptr));
  const auto spec = settled(tx, cmd.spec);
  TRY(const auto paths, paths_of(tx, spec));
  TRY(within(scope, paths));
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kCodesMax) return fail(Errc::exhausted, "entry.code_limit", std::to_string(kCodesMax));
  TRY(const auto slug, slug_for(tx, cmd.slug, kSlugTaken));
  const auto id = tx.next_id<GroupCodeId>();
  const auto key = cmd.key.empty() ? std::nullopt : std::optional(cmd.key);
  TRY(tx.exec(kAdd, id, slug, spec.name, spec.folder, spec.channel, group_spec_text(spec), hex(tx.rng().bytes(16)), key, tx.now()));
  TRY(tx.exec(kAddTurn, id));
  TRY(write_reach(tx, id, paths));
  TRY(auto code, made(tx, id));
  TRY(write_links(tx, code));
  return SavedGroupCode{std::move(code), std::move(advice)};
}

Result<SavedGroupCode> edit_group_code(Tx& tx, const Scope& scope, const EditGroupCode& cmd) {
  TRY(const auto had, own_group_code(tx, scope, cmd.code));
  if (cmd.ver && *cmd.ver != had.ver) return fail(Errc::precondition, "http.stale", std::to_string(had.ver));
  TRY(auto advice, check_group_spec(tx, cmd.spec, &had.spec));
  auto spec = settled(tx, cmd.spec);
  TRY(const auto paths, paths_of(tx, spec));
  TRY(within(scope, paths));
  TRY(auto code, write_group_spec(tx, had, std::move(spec)));
  return SavedGroupCode{std::move(code), std::move(advice)};
}

Result<GroupCode> set_group_code_state(Tx& tx, const Scope& scope, GroupCodeId id, CodeState state) {
  TRY(const auto seen, find_group_code(tx, scope, id));
  if (seen.state == state) return seen;
  TRY(own_group_code(tx, scope, id));
  TRY(tx.exec(kSetState, id, enum_text(state), tx.now()));
  TRY(const auto code, made(tx, id));
  TRY(state == CodeState::deleted ? write_links(tx, code) : group_code_changed(tx, id));
  return code;
}

Result<SavedGroupCode> clone_group_code(Tx& tx, const Scope& scope, GroupCodeId id, std::string_view name, std::string_view key) {
  TRY(const auto from, find_group_code(tx, scope, id));
  auto spec = from.spec;
  spec.name = trim(name);
  std::vector<std::optional<GroupImageId>> images;
  for (auto& e : spec.entries) {
    images.push_back(std::exchange(e.image, std::nullopt));
    e.id.reset();
  }
  TRY(auto out, create_group_code(tx, scope, {.spec = std::move(spec), .slug = {}, .key = std::string(key)}));
  if (out.code.ver != 1 || out.code.spec.entries.size() != images.size()) return out;  // a repeat, edited since
  bool copied = false;
  auto with = out.code.spec;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!images[i] || with.entries[i].image) continue;
    const auto copy = tx.next_id<GroupImageId>();
    TRY(const auto rows, tx.exec(kCopyImage, *images[i], copy, out.code.id, *with.entries[i].id));
    if (rows == 0) continue;
    with.entries[i].image = copy;
    copied = true;
  }
  if (copied) {
    TRY(out.code, write_group_spec(tx, out.code, std::move(with)));
  }
  return out;
}

Result<GroupCode> find_group_code(Tx& tx, const Scope& scope, GroupCodeId id) {
  const auto s = seen_by(scope);
  TRY(auto row, tx.maybe<StoredGroupCode>(kFind, s.all, s.staff, s.path, id));
  if (!row) return fail(Errc::not_found, "entry.no_code", to_text(id));
  return code_of(std::move(*row));
}

Result<std::vector<GroupCode>> list_group_codes(Tx& tx, const Scope& scope, const GroupCodeFilter& f) {
  const auto s = seen_by(scope);
  std::vector<GroupCode> out;
  TRY(tx.each<StoredGroupCode>(
      kList,
      [&](StoredGroupCode&& row) -> Result<> {
        TRY(auto code, code_of(std::move(row)));
        out.push_back(std::move(code));
        return {};
      },
      s.all, s.staff, s.path, f.state, f.folder, f.channel, like_text(f.q), trim(f.q), f.before.v, f.limit));
  return out;
}

}  // namespace koi::entry
