#include "http/wire.h"
#include "store/rows.h"
#include "team/api.h"
#include "team/second_factor.h"

namespace koi::team {

struct MemberOut {
  UserId id;
  std::string login, display_name, role, reach, state;
  StaffId staff_id;
  std::string staff_name;
  bool totp_on = false;
  Instant created_at;
  std::optional<Instant> last_seen_at;
  std::int64_t ver = 0;
};
BOOST_DESCRIBE_STRUCT(MemberOut, (),
                      (id, login, display_name, role, reach, state, staff_id, staff_name, totp_on, created_at,
                       last_seen_at, ver))
using MemberPage = http::Page<MemberOut>;

struct PageQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, after))
struct MemberBody {
  std::string login;
  std::optional<std::string> display_name;
  Role role = Role::operator_;
  std::optional<Reach> reach;
  std::optional<StaffId> staff_id;
};
BOOST_DESCRIBE_STRUCT(MemberBody, (), (login, display_name, role, reach, staff_id))
struct MemberPatch {
  std::optional<std::string> display_name;
  std::optional<Role> role;
  std::optional<Reach> reach;
  std::optional<std::optional<StaffId>> staff_id;  // null: nobody's
  std::optional<bool> active;
};
BOOST_DESCRIBE_STRUCT(MemberPatch, (), (display_name, role, reach, staff_id, active))
struct InvitedReply {
  MemberOut member;
  std::string invite_token;
};
BOOST_DESCRIBE_STRUCT(InvitedReply, (), (member, invite_token))
struct InviteReply {
  std::string invite_token;
};
BOOST_DESCRIBE_STRUCT(InviteReply, (), (invite_token))
struct MemberSession {
  SessionId id;
  Instant created_at, last_seen_at;
  std::string ip, ua;
  bool strong = false;
};
BOOST_DESCRIBE_STRUCT(MemberSession, (), (id, created_at, last_seen_at, ip, ua, strong))
using MemberSessions = http::Page<MemberSession>;

struct RoleOut {
  std::string role, zh, en, reach;  // reach: what a new member of the role gets
  std::vector<std::string> reaches, permissions;
};
BOOST_DESCRIBE_STRUCT(RoleOut, (), (role, zh, en, reach, reaches, permissions))
struct PermissionOut {
  std::string permission, zh, en;
  bool strong = false;
  std::vector<std::string> roles;
};
BOOST_DESCRIBE_STRUCT(PermissionOut, (), (permission, zh, en, strong, roles))
struct RolesReply {
  std::vector<RoleOut> data;
};
BOOST_DESCRIBE_STRUCT(RolesReply, (), (data))
struct PermissionsReply {
  std::vector<PermissionOut> data;
};
BOOST_DESCRIBE_STRUCT(PermissionsReply, (), (data))
struct Security {
  bool require_totp = false;
};
BOOST_DESCRIBE_STRUCT(Security, (), (require_totp))

namespace {

constexpr std::string_view kListMembers =
    "SELECT u.id, u.login, u.display_name, u.role, u.reach, u.state, u.staff_id, COALESCE(f.name, ''), u.totp_on, "
    "u.created_at, (SELECT MAX(s.last_seen_at) FROM session s WHERE s.user_id = u.id), u.ver "
    "FROM user_account u LEFT JOIN staff f ON f.id = u.staff_id WHERE u.id > $1 ORDER BY u.id LIMIT $2";
constexpr std::string_view kOneMember =
    "SELECT u.id, u.login, u.display_name, u.role, u.reach, u.state, u.staff_id, COALESCE(f.name, ''), u.totp_on, "
    "u.created_at, (SELECT MAX(s.last_seen_at) FROM session s WHERE s.user_id = u.id), u.ver "
    "FROM user_account u LEFT JOIN staff f ON f.id = u.staff_id WHERE u.id = $1";

Result<MemberOut> member(Tx& tx, UserId id) {
  TRY(auto found, tx.maybe<MemberOut>(kOneMember, id));
  if (!found) return fail(Errc::not_found, "team.no_member");
  return *found;
}

Result<Answer> get_members(Call& call) {
  TRY(const auto query, call.query<PageQuery>());
  TRY(const int limit, http::page_limit(query.limit));
  TRY(const auto after, http::decode_cursor(query.after.value_or(http::encode_cursor({0})), 1));
  return call.read([=](Tx& tx) -> Result<Reply> {
    MemberPage page{{}, {}, tx.now()};
    TRY(page.data, tx.all<MemberOut>(kListMembers, after[0], limit + 1));
    if (page.data.size() > static_cast<std::size_t>(limit)) {
      page.data.pop_back();
      page.next = http::encode_cursor({page.data.back().id.v});
    }
    return http::ok(page);
  });
}

Result<Answer> get_member(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto found, member(tx, id));
    return http::with_etag(http::ok(found), found.ver);
  });
}

Result<Answer> post_member(Call& call) {
  TRY(const auto body, call.body<MemberBody>());
  return call.write(ShardKey{}, [body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto id, create_user(tx, {.login = body.login,
                                        .display_name = body.display_name.value_or(""),
                                        .role = body.role,
                                        .reach = body.reach,
                                        .staff = body.staff_id.value_or(StaffId{}),
                                        .password_hash = {}}));
    call.audit_subject(to_text(id));
    InvitedReply out;
    TRY(out.member, member(tx, id));
    TRY(out.invite_token, create_invite_token(tx, id));
    return http::with_etag(http::created(out), out.member.ver);
  });
}

