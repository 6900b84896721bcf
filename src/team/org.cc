#include <algorithm>
#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "team/sessions.h"
#include "team/team.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(Unit, (), (id, parent, path, store_path, region_path, name, kind, code, state, ver))
BOOST_DESCRIBE_STRUCT(Staff, (), (id, name, wecom_userid, state, unit, unit_name, unit_path, ver))

namespace {

constexpr std::size_t kNameMax = 80;
constexpr int kDepthMax = 12;

constexpr std::string_view kUnitById =
    "SELECT id, parent_id, path, store_path, region_path, name, kind, COALESCE(code, ''), state, ver FROM org_unit "
    "WHERE id = $1";
constexpr std::string_view kUnitByCode =
    "SELECT id, parent_id, path, store_path, region_path, name, kind, COALESCE(code, ''), state, ver FROM org_unit "
    "WHERE code = $1";
constexpr std::string_view kInsertUnit =
    "INSERT INTO org_unit (id, parent_id, path, store_path, region_path, name, kind, code, state, ver) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', 1) ON CONFLICT DO NOTHING";
constexpr std::string_view kUpdateUnit =
    "UPDATE org_unit SET name = $2, code = $3, state = $4, ver = ver + 1 WHERE id = $1";
constexpr std::string_view kCodeTaken = "SELECT id FROM org_unit WHERE code = $1 AND id <> $2";

constexpr std::string_view kEdits =
    "SELECT CAST((SELECT COALESCE(SUM(ver) - COUNT(*), 0) FROM org_unit) + (SELECT COALESCE(SUM(ver) - COUNT(*), 0) FROM staff) "
    "AS BIGINT)";
constexpr std::string_view kMark =
    "SELECT CAST((SELECT COALESCE(SUM(ver), 0) FROM org_unit) + (SELECT COALESCE(SUM(ver), 0) FROM staff) AS BIGINT)";

constexpr std::string_view kStaffById =
    "SELECT s.id, s.name, COALESCE(s.wecom_userid, ''), s.state, s.unit_id, COALESCE(u.name, ''), "
    "COALESCE(u.path, ''), s.ver FROM staff s LEFT JOIN org_unit u ON u.id = s.unit_id WHERE s.id = $1";
constexpr std::string_view kStaffByWecom =
    "SELECT s.id, s.name, COALESCE(s.wecom_userid, ''), s.state, s.unit_id, COALESCE(u.name, ''), "
    "COALESCE(u.path, ''), s.ver FROM staff s LEFT JOIN org_unit u ON u.id = s.unit_id WHERE s.wecom_userid = $1";
constexpr std::string_view kStaffUnder =
    "SELECT s.id, s.name, COALESCE(s.wecom_userid, ''), s.state, s.unit_id, u.name, u.path, s.ver FROM org_unit u JOIN staff s ON s.unit_id = u.id "
    "WHERE substr(u.path, 1, length($1)) = $1 ORDER BY s.id LIMIT $2";
constexpr std::string_view kInsertStaff =
    "INSERT INTO staff (id, name, unit_id, wecom_userid, state, ver) VALUES ($1, $2, $3, $4, 'active', 1)";
constexpr std::string_view kUpdateStaff =
    "UPDATE staff SET name = $2, unit_id = $3, wecom_userid = $4, state = $5, ver = ver + 1 WHERE id = $1";
constexpr std::string_view kWecomTaken = "SELECT id FROM staff WHERE wecom_userid = $1 AND id <> $2";
constexpr std::string_view kAccountOf = "SELECT id FROM user_account WHERE staff_id = $1 AND state <> 'disabled'";

/// An empty text is no text.
std::optional<std::string> or_null(const std::string& s) { return s.empty() ? std::nullopt : std::optional(s); }

Result<std::string> clean_name(std::string_view name, std::string_view code) {
  const auto trimmed = trim(name);
  if (trimmed.empty() || !valid_utf8(trimmed) || count_chars(trimmed) > kNameMax) return fail(Errc::invalid, code);
  return std::string(trimmed);
}

bool known_kind(std::string_view kind) {
  return kind == "region" || kind == "city" || kind == "store" || kind == "team";
}

/// The three paths of a new unit under `parent` (none at the top).
void place_unit(Unit& unit, const std::optional<Unit>& parent) {
  unit.path = (parent ? parent->path : "/") + std::to_string(unit.id.v) + "/";
  const bool store_above = parent && parent->kind != "region" && parent->kind != "city";
  unit.store_path = unit.kind != "store" && store_above ? parent->store_path : unit.path;
  const bool region_above = parent && unit.kind != "region" && (unit.kind != "city" || parent->kind == "region");
  unit.region_path = region_above ? parent->region_path : unit.path;
}

}  // namespace

Result<UnitId> create_unit(Tx& tx, const Scope& scope, const CreateUnit& cmd) {
  if (!known_kind(cmd.kind)) return fail(Errc::invalid, "team.unit_kind", cmd.kind, "/kind");
  Unit unit;
  TRY(unit.name, clean_name(cmd.name, "team.unit_name"));
  unit.kind = cmd.kind;
  unit.code = std::string(trim(cmd.code));

  std::optional<Unit> parent;
  if (cmd.parent) {
    TRY(parent, find_unit(tx, scope, cmd.parent));
    if (std::ranges::count(parent->path, '/') > kDepthMax) return fail(Errc::invalid, "team.unit_depth");
  } else if (!scope.unlimited()) {
    return fail(Errc::not_found, "team.no_unit");
  }
  if (!unit.code.empty()) {
    TRY(auto had, unit_by_code(tx, unit.code));
    if (had && had->parent == cmd.parent && had->kind == unit.kind) return had->id;
    if (had) return fail(Errc::conflict, "team.unit_code", unit.code, "/code");
  }
  unit.id = tx.next_id<UnitId>();
  place_unit(unit, parent);
  TRY(auto added, tx.exec(kInsertUnit, unit.id, cmd.parent, unit.path, unit.store_path, unit.region_path, unit.name,
                          unit.kind, or_null(unit.code)));
  if (added == 0) return fail(Errc::conflict, "team.unit_code", unit.code, "/code");
  return unit.id;
}

