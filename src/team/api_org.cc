#include "http/wire.h"
#include "store/rows.h"
#include "team/api.h"

namespace koi::team {

struct UnitOut {
  UnitId id;
  std::optional<UnitId> parent_id;
  std::string name, kind, code, state;
  std::int64_t staff = 0, ver = 0;
};
BOOST_DESCRIBE_STRUCT(UnitOut, (), (id, parent_id, name, kind, code, state, staff, ver))
using UnitPage = http::Page<UnitOut>;
struct StaffOut {
  StaffId id;
  std::string name, wecom_userid, state;
  UnitId unit_id;
  std::string unit_name;
  UserId member_id;
  std::int64_t ver = 0;
};
BOOST_DESCRIBE_STRUCT(StaffOut, (), (id, name, wecom_userid, state, unit_id, unit_name, member_id, ver))
using StaffPage = http::Page<StaffOut>;

struct OrgQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(OrgQuery, (), (limit, after))
struct UnitBody {
  std::string name, kind;
  std::optional<std::string> code;
  std::optional<UnitId> parent_id;
};
BOOST_DESCRIBE_STRUCT(UnitBody, (), (name, kind, code, parent_id))
struct UnitPatch {
  std::optional<std::string> name, code, state;
};
BOOST_DESCRIBE_STRUCT(UnitPatch, (), (name, code, state))
struct StaffBody {
  std::string name;
  std::optional<UnitId> unit_id;
  std::optional<std::string> wecom_userid;
};
BOOST_DESCRIBE_STRUCT(StaffBody, (), (name, unit_id, wecom_userid))
struct StaffPatch {
  std::optional<std::string> name, wecom_userid, state;
  std::optional<UnitId> unit_id;
};
BOOST_DESCRIBE_STRUCT(StaffPatch, (), (name, wecom_userid, state, unit_id))

namespace {

// $2 is the path a scope stands on; paths are digits and strokes, so LIKE means "starts with" on both stores.
constexpr std::string_view kListUnits =
    "SELECT u.id, u.parent_id, u.name, u.kind, COALESCE(u.code, ''), u.state, "
    "(SELECT COUNT(*) FROM staff f WHERE f.unit_id = u.id AND f.state = 'active'), u.ver FROM org_unit u "
    "WHERE u.id > $1 AND u.path LIKE CAST($2 AS TEXT) || '%' ORDER BY u.id LIMIT $3";
constexpr std::string_view kOneUnit =
    "SELECT u.id, u.parent_id, u.name, u.kind, COALESCE(u.code, ''), u.state, "
    "(SELECT COUNT(*) FROM staff f WHERE f.unit_id = u.id AND f.state = 'active'), u.ver FROM org_unit u "
    "WHERE u.id = $1";
constexpr std::string_view kListStaff =
    "SELECT f.id, f.name, COALESCE(f.wecom_userid, ''), f.state, f.unit_id, COALESCE(u.name, ''), a.id, f.ver "
    "FROM staff f LEFT JOIN org_unit u ON u.id = f.unit_id LEFT JOIN user_account a ON a.staff_id = f.id "
    "WHERE f.id > $1 AND COALESCE(u.path, '/') LIKE CAST($2 AS TEXT) || '%' "
    "AND (CAST($4 AS BIGINT) = 0 OR f.id = CAST($4 AS BIGINT)) ORDER BY f.id LIMIT $3";
constexpr std::string_view kOneStaff =
    "SELECT f.id, f.name, COALESCE(f.wecom_userid, ''), f.state, f.unit_id, COALESCE(u.name, ''), a.id, f.ver "
    "FROM staff f LEFT JOIN org_unit u ON u.id = f.unit_id LEFT JOIN user_account a ON a.staff_id = f.id "
    "WHERE f.id = $1";

/// The path whose sub-tree a caller may list; "-" is the start of no path.
std::string listed_path(const Scope& scope) {
  if (scope.unlimited()) return "/";
  return scope.unit_path().empty() ? "-" : scope.unit_path();
}

struct Ask {
  int limit;
  std::int64_t after;
};
Result<Ask> ask_page(Call& call) {
  TRY(const auto query, call.query<OrgQuery>());
  TRY(const int limit, http::page_limit(query.limit));
  TRY(const auto after, http::decode_cursor(query.after.value_or(http::encode_cursor({0})), 1));
  return Ask{limit, after[0]};
}

template <class T>
Reply page_of(std::vector<T> rows, int limit, Instant now) {
  http::Page<T> page{std::move(rows), {}, now};
  if (page.data.size() > static_cast<std::size_t>(limit)) {
    page.data.pop_back();
    page.next = http::encode_cursor({page.data.back().id.v});
  }
  return http::ok(page);
}

Result<Answer> get_units(Call& call) {
  TRY(const auto ask, ask_page(call));
  return call.read([ask, path = listed_path(call.scope())](Tx& tx) -> Result<Reply> {
    TRY(auto rows, tx.all<UnitOut>(kListUnits, ask.after, path, ask.limit + 1));
    return page_of(std::move(rows), ask.limit, tx.now());
  });
}

Result<Answer> post_unit(Call& call) {
  TRY(const auto body, call.body<UnitBody>());
  return call.write(ShardKey{}, [body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto id, create_unit(tx, call.scope(),
                                   {body.parent_id.value_or(UnitId{}), body.name, body.kind, body.code.value_or("")}));
    call.audit_subject(to_text(id));
    TRY(const auto unit, tx.one<UnitOut>(kOneUnit, id));
    return http::with_etag(http::created(unit), unit.ver);
  });
}

Result<Answer> get_unit(Call& call) {
  TRY(const auto id, call.path<UnitId>("unit"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(find_unit(tx, scope, id));
    TRY(const auto unit, tx.one<UnitOut>(kOneUnit, id));
    return http::with_etag(http::ok(unit), unit.ver);
  });
}

Result<Answer> patch_unit(Call& call) {
  TRY(const auto id, call.path<UnitId>("unit"));
  TRY(const auto body, call.body<UnitPatch>());
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto old, find_unit(tx, call.scope(), id));
    TRY(http::check_match(call, old.ver));
    TRY(edit_unit(tx, call.scope(), {id, body.name, body.code, body.state}));
    TRY(const auto unit, tx.one<UnitOut>(kOneUnit, id));
    return http::with_etag(http::ok(unit), unit.ver);
  });
}