Result<Answer> patch_member(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  TRY(const auto body, call.body<MemberPatch>());
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto old, member(tx, id));
    TRY(http::check_match(call, old.ver));
    EditUser edit{id, body.display_name, body.role, body.reach, {}, body.active};
    if (body.staff_id) edit.staff = body.staff_id->value_or(StaffId{});
    TRY(edit_user(tx, edit));
    TRY(const auto now, member(tx, id));
    return http::with_etag(http::ok(now), now.ver);
  });
}

Result<Answer> post_invite(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(auto token, create_invite_token(tx, id));
    return http::created(InviteReply{std::move(token)});
  });
}

Result<Answer> post_reset_totp(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(reset_totp(tx, id));
    TRY(end_sessions_of(tx, id));
    return http::no_content();
  });
}

Result<Answer> get_member_sessions(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(find_user(tx, id));
    TRY(const auto rows, sessions_of(tx, id));
    MemberSessions page{{}, {}, tx.now()};
    for (const auto& s : rows) page.data.push_back({s.id, s.created_at, s.last_seen_at, s.ip, s.ua, s.strong});
    return http::ok(page);
  });
}

Result<Answer> delete_member_sessions(Call& call) {
  TRY(const auto id, call.path<UserId>("member"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(find_user(tx, id));
    TRY(end_sessions_of(tx, id));
    return http::no_content();
  });
}

Result<Answer> get_roles(Call&) {
  RolesReply out;
  for (const auto& label : role_labels()) {
    RoleOut role{std::string(label.name),
                 std::string(label.zh),
                 std::string(label.en),
                 std::string(reach_text(label.reach)),
                 {},
                 {}};
    for (const auto reach : {Reach::own, Reach::team, Reach::store, Reach::region, Reach::all}) {
      if (reach_allowed(label.role, reach)) role.reaches.emplace_back(reach_text(reach));
    }
    const auto& may = permissions_of(label.role);
    role.permissions.assign(may.begin(), may.end());
    out.data.push_back(std::move(role));
  }
  return Answer(http::ok(out));
}

Result<Answer> get_permissions(Call&) {
  PermissionsReply out;
  for (const auto& line : policy()) {
    PermissionOut row{std::string(line.permission), std::string(line.zh), std::string(line.en), line.strong, {}};
    for (const auto& label : role_labels()) {
      if (role_may(label.role, line.permission)) row.roles.emplace_back(label.name);
    }
    out.data.push_back(std::move(row));
  }
  return Answer(http::ok(out));
}

Result<Answer> get_security(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    Security out;
    TRY(out.require_totp, totp_required(tx));
    return http::ok(out);
  });
}

Result<Answer> put_security(Call& call) {
  TRY(const auto body, call.body<Security>());
  return call.write(ShardKey{}, [body](Tx& tx) -> Result<Reply> {
    TRY(require_totp(tx, body.require_totp));
    return http::ok(body);
  });
}

using http::kIfMatch, http::kLogin, http::kSecret, http::None, http::route;
constexpr Route kMemberRoutes[] = {
    route<PageQuery, None, MemberPage>("GET", "/v1/members", "member.read", get_members, "成员列表", "Members"),
    route<None, MemberBody, InvitedReply>("POST", "/v1/members", "member.write", post_member, "邀请成员",
                                          "Invite a member", kSecret),
    route<None, None, MemberOut>("GET", "/v1/members/{member}", "member.read", get_member, "成员", "A member"),
    route<None, MemberPatch, MemberOut>("PATCH", "/v1/members/{member}", "member.write", patch_member,
                                        "修改成员角色与范围", "Change a member", kIfMatch),
    route<None, None, InviteReply>("POST", "/v1/members/{member}/invite", "member.write", post_invite,
                                   "重新生成邀请链接", "A new link to set a password", kSecret),
    route<None, None, None>("POST", "/v1/members/{member}/totp/reset", "member.write", post_reset_totp,
                            "重置成员的动态口令", "Reset a member's second factor"),
    route<None, None, MemberSessions>("GET", "/v1/members/{member}/sessions", "member.read", get_member_sessions,
                                      "成员的登录会话", "A member's sessions"),
    route<None, None, None>("DELETE", "/v1/members/{member}/sessions", "member.write", delete_member_sessions,
                            "结束成员的全部会话", "End a member's sessions"),
    route<None, None, RolesReply>("GET", "/v1/roles", "", get_roles, "角色与权限矩阵", "Roles and what they may do",
                                  kLogin),
    route<None, None, PermissionsReply>("GET", "/v1/permissions", "", get_permissions, "权限清单", "Permissions",
                                        kLogin),
    route<None, None, Security>("GET", "/v1/security", "settings.read", get_security, "安全设置", "Security settings"),
    route<None, Security, Security>("PUT", "/v1/security", "settings.write", put_security, "修改安全设置",
                                    "Change security settings"),
};

}  // namespace

std::span<const Route> member_routes() { return kMemberRoutes; }

}  // namespace koi::team
