// Whom a mass send reaches, through whom: the audience page by page.
#include "connect/wecom/mass/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "connect/wecom/mass/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct FriendRow { PersonId person_id; std::string external_userid, userid; StaffId staff_id; Instant created_at; bool owner = false; };
BOOST_DESCRIBE_STRUCT(FriendRow, (), (person_id, external_userid, userid, staff_id, created_at, owner))
struct WordRow { PersonId person_id; bool granted = false; };
BOOST_DESCRIBE_STRUCT(WordRow, (), (person_id, granted))
struct GroupRow { std::int64_t id = 0; std::string chat_id, name, owner; std::int64_t status = 0; StaffId staff_id; };
BOOST_DESCRIBE_STRUCT(GroupRow, (), (id, chat_id, name, owner, status, staff_id))
struct OpenTask { MassTaskId id; std::int64_t total = 0; };
BOOST_DESCRIBE_STRUCT(OpenTask, (), (id, total))

namespace {

constexpr int kPage = 500, kClear = 20'000;
constexpr std::int64_t kOwnerLeft = 1, kInherited = 2;  // of groups, as the platform numbers them

constexpr std::string_view kNext = KOI_MASS "WHERE m.state = 'planning' ORDER BY m.updated_at, m.id LIMIT 1";
constexpr std::string_view kClearTargets = "DELETE FROM connect_wecom_mass_target WHERE id IN (SELECT id FROM connect_wecom_mass_target WHERE mass_id = $1 LIMIT $2)";
constexpr std::string_view kClearTasks = "DELETE FROM connect_wecom_mass_task WHERE mass_id = $1";
constexpr std::string_view kStep =
    "UPDATE connect_wecom_mass SET place = $2, found = found + $3, friendless = friendless + $4, unasked = unasked + $5, capped = capped + $6 WHERE id = $1";
constexpr std::string_view kReady = "UPDATE connect_wecom_mass SET state = 'ready', planned_at = $2, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kWrong = "UPDATE connect_wecom_mass SET state = 'draft', error = $2, ver = ver + 1, updated_at = $3 WHERE id = $1";
constexpr std::string_view kOpen = "SELECT id, total FROM connect_wecom_mass_task WHERE mass_id = $1 AND userid = $2 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kAddTask =
    "INSERT INTO connect_wecom_mass_task (id, mass_id, userid, staff_id, state, msgid, error, total, sent, lost, full_up, failed, wish, look_at) "
    "VALUES ($1, $2, $3, $4, 'planned', '', '', 0, 0, 0, 0, 0, '', 0)";
constexpr std::string_view kTotal = "UPDATE connect_wecom_mass_task SET total = $2 WHERE id = $1";
constexpr std::string_view kAddTarget =
    "INSERT INTO connect_wecom_mass_target (id, mass_id, task_id, name, person_id, origin_id, chat, state, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kGroups =
    "SELECT c.id, c.chat_id, c.name, c.owner, c.status, COALESCE(s.staff_id, 0) FROM connect_wecom_chat c LEFT JOIN connect_wecom_staff s ON s.corp_id = c.corp_id AND s.userid = c.owner "
    "AND s.gone_at IS NULL WHERE c.corp_id = $1 AND c.gone_at IS NULL AND c.id > $2 ORDER BY c.id LIMIT $3";
/// Friends who serve: gone or disabled ones confirm nothing.
constexpr std::string_view kFriends =
    "SELECT c.person_id, c.external_userid, c.userid, c.staff_id, c.created_at, CASE WHEN p.owner_staff_id = c.staff_id THEN 1 ELSE 0 END FROM connect_wecom_contact c "
    "JOIN person p ON p.id = c.person_id JOIN connect_wecom_staff s ON s.corp_id = c.corp_id AND s.userid = c.userid "
    "WHERE c.corp_id = $1 AND c.deleted_at IS NULL AND s.gone_at IS NULL AND s.status = 1 AND c.person_id IN ({})";
constexpr std::string_view kWords = "SELECT person_id, granted FROM consent_now WHERE channel = 'wecom' AND purpose = 'marketing' AND person_id IN ({})";

struct Figures { std::int64_t found = 0, friendless = 0, unasked = 0, capped = 0; };

/// One page of one send.
class Page {
 public:
  Page(Tx& tx, const MassRow& mass, const MassSpec& spec) : tx_(tx), mass_(mass), spec_(spec) {}

  Result<> people(const std::vector<PersonId>& ids) {
    std::vector<std::int64_t> who;
    for (const auto id : ids) who.push_back(id.v);
    TRY(const auto friends, closest_friends(who));
    TRY(const auto silent, without_consent(who));
    TRY(const auto capped, capped_now(who));
    for (const auto id : ids) {
      ++figures_.found;
      const auto at = friends.find(id);
      const bool unasked = silent.contains(id);
      const std::string_view out = at == friends.end() ? "friendless" : unasked ? "unasked" : capped.contains(id.v) ? "capped" : "";
      TRY(add(out, at == friends.end() ? std::string() : at->second.external_userid, id, std::nullopt,
              out.empty() ? std::optional(Through{at->second.userid, at->second.staff_id}) : std::nullopt));
    }
    return end(ids.back().v);
  }

