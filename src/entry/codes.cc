// Making and changing codes. What a definition may say is judged in check.cc; here it is kept, with its reach.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/known.h"
#include "entry/slug.h"
#include "entry/want.h"
#include "store/rows.h"

namespace koi::entry {

struct StoredCode {
  CodeId id;
  std::string slug;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::string spec;
};
BOOST_DESCRIBE_STRUCT(StoredCode, (), (id, slug, state, ver, created_at, updated_at, spec))

namespace {

#define KOI_CODE_COLUMNS "SELECT id, slug, state, ver, created_at, updated_at, spec FROM entry_code "
constexpr std::string_view kFind = KOI_CODE_COLUMNS "WHERE id = $4 AND " KOI_ENTRY_SEEN("entry_code.id");
constexpr std::string_view kByKey = KOI_CODE_COLUMNS "WHERE repeat_key = $1";
constexpr std::string_view kList =
    KOI_CODE_COLUMNS "WHERE " KOI_ENTRY_SEEN("entry_code.id") " AND ($4 = '' AND state <> 'deleted' OR state = $4) AND ($5 = '' OR folder = $5) "
    "AND ($6 = '' OR channel = $6) AND ($7 = '' OR LOWER(name) LIKE $7 ESCAPE '\\' OR slug = $8) AND (id < $9 OR $9 = 0) ORDER BY id DESC LIMIT $10";
constexpr std::string_view kSlugTaken = "SELECT id FROM entry_code WHERE slug = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM entry_code WHERE state <> 'deleted'";
constexpr std::string_view kAdd =
    "INSERT INTO entry_code (id, slug, name, folder, channel, kind, mode, state, spec, repeat_key, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9, 1, $10, $10)";
constexpr std::string_view kAddTurn =
    "INSERT INTO entry_code_turn (code_id, rev, scans, assigned, since_add, last_staff, round) VALUES ($1, 1, 0, 0, 0, 0, 1)";
constexpr std::string_view kEdit =
    "UPDATE entry_code SET name = $2, folder = $3, channel = $4, kind = $5, mode = $6, spec = $7, ver = ver + 1, updated_at = $8 WHERE id = $1 AND ver = $9";
constexpr std::string_view kSetState =
    "UPDATE entry_code SET state = CAST($2 AS TEXT), ver = ver + 1, updated_at = CAST($3 AS BIGINT), "
    "deleted_at = CASE WHEN CAST($2 AS TEXT) = 'deleted' THEN CAST($3 AS BIGINT) ELSE NULL END WHERE id = $1 AND state <> 'deleted' AND state <> CAST($2 AS TEXT)";
constexpr std::string_view kDropReach = "DELETE FROM entry_code_reach WHERE code_id = $1";
constexpr std::string_view kAddReach = "INSERT INTO entry_code_reach (code_id, staff_id, unit_path) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
constexpr std::string_view kReach = "SELECT staff_id, unit_path FROM entry_code_reach WHERE code_id = $1 ORDER BY staff_id, unit_path LIMIT 5000";
constexpr std::string_view kSwitchOff = "INSERT INTO entry_guide_off (code_id, staff_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
constexpr std::string_view kSwitchOn = "DELETE FROM entry_guide_off WHERE code_id = $1 AND staff_id = $2";
constexpr std::int64_t kCodesMax = 200'000;
constexpr std::size_t kBatchMax = 500;

struct ReachLine {
  StaffId staff;
  std::string path;
  friend auto operator<=>(const ReachLine&, const ReachLine&) = default;
};
BOOST_DESCRIBE_STRUCT(ReachLine, (), (staff, path))

Result<Code> code_of(StoredCode&& row) {
  TRY(auto spec, read_spec(row.spec));
  return Code{row.id, std::move(row.slug), row.state, row.ver, row.created_at, row.updated_at, std::move(spec)};
}

/// Everybody a definition names, as lines of reach.
Result<std::set<ReachLine>> reach_of(Tx& tx, const CodeSpec& spec) {
  std::vector<StaffId> staff;
  std::vector<UnitId> units;
  const auto take = [&](const std::vector<Member>& members) {
    for (const auto& m : members) m.staff ? staff.push_back(*m.staff) : units.push_back(*m.unit);
  };
  take(spec.members);
  for (const auto& level : spec.backup) take(level.members);
  for (const auto& store : spec.stores) {
    units.push_back(store.unit);
    take(store.members);
  }
  std::set<ReachLine> out;
  TRY(const auto guides, roster().guides(tx, staff));
  for (const auto& g : guides) out.insert({g.id, g.unit_path});
  TRY(const auto places, roster().units(tx, units));
  for (const auto& u : places) out.insert({{}, u.path});
  return out;
}

Result<> within(const Scope& scope, const std::set<ReachLine>& lines) {
  for (const auto& line : lines)
    if (!scope.covers(line.staff, line.path)) return fail(Errc::forbidden, "entry.out_of_reach", line.staff ? to_text(line.staff) : line.path);
  return {};
}

Result<> write_reach(Tx& tx, CodeId code, const std::set<ReachLine>& lines) {
  TRY(tx.exec(kDropReach, code));
  for (const auto& line : lines) TRY(tx.exec(kAddReach, code, line.staff.v, line.path));
  return {};
}

/// Whether the caller may change the code: it is all within reach.
Result<Code> own_code(Tx& tx, const Scope& scope, CodeId id) {
  TRY(auto code, find_code(tx, scope, id));
  if (scope.unlimited()) return code;
  TRY(const auto lines, tx.all<ReachLine>(kReach, id));
  TRY(within(scope, {lines.begin(), lines.end()}));
  return code;
}

CodeSpec trimmed(CodeSpec spec) {
  spec.name = trim(spec.name);
  spec.folder = trim(spec.folder);
  spec.channel = trim(spec.channel);
  return spec;
}

}  // namespace

Result<SavedCode> create_code(Tx& tx, const Scope& scope, const CreateCode& cmd) {
  const auto spec = trimmed(cmd.spec);
  const auto text = spec_text(spec);
  if (!cmd.key.empty()) {
    TRY(auto had, tx.maybe<StoredCode>(kByKey, cmd.key));
    if (had) {
      TRY(auto code, code_of(std::move(*had)));
      if (spec_text(code.spec) != text && code.ver == 1) return fail(Errc::conflict, "entry.key_reused", cmd.key);
      TRY(find_code(tx, scope, code.id));
      return SavedCode{std::move(code), {}};
    }
  }
  TRY(auto advice, check_spec(tx, spec));
  TRY(const auto lines, reach_of(tx, spec));
  TRY(within(scope, lines));
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kCodesMax) return fail(Errc::exhausted, "entry.code_limit", std::to_string(kCodesMax));
  TRY(const auto slug, slug_for(tx, cmd.slug, kSlugTaken));
  const auto id = tx.next_id<CodeId>();
  const auto key = cmd.key.empty() ? std::nullopt : std::optional(cmd.key);
  TRY(tx.exec(kAdd, id, slug, spec.name, spec.folder, spec.channel, enum_text(spec.kind), enum_text(spec.mode), text, key, tx.now()));
  TRY(tx.exec(kAddTurn, id));
  TRY(write_reach(tx, id, lines));
  TRY(want_ways(tx, id));
  TRY(auto code, find_code(tx, Scope::everything("what was just made"), id));
  return SavedCode{std::move(code), std::move(advice)};
}

