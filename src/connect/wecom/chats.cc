// Groups of customers and who is in them.
#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "connect/wecom/fields.h"
#include "connect/wecom/lanes.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "entry/group_arrivals.h"
#include "entry/joins.h"
#include "people/people.h"
#include "people/profile.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct MemberSeen { std::string id, unionid, name, state, invitor; int scene = 0; Instant joined; };
struct ChatMemberRow { std::string external_userid; PersonId person; Instant joined_at; std::optional<Instant> left_at; };
BOOST_DESCRIBE_STRUCT(ChatMemberRow, (), (external_userid, person, joined_at, left_at))
struct GroupEdge { std::string state; Instant at; };
BOOST_DESCRIBE_STRUCT(GroupEdge, (), (state, at))

namespace {

constexpr int kListMax = 1000, kOwnersMax = 100;
constexpr std::size_t kChatsMax = 200'000;
constexpr auto kSameJoining = std::chrono::minutes(5);

constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_chat (corp_id, chat_id, id, name, owner, notice, status, version, staff, customers, created_at, read_at, gone_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL) ON CONFLICT (corp_id, chat_id) DO UPDATE SET name = excluded.name, owner = excluded.owner, "
    "notice = excluded.notice, status = excluded.status, version = excluded.version, staff = excluded.staff, customers = excluded.customers, "
    "created_at = excluded.created_at, read_at = excluded.read_at, gone_at = NULL";
constexpr std::string_view kGone = "UPDATE connect_wecom_chat SET gone_at = $3 WHERE corp_id = $1 AND chat_id = $2 AND gone_at IS NULL";
constexpr std::string_view kThere = "SELECT chat_id FROM connect_wecom_chat WHERE corp_id = $1 AND gone_at IS NULL ORDER BY chat_id LIMIT 200000";
constexpr std::string_view kMembers = "SELECT external_userid, person_id, joined_at, left_at FROM connect_wecom_chat_member WHERE chat = $1 LIMIT 10000";
constexpr std::string_view kPutMember =
    "INSERT INTO connect_wecom_chat_member (chat, external_userid, person_id, origin_id, joined_at, join_scene, state, invitor, left_at) "
    "VALUES ($1, $2, $3, $3, $4, $5, $6, $7, NULL) ON CONFLICT (chat, external_userid) DO UPDATE SET joined_at = excluded.joined_at, "
    "join_scene = excluded.join_scene, state = excluded.state, invitor = excluded.invitor, left_at = NULL";
constexpr std::string_view kLeft = "UPDATE connect_wecom_chat_member SET left_at = $3 WHERE chat = $1 AND external_userid = $2 AND left_at IS NULL";
constexpr std::string_view kEdge =
    "SELECT state, at FROM relation WHERE person_id = $1 AND kind = 'group' AND +other = $2 ORDER BY at DESC LIMIT 1";
constexpr std::string_view kOwners = "SELECT userid FROM connect_wecom_staff WHERE corp_id = $1 ORDER BY userid LIMIT 100000";
constexpr std::string_view kCount = "UPDATE connect_sync_run SET chats = CASE WHEN chats < $2 THEN $2 ELSE chats END, moved_at = $3 WHERE id = $1";
constexpr std::string_view kCounted = "UPDATE connect_sync_run SET chats = $2, moved_at = $3 WHERE id = $1";
constexpr std::string_view kStatus = "SELECT status FROM connect_wecom_chat WHERE corp_id = $1 AND chat_id = $2";
constexpr std::string_view kForget = "UPDATE connect_wecom_chat_member SET invitor = '' WHERE person_id = $1";

Result<> forget(Tx& tx, PersonId root, std::span<const PersonId>) {
  TRY(tx.exec(kForget, root));
  return {};
}
[[maybe_unused]] const bool kFollows = people::follow("connect_wecom_chat_member") && people::on_erase(forget);

using Chats = std::map<std::string, std::int64_t>;  // chat id -> status

Result<> list_chats(Platform& platform, const json::object& owners, Chats& out) {
  std::string cursor;
  do {
    json::object body{{"status_filter", 0}, {"limit", kListMax}};
    if (!cursor.empty()) body["cursor"] = cursor;
    if (!owners.empty()) body["owner_filter"] = owners;
    TRY(const auto reply, platform.ask("externalcontact/groupchat/list", std::move(body)));
    for (const auto& row : array_in(reply, "group_chat_list"))
      if (row.is_object()) out[text_in(row.get_object(), "chat_id")] = number_in(row.get_object(), "status");
    cursor = text_in(reply, "next_cursor");
  } while (!cursor.empty() && out.size() < kChatsMax);
  return {};
}

/// At once, or owner by owner where the corp has more of them than one call takes.
Result<Chats> all_chats(Db& db, Platform& platform, const std::string& corp) {
  Chats out;
  auto done = list_chats(platform, {}, out);
  if (done) return out;
  if (!refused_with(done.error(), 81017)) return std::unexpected(std::move(done).error());
  TRY(const auto owners, db.read([&](Tx& tx) { return tx.all<std::string>(kOwners, corp); }));
  out.clear();
  for (std::size_t from = 0; from < owners.size(); from += kOwnersMax) {
    json::array some;
    for (auto i = from; i < std::min(owners.size(), from + kOwnersMax); ++i) some.emplace_back(owners[i]);
    TRY(list_chats(platform, {{"userid_list", std::move(some)}}, out));
  }
  return out;
}

struct ChatSeen { std::string chat_id, name, owner, notice, version; std::optional<std::int64_t> status; std::int64_t staff = 0; Instant created; std::vector<MemberSeen> members; };

/// Only the list says the status.
ChatSeen read_chat(const json::object& chat, std::optional<std::int64_t> status) {
  ChatSeen out{text_in(chat, "chat_id"), text_in(chat, "name"), text_in(chat, "owner"), text_in(chat, "notice"), text_in(chat, "member_version"), status, 0,
               time_in(chat, "create_time"), {}};
  for (const auto& row : array_in(chat, "member_list")) {
    if (!row.is_object()) continue;
    const auto& m = row.get_object();
    if (number_in(m, "type") != 2) {
      ++out.staff;
      continue;
    }
    out.members.push_back({text_in(m, "userid"), text_in(m, "unionid"), text_in(m, "name"), text_in(m, "state"), text_in(object_in(m, "invitor"), "userid"),
                           static_cast<int>(number_in(m, "join_scene")), time_in(m, "join_time")});
  }
  return out;
}

/// One group brought to what the platform shows of it.
class Bringing {
 public:
  Bringing(Tx& tx, const std::string& corp, const ChatSeen& chat, Instant asked) : tx_(tx), corp_(corp), chat_(chat), asked_(asked) {}