Result<Unit> find_unit(Tx& tx, const Scope& scope, UnitId id) {
  TRY(auto unit, tx.maybe<Unit>(kUnitById, id));
  if (!unit || !scope.covers({}, unit->path)) return fail(Errc::not_found, "team.no_unit");
  return *unit;
}

Result<std::optional<Unit>> unit_by_code(Tx& tx, std::string_view code) { return tx.maybe<Unit>(kUnitByCode, code); }

Result<Unit> edit_unit(Tx& tx, const Scope& scope, const EditUnit& cmd) {
  TRY(auto unit, find_unit(tx, scope, cmd.unit));
  if (cmd.name) {
    TRY(unit.name, clean_name(*cmd.name, "team.unit_name"));
  }
  if (cmd.code) unit.code = std::string(trim(*cmd.code));
  if (cmd.state) unit.state = *cmd.state;
  if (unit.state != "open" && unit.state != "closed") return fail(Errc::invalid, "team.unit_state", {}, "/state");
  TRY(auto taken, tx.maybe<UnitId>(kCodeTaken, unit.code, unit.id));
  if (taken) return fail(Errc::conflict, "team.unit_code", unit.code, "/code");
  TRY(tx.exec(kUpdateUnit, unit.id, unit.name, or_null(unit.code), unit.state));
  return find_unit(tx, scope, cmd.unit);
}

Result<std::string> PlaceNames::of(Tx& tx, std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto step = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), step.size() + 1));
    const auto number = parse_int(step);
    if (!number) continue;  // before the first stroke
    const auto [name, is_new] = names_.try_emplace(UnitId{*number});
    if (is_new) {
      TRY(auto unit, tx.maybe<Unit>(kUnitById, UnitId{*number}));
      if (unit) name->second = std::move(unit->name);
    }
    out += (out.empty() ? "" : "/") + name->second;
  }
  return out;
}

Result<std::int64_t> org_edits(Tx& tx) { return tx.one<std::int64_t>(kEdits); }
Result<std::int64_t> org_mark(Tx& tx) { return tx.one<std::int64_t>(kMark); }

Result<StaffId> create_staff(Tx& tx, const Scope& scope, const CreateStaff& cmd) {
  TRY(auto name, clean_name(cmd.name, "team.staff_name"));
  const auto wecom = std::string(trim(cmd.wecom_userid));
  if (cmd.unit) {
    TRY(find_unit(tx, scope, cmd.unit));
  }
  if (!cmd.unit && !scope.unlimited()) return fail(Errc::not_found, "team.no_unit");
  if (!wecom.empty()) {
    TRY(auto had, staff_by_wecom(tx, wecom));
    if (had && had->unit == cmd.unit) return had->id;
    if (had) return fail(Errc::conflict, "team.wecom_taken", wecom, "/wecom_userid");
  }
  const auto id = tx.next_id<StaffId>();
  TRY(tx.exec(kInsertStaff, id, name, cmd.unit, or_null(wecom)));
  return id;
}

Result<Staff> find_staff(Tx& tx, const Scope& scope, StaffId id) {
  TRY(auto staff, tx.maybe<Staff>(kStaffById, id));
  if (!staff || !scope.covers(id, staff->unit_path)) return fail(Errc::not_found, "team.no_staff");
  return *staff;
}

Result<std::optional<Staff>> staff_by_wecom(Tx& tx, std::string_view wecom_userid) {
  return tx.maybe<Staff>(kStaffByWecom, wecom_userid);
}

Result<std::vector<Staff>> staff_under(Tx& tx, const Scope& scope, std::string_view unit_path) {
  std::vector<Staff> out;
  TRY(tx.each<Staff>(
      kStaffUnder,
      [&](Staff&& one) -> Result<> {
        if (scope.covers(one.id, one.unit_path)) out.push_back(std::move(one));
        return {};
      },
      unit_path, kStaffUnderMax));
  return out;
}

Result<Staff> edit_staff(Tx& tx, const Scope& scope, const EditStaff& cmd) {
  TRY(auto staff, find_staff(tx, scope, cmd.staff));
  if (cmd.name) {
    TRY(staff.name, clean_name(*cmd.name, "team.staff_name"));
  }
  if (cmd.wecom_userid) staff.wecom_userid = std::string(trim(*cmd.wecom_userid));
  if (cmd.state) staff.state = *cmd.state;
  if (staff.state != "active" && staff.state != "left") return fail(Errc::invalid, "team.staff_state", {}, "/state");
  if (cmd.unit) {
    TRY(find_unit(tx, scope, cmd.unit));
    staff.unit = cmd.unit;
  }
  TRY(auto taken, tx.maybe<StaffId>(kWecomTaken, staff.wecom_userid, staff.id));
  if (taken) return fail(Errc::conflict, "team.wecom_taken", staff.wecom_userid, "/wecom_userid");
  TRY(tx.exec(kUpdateStaff, staff.id, staff.name, staff.unit, or_null(staff.wecom_userid), staff.state));
  if (staff.state == "left") {
    TRY(auto account, tx.maybe<UserId>(kAccountOf, staff.id));
    if (account) {
      TRY(disable_user(tx, *account));
    }
  }
  // Read without the scope: whoever moved a member of staff out of reach still sees what was done.
  return find_staff(tx, Scope::everything("reply to the mover"), cmd.staff);
}

}  // namespace koi::team