Result<SavedCode> edit_code(Tx& tx, const Scope& scope, const EditCode& cmd) {
  TRY(const auto had, own_code(tx, scope, cmd.code));
  if (had.state == CodeState::deleted) return fail(Errc::conflict, "entry.deleted");
  if (cmd.ver && *cmd.ver != had.ver) return fail(Errc::precondition, "http.stale", std::to_string(had.ver));
  const auto spec = trimmed(cmd.spec);
  TRY(auto advice, check_spec(tx, spec));
  TRY(const auto lines, reach_of(tx, spec));
  TRY(within(scope, lines));
  TRY(const auto changed, tx.exec(kEdit, cmd.code, spec.name, spec.folder, spec.channel, enum_text(spec.kind), enum_text(spec.mode), spec_text(spec), tx.now(), had.ver));
  if (changed == 0) return fail(Errc::precondition, "http.stale");
  TRY(write_reach(tx, cmd.code, lines));
  TRY(code_changed(tx, cmd.code));
  TRY(want_ways(tx, cmd.code));
  TRY(auto code, find_code(tx, Scope::everything("what was just changed"), cmd.code));
  return SavedCode{std::move(code), std::move(advice)};
}

Result<Code> set_code_state(Tx& tx, const Scope& scope, CodeId id, CodeState state) {
  TRY(const auto had, own_code(tx, scope, id));
  if (had.state == state) return had;
  if (had.state == CodeState::deleted) return fail(Errc::conflict, "entry.deleted");
  TRY(tx.exec(kSetState, id, enum_text(state), tx.now()));
  TRY(code_changed(tx, id));
  return find_code(tx, Scope::everything("what was just changed"), id);
}