  Result<> run() {
    const auto all = chat_.staff + static_cast<std::int64_t>(chat_.members.size());
    TRY(const auto status_before, tx_.maybe<std::int64_t>(kStatus, corp_, chat_.chat_id));
    const auto status = chat_.status.value_or(status_before.value_or(0));
    TRY(group_, entry::group_changed(tx_, {.chat_id = chat_.chat_id, .members = all, .name = chat_.name, .owner = chat_.owner, .dismissed = false,
                                           .ownerless = status == 1, .at = asked_}));
    TRY(tx_.exec(kPut, corp_, chat_.chat_id, group_, chat_.name, chat_.owner, chat_.notice, status, chat_.version, chat_.staff, chat_.members.size(),
                 chat_.created, asked_));
    TRY(const auto rows, tx_.all<ChatMemberRow>(kMembers, group_));
    std::map<std::string, const ChatMemberRow*, std::less<>> known;
    for (const auto& row : rows) known[row.external_userid] = &row;
    std::set<std::string, std::less<>> there;
    for (const auto& m : chat_.members) {
      there.insert(m.id);
      const auto had = known.find(m.id);
      if (had != known.end() && !had->second->left_at && had->second->joined_at == m.joined) continue;
      TRY(came(m));
    }
    for (const auto& row : rows)
      if (!row.left_at && !there.contains(row.external_userid) && row.joined_at <= asked_) TRY(went(row));
    return {};
  }

 private:
  Result<> came(const MemberSeen& m) {
    std::vector<people::Ident> idents{{"wecom_external_userid:" + corp_, m.id}};
    if (!m.unionid.empty()) idents.push_back({"wx_unionid", m.unionid});
    TRY(const auto who, people::resolve(tx_, idents, "wecom:" + corp_));
    if (who.created && !trim(m.name).empty())
      TRY(people::set_attributes(tx_, {.person = who.person, .values = {{"name", m.name}}, .source = "wecom:" + corp_, .at = asked_}));
    TRY(const auto edge, tx_.maybe<GroupEdge>(kEdge, who.person, group_));
    const bool told = edge && edge->state == "joined" && edge->at >= m.joined - kSameJoining;
    if (!told)
      TRY(entry::group_arrive(tx_, {.chat_id = chat_.chat_id, .person = who.person, .state = m.state, .join_scene = m.scene, .at = m.joined}));
    TRY(tx_.exec(kPutMember, group_, m.id, who.person, m.joined, m.scene, m.state, m.invitor));
    return {};
  }