Result<Answer> get_staff_list(Call& call) {
  TRY(const auto ask, ask_page(call));
  const auto& scope = call.scope();
  const auto only = scope.reach() == Reach::own ? scope.staff().v : 0;
  return call.read([ask, only, path = listed_path(scope)](Tx& tx) -> Result<Reply> {
    TRY(auto rows, tx.all<StaffOut>(kListStaff, ask.after, path, ask.limit + 1, only));
    return page_of(std::move(rows), ask.limit, tx.now());
  });
}

Result<Answer> post_staff(Call& call) {
  TRY(const auto body, call.body<StaffBody>());
  return call.write(ShardKey{}, [body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto id,
        create_staff(tx, call.scope(), {body.name, body.unit_id.value_or(UnitId{}), body.wecom_userid.value_or("")}));
    call.audit_subject(to_text(id));
    TRY(const auto staff, tx.one<StaffOut>(kOneStaff, id));
    return http::with_etag(http::created(staff), staff.ver);
  });
}

Result<Answer> get_staff(Call& call) {
  TRY(const auto id, call.path<StaffId>("staff"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(find_staff(tx, scope, id));
    TRY(const auto staff, tx.one<StaffOut>(kOneStaff, id));
    return http::with_etag(http::ok(staff), staff.ver);
  });
}

Result<Answer> patch_staff(Call& call) {
  TRY(const auto id, call.path<StaffId>("staff"));
  TRY(const auto body, call.body<StaffPatch>());
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto old, find_staff(tx, call.scope(), id));
    TRY(http::check_match(call, old.ver));
    TRY(edit_staff(tx, call.scope(), {id, body.name, body.wecom_userid, body.state, body.unit_id.value_or(UnitId{})}));
    TRY(const auto staff, tx.one<StaffOut>(kOneStaff, id));
    return http::with_etag(http::ok(staff), staff.ver);
  });
}

using http::kIfMatch, http::None, http::route;
constexpr Route kOrgRoutes[] = {
    route<OrgQuery, None, UnitPage>("GET", "/v1/units", "org.read", get_units, "组织与门店", "Places"),
    route<None, UnitBody, UnitOut>("POST", "/v1/units", "org.write", post_unit, "新增组织或门店", "Add a place"),
    route<None, None, UnitOut>("GET", "/v1/units/{unit}", "org.read", get_unit, "组织或门店", "A place"),
    route<None, UnitPatch, UnitOut>("PATCH", "/v1/units/{unit}", "org.write", patch_unit, "修改组织或门店",
                                    "Change a place", kIfMatch),
    route<OrgQuery, None, StaffPage>("GET", "/v1/staff", "org.read", get_staff_list, "导购与员工", "Staff"),
    route<None, StaffBody, StaffOut>("POST", "/v1/staff", "org.write", post_staff, "新增员工", "Add a member of staff"),
    route<None, None, StaffOut>("GET", "/v1/staff/{staff}", "org.read", get_staff, "员工", "A member of staff"),
    route<None, StaffPatch, StaffOut>("PATCH", "/v1/staff/{staff}", "org.write", patch_staff, "修改员工、调店或离职",
                                      "Change, move or retire a member of staff", kIfMatch),
};

}  // namespace

std::span<const Route> org_routes() { return kOrgRoutes; }

}  // namespace koi::team
