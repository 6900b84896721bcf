// Departments and members of a corp, into team's places and staff.
#include <algorithm>
#include <map>

#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct DepartmentRow { std::int64_t department = 0; std::int64_t unit = 0; std::string name; std::int64_t parent = 0; bool made = false; };
BOOST_DESCRIBE_STRUCT(DepartmentRow, (), (department, unit, name, parent, made))
struct MemberRow { std::string userid; StaffId staff; std::string name; std::int64_t department = 0, status = 0; bool made = false; std::optional<Instant> gone_at; };
BOOST_DESCRIBE_STRUCT(MemberRow, (), (userid, staff, name, department, status, made, gone_at))
struct MobileRow { StaffId staff; std::string login; };
BOOST_DESCRIBE_STRUCT(MobileRow, (), (staff, login))

namespace {

constexpr std::string_view kDepartments = "SELECT department, unit_id, name, parent, made FROM connect_wecom_department WHERE corp_id = $1 LIMIT 100000";
constexpr std::string_view kPutDepartment =
    "INSERT INTO connect_wecom_department (corp_id, department, unit_id, name, parent, made) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (corp_id, department) DO UPDATE SET name = excluded.name, parent = excluded.parent";
// A place of that name under the same place, or the only store of that name anywhere.
constexpr std::string_view kUnitUnder =
    "SELECT u.id FROM org_unit u WHERE u.name = $1 AND COALESCE(u.parent_id, 0) = $2 AND u.state = 'open' AND NOT EXISTS "
    "(SELECT 1 FROM connect_wecom_department d WHERE d.corp_id = $3 AND d.unit_id = u.id) ORDER BY u.id LIMIT 1";
constexpr std::string_view kStoresNamed =
    "SELECT u.id FROM org_unit u WHERE u.name = $1 AND u.kind = 'store' AND u.state = 'open' AND NOT EXISTS "
    "(SELECT 1 FROM connect_wecom_department d WHERE d.corp_id = $2 AND d.unit_id = u.id) ORDER BY u.id LIMIT 2";
constexpr std::string_view kMembers = "SELECT userid, staff_id, name, department, status, made, gone_at FROM connect_wecom_staff WHERE corp_id = $1 LIMIT 200000";
constexpr std::string_view kMember = "SELECT userid, staff_id, name, department, status, made, gone_at FROM connect_wecom_staff WHERE corp_id = $1 AND userid = $2";
constexpr std::string_view kPutMember =
    "INSERT INTO connect_wecom_staff (corp_id, userid, staff_id, name, department, status, made, gone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) "
    "ON CONFLICT (corp_id, userid) DO UPDATE SET name = excluded.name, department = excluded.department, status = excluded.status, gone_at = NULL";
constexpr std::string_view kGoneMember = "UPDATE connect_wecom_staff SET gone_at = $3, status = 5 WHERE corp_id = $1 AND userid = $2 AND gone_at IS NULL";
constexpr std::string_view kElsewhere = "SELECT COUNT(*) FROM connect_wecom_staff WHERE staff_id = $1 AND corp_id <> $2";
// People who sign in with their mobile number and whom nobody has tied to WeCom.
constexpr std::string_view kMobiles =
    "SELECT s.id, u.login FROM staff s JOIN user_account u ON u.staff_id = s.id WHERE s.wecom_userid IS NULL AND s.state = 'active' ORDER BY s.id LIMIT 2000";

constexpr std::size_t kNameMax = 80, kMembersBatch = 200, kMobilesMax = 200, kVanishedMax = 200;
constexpr std::int64_t kCompany = 1;
constexpr int kLeft = 5;

struct Department { std::int64_t id = 0, parent = 0, order = 0; std::string name; bool has_below = false; };
struct Member { std::string userid, name; std::int64_t department = 0; int status = 1; };

bool ends_with_shop(std::string_view name) { return name.ends_with("店") || name.ends_with("门店"); }
std::string_view kind_of(const Department& d) {
  if (ends_with_shop(d.name) && !d.has_below) return "store";
  return d.has_below ? "region" : "team";
}
std::string cut(std::string_view name) { return std::string(take_chars(name, kNameMax)); }
Scope everywhere() { return Scope::everything("the platform's directory"); }

/// Parents first; what hangs under nobody shown stands at the top.
std::vector<Department> read_departments(const json::object& reply) {
  std::map<std::int64_t, Department> all;
  for (const auto& row : array_in(reply, "department")) {
    if (!row.is_object()) continue;
    const auto& o = row.get_object();
    Department d{number_in(o, "id"), number_in(o, "parentid"), number_in(o, "order"), text_in(o, "name")};
    if (d.name.empty()) d.name = std::to_string(d.id);  // apps that may not read names
    all[d.id] = std::move(d);
  }
  for (auto& [id, d] : all)
    if (const auto up = all.find(d.parent); up != all.end()) up->second.has_below = true;
  std::vector<Department> out;
  std::map<std::int64_t, bool> placed;
  while (out.size() < all.size()) {
    const auto before = out.size();
    for (const auto& [id, d] : all)
      if (!placed[id] && (!all.contains(d.parent) || placed[d.parent])) placed[id] = true, out.push_back(d);
    if (out.size() == before) break;  // a ring, which the platform never shows
  }
  return out;
}

using Units = std::map<std::int64_t, std::int64_t>;  // department -> unit, 0: none

Result<std::int64_t> unit_for(Tx& tx, const std::string& corp, const Department& d, std::int64_t parent) {
  TRY(const auto under, tx.maybe<std::int64_t>(kUnitUnder, d.name, parent, corp));
  if (under) return *under;
  if (kind_of(d) != "store") return 0;
  TRY(const auto stores, tx.all<std::int64_t>(kStoresNamed, d.name, corp));
  return stores.size() == 1 ? stores.front() : 0;
}

Result<> rename_unit(Tx& tx, const DepartmentRow& known, const Department& d) {
  if (known.name == d.name || known.unit == 0 || !known.made) return {};
  TRY(const auto unit, team::find_unit(tx, everywhere(), UnitId{known.unit}));
  if (unit.name != cut(known.name)) return {};  // somebody here calls it otherwise
  TRY(team::edit_unit(tx, everywhere(), {.unit = unit.id, .name = cut(d.name), .code = {}, .state = {}}));
  return {};
}

Result<Units> apply_departments(Tx& tx, const std::string& corp, const std::vector<Department>& all) {
  TRY(const auto rows, tx.all<DepartmentRow>(kDepartments, corp));
  std::map<std::int64_t, DepartmentRow> known;
  for (const auto& row : rows) known[row.department] = row;
  Units units;
  for (const auto& d : all) {
    const auto had = known.find(d.id);
    if (had != known.end()) {
      units[d.id] = had->second.unit;
      TRY(rename_unit(tx, had->second, d));
      if (had->second.name != d.name || had->second.parent != d.parent)
        TRY(tx.exec(kPutDepartment, corp, d.id, had->second.unit, d.name, d.parent, had->second.made));
      continue;
    }
    const auto parent = units.contains(d.parent) ? units[d.parent] : 0;
    std::int64_t unit = 0;
    bool made = false;
    if (d.id != kCompany) {
      TRY(unit, unit_for(tx, corp, d, parent));
      if (unit == 0) {
        const auto fresh = team::create_unit(tx, everywhere(), {.parent = UnitId{parent}, .name = cut(d.name), .kind = std::string(kind_of(d)), .code = {}});
        if (!fresh && fresh.error().code != "team.unit_depth") return std::unexpected(fresh.error());
        unit = fresh ? fresh->v : parent;  // deeper than our tree goes: with those above
        made = fresh.has_value();
      }
    }
    units[d.id] = unit;
    TRY(tx.exec(kPutDepartment, corp, d.id, unit, d.name, d.parent, made));
  }
  return units;
}

UnitId unit_of(const Units& units, std::int64_t department) {
  const auto at = units.find(department);
  return at == units.end() ? UnitId{} : UnitId{at->second};
}

/// What the platform changed since both agreed comes over; what was changed here stays.
Result<> update_member(Tx& tx, const MemberRow& had, const Member& m, const Units& units) {
  auto found = team::find_staff(tx, everywhere(), had.staff);
  if (!found) return found.error().kind == Errc::not_found ? Result<>{} : std::unexpected(found.error());
  team::EditStaff edit{.staff = had.staff, .name = {}, .wecom_userid = {}, .state = {}, .unit = {}};
  if (had.name != m.name && found->name == cut(had.name)) edit.name = cut(m.name);
  const auto unit = unit_of(units, m.department);
  if (had.department != m.department && (!found->unit || found->unit == unit_of(units, had.department)) && unit && unit != found->unit) edit.unit = unit;
  if (had.gone_at && found->state == "left") edit.state = "active";
  if (edit.name || edit.state || edit.unit) TRY(team::edit_staff(tx, everywhere(), edit));
  return {};
}

Result<StaffId> find_or_make(Tx& tx, const std::string& corp, const Member& m, UnitId unit, StaffId by_mobile, bool& made) {
  TRY(const auto same, team::staff_by_wecom(tx, m.userid));
  if (same) {
    TRY(const auto elsewhere, tx.one<std::int64_t>(kElsewhere, same->id, corp));
    if (elsewhere == 0) return same->id;
    made = true;  // another corp's member of the same userid
    return team::create_staff(tx, everywhere(), {.name = cut(m.name), .unit = unit, .wecom_userid = {}});
  }
  if (by_mobile) {
    TRY(team::edit_staff(tx, everywhere(), {.staff = by_mobile, .name = {}, .wecom_userid = m.userid, .state = {}, .unit = {}}));
    return by_mobile;
  }
  made = true;
  return team::create_staff(tx, everywhere(), {.name = cut(m.name), .unit = unit, .wecom_userid = m.userid});
}

Result<> apply_member(Tx& tx, const std::string& corp, const Member& m, const Units& units, StaffId by_mobile) {
  TRY(const auto had, tx.maybe<MemberRow>(kMember, corp, m.userid));
  if (had) {
    const bool same = had->name == m.name && had->department == m.department && had->status == m.status && !had->gone_at;
    if (same) return {};
    TRY(update_member(tx, *had, m, units));
    TRY(tx.exec(kPutMember, corp, m.userid, had->staff, m.name, m.department, m.status, had->made));
    return {};
  }
  bool made = false;
  TRY(const auto staff, find_or_make(tx, corp, m, unit_of(units, m.department), by_mobile, made));
  TRY(tx.exec(kPutMember, corp, m.userid, staff, m.name, m.department, m.status, made));
  return {};
}

/// One department after the other: the platform shows one level at a time.
Result<std::map<std::string, Member>> read_members(Platform& platform, const std::vector<Department>& departments) {
  std::map<std::string, Member> out;
  for (const auto& d : departments) {
    TRY(const auto reply, platform.get("user/list", {{"department_id", std::to_string(d.id)}}));
    for (const auto& row : array_in(reply, "userlist")) {
      if (!row.is_object()) continue;
      const auto& o = row.get_object();
      Member m{text_in(o, "userid"), text_in(o, "name"), number_in(o, "main_department"), static_cast<int>(number_in(o, "status", 1))};
      if (m.userid.empty()) continue;
      if (trim(m.name).empty()) m.name = m.userid;
      if (m.department == 0) m.department = d.id;
      out.try_emplace(m.userid, std::move(m));
    }
  }
  return out;
}

bool is_mobile(std::string_view login) {
  return login.size() == 11 && login.front() == '1' && login.find_first_not_of("0123456789") == login.npos;
}

/// Userids of those who sign in with a mobile number and are not tied yet.
Result<std::map<std::string, StaffId>> ask_mobiles(Db& db, Platform& platform) {
  std::map<std::string, StaffId> out;
  TRY(const auto rows, db.read([](Tx& tx) { return tx.all<MobileRow>(kMobiles); }));
  std::size_t asked = 0;
  for (const auto& row : rows) {
    if (!is_mobile(row.login) || asked++ >= kMobilesMax) continue;
    const auto reply = platform.ask("user/getuserid", {{"mobile", row.login}});
    if (reply) out[text_in(*reply, "userid")] = row.staff;
    else if (reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
  }
  return out;
}

/// A member the listing does not show may have left, or only be outside what the app may see: each is asked for.
Result<> look_for_left(Db& db, Platform& platform, const std::string& corp, const std::map<std::string, Member>& there) {
  TRY(const auto rows, db.read([&](Tx& tx) { return tx.all<MemberRow>(kMembers, corp); }));
  std::vector<const MemberRow*> missing;
  for (const auto& row : rows)
    if (!row.gone_at && !there.contains(row.userid)) missing.push_back(&row);
  if (missing.size() > kVanishedMax) missing.resize(kVanishedMax);  // the rest tomorrow
  for (const auto* row : missing) {
    const auto reply = platform.get("user/get", {{"userid", row->userid}});
    if (!reply && reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
    const bool left = reply ? number_in(*reply, "status") == kLeft : refused_with(reply.error(), 60111) || refused_with(reply.error(), 46004);
    if (!left) continue;
    TRY(db.write([&](Tx& tx) -> Result<> {
      TRY(const auto ended, tx.exec(kGoneMember, corp, row->userid, tx.now()));
      if (ended == 0) return {};
      const auto staff = team::find_staff(tx, everywhere(), row->staff);
      if (!staff || staff->state == "left") return {};
      TRY(team::edit_staff(tx, everywhere(), {.staff = row->staff, .name = {}, .wecom_userid = {}, .state = "left", .unit = {}}));
      return {};
    }, shard_of_corp(corp)));
  }
  return {};
}

}  // namespace

Result<> sync_directory(Db& db, Platform& platform, const std::string& corp) {
  TRY(const auto reply, platform.get("department/list", {}));
  const auto departments = read_departments(reply);
  TRY(const auto units, db.write([&](Tx& tx) { return apply_departments(tx, corp, departments); }, shard_of_corp(corp)));
  TRY(const auto members, read_members(platform, departments));
  TRY(const auto mobiles, ask_mobiles(db, platform));
  std::vector<const Member*> batch;
  const auto put = [&]() -> Result<> {
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (const auto* m : batch) {
        const auto at = mobiles.find(m->userid);
        TRY(apply_member(tx, corp, *m, units, at == mobiles.end() ? StaffId{} : at->second));
      }
      return {};
    }, shard_of_corp(corp)));
    batch.clear();
    return {};
  };
  for (const auto& [userid, member] : members) {
    batch.push_back(&member);
    if (batch.size() == kMembersBatch) TRY(put());
  }
  if (!batch.empty()) TRY(put());
  return look_for_left(db, platform, corp, members);
}

Result<std::optional<StaffId>> known_staff_of(Tx& tx, std::string_view corp, std::string_view userid) {
  TRY(const auto row, tx.maybe<MemberRow>(kMember, corp, userid));
  return row ? std::optional(row->staff) : std::nullopt;
}

Result<StaffId> staff_of(Tx& tx, std::string_view corp, std::string_view userid) {
  TRY(const auto known, known_staff_of(tx, corp, userid));
  if (known) return *known;
  // Outside what the directory shows: known by the userid alone until it does.
  const Member m{std::string(userid), std::string(userid), 0, 1};
  TRY(apply_member(tx, std::string(corp), m, {}, {}));
  TRY(const auto made, known_staff_of(tx, corp, userid));
  return made.value_or(StaffId{});
}

}  // namespace koi::connect::wecom