  Result<> went(const ChatMemberRow& row) {
    TRY(tx_.exec(kLeft, group_, row.external_userid, asked_));
    TRY(const auto edge, tx_.maybe<GroupEdge>(kEdge, row.person, group_));
    if (edge && edge->state == "left") return {};
    TRY(entry::group_depart(tx_, {.chat_id = chat_.chat_id, .person = row.person, .removed = false, .at = std::max(asked_, row.joined_at)}));
    return {};
  }

  Tx& tx_;
  const std::string& corp_;
  const ChatSeen& chat_;
  const Instant asked_;
  entry::GroupId group_;
};

bool is_gone(const Error& e) { return refused_with(e, 40050) || refused_with(e, 86001) || refused_with(e, 86003); }

/// Nobody shows it any more: dismissed, unless the app only cannot see it.
Result<> look_for_dismissed(Db& db, Platform& platform, const std::string& corp, const Chats& there) {
  TRY(const auto ours, db.read([&](Tx& tx) { return tx.all<std::string>(kThere, corp); }));
  for (const auto& id : ours) {
    if (there.contains(id)) continue;
    const auto reply = platform.ask("externalcontact/groupchat/get", {{"chat_id", id}, {"need_name", 0}});
    if (!reply && !is_gone(reply.error())) {
      if (reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
      continue;
    }
    // The platform still shows a dismissed group by its id for a while, in no list.
    TRY(db.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kGone, corp, id, tx.now()));
      TRY(entry::group_changed(tx, {.chat_id = id, .members = {}, .name = {}, .owner = {}, .dismissed = true, .ownerless = {}, .at = tx.now()}));
      return {};
    }, entry::shard_of_chat(id)));
  }
  return {};
}

}  // namespace

Result<> sync_chats(Db& db, Platform& platform, const Run& run, const WalkOptions& options) {
  TRY(const auto chats, all_chats(db, platform, run.corp_id));
  const std::vector<std::pair<std::string, std::int64_t>> all(chats.begin(), chats.end());
  std::atomic<std::int64_t> read = 0;
  TRY(in_lanes(all, options.lanes, [&](const auto& one) -> Result<> {
    if (options.go_on && !options.go_on()) return fail(Errc::unavailable, "connect.sync_stopped");
    const auto asked = db.clock().now();
    const auto reply = platform.ask("externalcontact/groupchat/get", {{"chat_id", one.first}, {"need_name", 1}});
    if (!reply && reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
    if (!reply) return {};  // outside what the app may read, or gone this minute
    const auto chat = read_chat(object_in(*reply, "group_chat"), one.second);
    if (chat.chat_id.empty()) return {};
    const auto n = ++read;
    return db.write([&](Tx& tx) -> Result<> {
      TRY(Bringing(tx, run.corp_id, chat, asked).run());
      TRY(tx.exec(kCount, run.id, n, tx.now()));
      return {};
    }, shard_of_corp(run.corp_id));  // people who are in many groups meet on one writer
  }));
  TRY(db.write([&](Tx& tx) { return tx.exec(kCounted, run.id, read.load(), tx.now()); }, shard_of_corp(run.corp_id)));
  return look_for_dismissed(db, platform, run.corp_id, chats);
}

Result<> look_at_chat(Db& db, Platform& platform, const std::string& corp, const std::string& chat_id) {
  const auto asked = db.clock().now();
  const auto reply = platform.ask("externalcontact/groupchat/get", {{"chat_id", chat_id}, {"need_name", 1}});
  if (!reply && is_gone(reply.error())) {
    return db.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kGone, corp, chat_id, tx.now()));
      TRY(entry::group_changed(tx, {.chat_id = chat_id, .members = {}, .name = {}, .owner = {}, .dismissed = true, .ownerless = {}, .at = tx.now()}));
      return {};
    }, entry::shard_of_chat(chat_id));
  }
  if (!reply) return std::unexpected(reply.error());
  const auto chat = read_chat(object_in(*reply, "group_chat"), {});
  if (chat.chat_id.empty()) return {};
  return db.write([&](Tx& tx) { return Bringing(tx, corp, chat, asked).run(); }, entry::shard_of_chat(chat_id));
}

}  // namespace koi::connect::wecom