Result<SavedCode> clone_code(Tx& tx, const Scope& scope, CodeId id, std::string_view name, std::string_view key) {
  TRY(auto from, find_code(tx, scope, id));
  from.spec.name = trim(name);
  return create_code(tx, scope, {.spec = std::move(from.spec), .key = std::string(key)});
}

Result<std::vector<Code>> create_batch(Tx& tx, const Scope& scope, const BatchCodes& cmd) {
  if (cmd.stores.empty() || cmd.stores.size() > kBatchMax) return fail(Errc::invalid, "entry.batch_size", std::to_string(cmd.stores.size()), "/stores");
  if (cmd.key.empty()) return fail(Errc::invalid, "entry.key_missing", {}, "/key");
  std::vector<Code> out;
  for (std::size_t i = 0; i < cmd.stores.size(); ++i) {
    const auto unit = cmd.stores[i];
    TRY(const auto units, roster().units(tx, std::span(&unit, 1)));
    if (units.empty()) return fail(Errc::invalid, "entry.unknown_unit", to_text(unit), "/stores/" + std::to_string(i));
    auto spec = cmd.spec;
    const std::pair<std::string_view, std::string_view> values[] = {{"store", units.front().name}};
    const auto name = fill_in(spec.name, values);
    spec.name = name == spec.name ? spec.name + " " + units.front().name : name;
    if (spec.kind == CodeKind::store) {
      spec.stores = {{unit, {}}};
    } else {
      Member usual = spec.members.empty() ? Member{} : spec.members.front();  // caps and hours are the form's
      usual.staff.reset();
      usual.unit = unit;
      spec.members = {usual};
    }
    auto made = create_code(tx, scope, {.spec = std::move(spec), .key = cmd.key + "/" + to_text(unit)});
    if (!made) {
      made.error().detail = units.front().name + ": " + made.error().detail;
      return std::unexpected(std::move(made).error());
    }
    out.push_back(std::move(made->code));
  }
  return out;
}

Result<Code> find_code(Tx& tx, const Scope& scope, CodeId id) {
  const auto s = seen_by(scope);
  TRY(auto row, tx.maybe<StoredCode>(kFind, s.all, s.staff, s.path, id));
  if (!row) return fail(Errc::not_found, "entry.no_code", to_text(id));
  return code_of(std::move(*row));
}

Result<std::vector<Code>> list_codes(Tx& tx, const Scope& scope, const CodeFilter& f) {
  const auto s = seen_by(scope);
  std::vector<Code> out;
  TRY(tx.each<StoredCode>(
      kList,
      [&](StoredCode&& row) -> Result<> {
        TRY(auto code, code_of(std::move(row)));
        out.push_back(std::move(code));
        return {};
      },
      s.all, s.staff, s.path, f.state, f.folder, f.channel, like_text(f.q), trim(f.q), f.before.v, f.limit));
  return out;
}

Result<> set_online(Tx& tx, const Scope& scope, const SetOnline& cmd) {
  TRY(const auto guides, roster().guides(tx, std::span(&cmd.staff, 1)));
  if (guides.empty() || !scope.covers(cmd.staff, guides.front().unit_path)) return fail(Errc::not_found, "entry.unknown_staff", to_text(cmd.staff));
  if (cmd.code) TRY(find_code(tx, scope, cmd.code));
  TRY(tx.exec(cmd.online ? kSwitchOn : kSwitchOff, cmd.code.v, cmd.staff));
  pulse_changed(tx);
  return {};
}

}  // namespace koi::entry