  Result<> groups(const std::vector<GroupRow>& rows, const Scope& scope) {
    std::vector<std::int64_t> who;
    for (const auto& row : rows) who.push_back(row.id);
    TRY(const auto capped, capped_now(who));
    for (const auto& row : rows) {
      if (!spec_.groups_named.empty() && row.name.find(spec_.groups_named) == row.name.npos) continue;
      if (!spec_.staff.empty() && std::ranges::find(spec_.staff, row.staff_id) == spec_.staff.end()) continue;
      const auto owner = row.staff_id ? team::find_staff(tx_, scope, row.staff_id) : Result<team::Staff>(fail(Errc::not_found, "team.no_staff"));
      if (!owner && !scope.unlimited()) continue;
      ++figures_.found;
      const bool nobody = !owner || row.status == kOwnerLeft || row.status == kInherited;
      const std::string_view out = nobody ? "friendless" : capped.contains(row.id) ? "capped" : "";
      TRY(add(out, row.chat_id, std::nullopt, row.id, out.empty() ? std::optional(Through{row.owner, row.staff_id}) : std::nullopt));
    }
    return end(rows.back().id);
  }

 private:
  struct Through { std::string userid; StaffId staff; };

  /// Of each the one friend it goes through: the owner, else the last to be befriended.
  Result<std::map<PersonId, FriendRow>> closest_friends(const std::vector<std::int64_t>& who) {
    std::map<PersonId, FriendRow> out;
    const auto better = [](const FriendRow& a, const FriendRow& b) { return std::tuple(a.owner, a.created_at, b.userid) > std::tuple(b.owner, b.created_at, a.userid); };
    TRY(tx_.each<FriendRow>(fmt::format(kFriends, ids_text(who)), [&](FriendRow&& row) -> Result<> {
      if (!spec_.staff.empty() && std::ranges::find(spec_.staff, row.staff_id) == spec_.staff.end()) return {};
      const auto [at, fresh] = out.try_emplace(row.person_id, row);
      if (!fresh && better(row, at->second)) at->second = std::move(row);
      return {};
    }, mass_.corp_id));
    return out;
  }
  Result<std::set<PersonId>> without_consent(const std::vector<std::int64_t>& who) {
    const bool must = spec_.consent == "granted";
    std::set<PersonId> out;
    if (must)
      for (const auto id : who) out.insert(PersonId{id});
    TRY(tx_.each<WordRow>(fmt::format(kWords, ids_text(who)), [&](WordRow&& row) -> Result<> {
      if (row.granted) out.erase(row.person_id);
      else out.insert(row.person_id);
      return {};
    }));
    return out;
  }
  Result<std::set<std::int64_t>> capped_now(const std::vector<std::int64_t>& who) {
    TRY(const auto quota, mass_quota(tx_, mass_.corp_id, mass_.kind));
    TRY(const auto capped, capped_of(tx_, quota, who));
    return std::set(capped.begin(), capped.end());
  }

  Result<> add(std::string_view left_out, const std::string& name, std::optional<PersonId> person, std::optional<std::int64_t> chat, const std::optional<Through>& through) {
    MassTaskId task{};
    if (through) { TRY(task, seat(*through)); }
    if (left_out == "friendless") ++figures_.friendless;
    if (left_out == "unasked") ++figures_.unasked;
    if (left_out == "capped") ++figures_.capped;
    return tx_.append(kAddTarget, tx_.next_id<MassTargetId>(), mass_.id, task.v, name, person, person, chat, left_out.empty() ? "planned" : left_out, tx_.now());
  }
  /// A seat in the guide's task that has room.
  Result<MassTaskId> seat(const Through& through) {
    const auto max = static_cast<std::int64_t>(mass_.kind == "group" ? kTaskGroups : kTaskPeople);
    auto at = tasks_.find(through.userid);
    if (at == tasks_.end()) {
      TRY(const auto open, tx_.maybe<OpenTask>(kOpen, mass_.id, through.userid));
      at = tasks_.emplace(through.userid, open.value_or(OpenTask{{}, max})).first;
    }
    if (at->second.total >= max) {
      if (at->second.id) TRY(tx_.exec(kTotal, at->second.id, at->second.total));
      at->second = {tx_.next_id<MassTaskId>(), 0};
      TRY(tx_.exec(kAddTask, at->second.id, mass_.id, through.userid, through.staff));
    }
    ++at->second.total;
    return at->second.id;
  }
  Result<> end(std::int64_t place) {
    for (const auto& [userid, task] : tasks_) TRY(tx_.exec(kTotal, task.id, task.total));
    TRY(tx_.exec(kStep, mass_.id, place, figures_.found, figures_.friendless, figures_.unasked, figures_.capped));
    return {};
  }

  Tx& tx_;
  const MassRow& mass_;
  const MassSpec& spec_;
  Figures figures_;
  std::map<std::string, OpenTask> tasks_;
};

Result<> step(Tx& tx, const MassRow& mass) {
  if (mass.place == 0) {
    TRY(const auto cleared, tx.exec(kClearTargets, mass.id, kClear));
    if (cleared > 0) return {};
    TRY(tx.exec(kClearTasks, mass.id));
  }
  TRY(const auto spec, read_mass_spec(mass.spec));
  TRY(const auto scope, scope_of(mass));
  Page page(tx, mass, spec);
  if (mass.kind == "group") {
    TRY(const auto rows, tx.all<GroupRow>(kGroups, mass.corp_id, mass.place, kPage));
    if (!rows.empty()) return page.groups(rows, scope);
  } else {
    TRY(const auto ids, people::select_people(tx, scope, spec.audience, mass.place, kPage));
    if (!ids.empty()) return page.people(ids);
  }
  TRY(tx.exec(kReady, mass.id, tx.now()));
  return {};
}

}  // namespace

Result<bool> plan_a_page(Tx& tx) {
  TRY(const auto mass, tx.maybe<MassRow>(kNext));
  if (!mass) return false;
  const auto done = tx.nested([&] { return step(tx, *mass); });
  if (done) return true;
  if (done.error().kind == Errc::unavailable) return std::unexpected(done.error());
  // What its audience names is gone: the author is told.
  TRY(tx.exec(kWrong, mass->id, done.error().code, tx.now()));
  return true;
}

}  // namespace koi::connect::wecom
