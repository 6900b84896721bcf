// The items' machine: what is asked when, and what an answer makes of it.
#include <algorithm>
#include <map>

#include "people/people.h"
#include "people/profile.h"
#include "store/rows.h"
#include "team/handover_draft.h"

namespace koi::team {

struct DueItem {
  HandoverItemId id;
  HandoverId handover;
  std::string kind;
  StaffId from, to;
  std::optional<std::int64_t> person, group;
  std::string mode, greeting;
  std::int64_t daily_max = 0;
  std::string from_userid, to_userid, to_state, state;
  std::optional<Instant> asked_at;
};
BOOST_DESCRIBE_STRUCT(DueItem, (), (id, handover, kind, from, to, person, group, mode, greeting, daily_max, from_userid, to_userid, to_state, state, asked_at))
struct OpenItem {
  HandoverItemId id;
  HandoverId handover;
  std::string kind, via;
  StaffId from, to;
  std::optional<PersonId> person;
  std::optional<std::int64_t> group;
  std::string state, tried;
  std::int64_t attempts = 0, attempts_max = 0;
};
BOOST_DESCRIBE_STRUCT(OpenItem, (), (id, handover, kind, via, from, to, person, group, state, tried, attempts, attempts_max))

namespace {

#define KOI_DUE                                                                                                                                       \
  "SELECT i.id, i.handover_id, i.kind, i.from_staff, i.to_staff, i.person_id, i.group_id, h.mode, h.greeting, h.daily_max, COALESCE(f.wecom_userid, ''), " \
  "COALESCE(t.wecom_userid, ''), COALESCE(t.state, 'left'), i.state, i.asked_at FROM handover_item i JOIN handover h ON h.id = i.handover_id "             \
  "JOIN staff f ON f.id = i.from_staff LEFT JOIN staff t ON t.id = i.to_staff "
constexpr std::string_view kDue =
    KOI_DUE "WHERE i.state = 'planned' AND i.is_open = 1 AND i.try_at <= $1 AND h.state = 'running' AND i.via = $2 ORDER BY i.try_at, i.id LIMIT $3";
constexpr std::string_view kLooks =
    KOI_DUE "WHERE i.state IN ('asked', 'waiting') AND i.is_open = 1 AND i.try_at <= $1 ORDER BY i.try_at, i.id LIMIT $2";
#undef KOI_DUE
#define KOI_OPEN                                                                                                                                  \
  "SELECT i.id, i.handover_id, i.kind, i.via, i.from_staff, i.to_staff, i.person_id, i.group_id, i.state, i.tried, i.attempts, h.attempts_max "      \
  "FROM handover_item i JOIN handover h ON h.id = i.handover_id "
constexpr std::string_view kOpen = KOI_OPEN "WHERE i.id = $1 AND i.is_open = 1";
constexpr std::string_view kOpenOf = KOI_OPEN "WHERE i.person_id = $1 AND i.from_staff = $2 AND i.is_open = 1 ORDER BY i.id LIMIT 1";
constexpr std::string_view kOpenTo = KOI_OPEN "WHERE i.person_id = $1 AND i.to_staff = $2 AND i.is_open = 1 AND i.state IN ('asked', 'waiting') ORDER BY i.id LIMIT 1";
#undef KOI_OPEN

constexpr std::string_view kAsk = "UPDATE handover_item SET state = 'asked', asked_at = $2, try_at = $3, error = '' WHERE id = $1 AND state = 'planned'";
constexpr std::string_view kPutOff = "UPDATE handover_item SET try_at = $2 WHERE id = $1 AND is_open = 1";
constexpr std::string_view kWait = "UPDATE handover_item SET state = 'waiting', try_at = $2 WHERE id = $1 AND is_open = 1";
constexpr std::string_view kPlan =
    "UPDATE handover_item SET state = 'planned', to_staff = $2, attempts = $3, tried = $4, try_at = $5, error = $6 WHERE id = $1 AND is_open = 1";
constexpr std::string_view kEnd =
    "UPDATE handover_item SET state = $2, is_open = 0, attempts = $3, tried = $4, ended_at = $5, error = $6 WHERE id = $1 AND is_open = 1";
constexpr std::string_view kOver =
    "UPDATE handover SET state = 'done', ended_at = $2, ver = ver + 1 WHERE id = $1 AND state = 'running' AND NOT EXISTS "
    "(SELECT 1 FROM handover_item WHERE handover_id = $1 AND is_open = 1)";
constexpr std::string_view kPaused = "UPDATE handover SET state = 'paused', error = $2, ver = ver + 1 WHERE id = $1 AND state = 'running'";
constexpr std::string_view kState = "SELECT state FROM handover WHERE id = $1";
constexpr std::string_view kUsed = "SELECT used FROM handover_quota WHERE staff_id = $1 AND what = $2 AND day = $3";
constexpr std::string_view kUse =
    "INSERT INTO handover_quota (staff_id, what, day, used) VALUES ($1, $2, $3, $4) ON CONFLICT (staff_id, what, day) DO UPDATE SET "
    "used = handover_quota.used + excluded.used WHERE handover_quota.used + excluded.used <= $5";
constexpr std::string_view kGiveBack = "UPDATE handover_quota SET used = used - 1 WHERE staff_id = $1 AND what = $2 AND day = $3 AND used > 0";
// The next in turn: who has fewest of this handover's items, has room, and was not tried.
constexpr std::string_view kNext =
    "SELECT r.staff_id FROM handover_receiver r JOIN staff s ON s.id = r.staff_id WHERE r.handover_id = $1 AND s.state = 'active' "
    "AND $2 NOT LIKE '%,' || CAST(r.staff_id AS TEXT) || ',%' AND (r.capacity < 0 OR r.capacity > "
    "(SELECT COUNT(*) FROM person p WHERE p.owner_staff_id = r.staff_id AND p.merged_into IS NULL) + "
    "(SELECT COUNT(*) FROM handover_item o WHERE o.is_open = 1 AND o.handover_id = $1 AND o.kind = 'person' AND o.to_staff = r.staff_id)) "
    "ORDER BY (SELECT COUNT(*) FROM handover_item o WHERE o.handover_id = $1 AND o.to_staff = r.staff_id AND o.state NOT IN ('refused', 'full', 'failed', 'cancelled')), "
    "r.place LIMIT 1";
constexpr std::string_view kOwner = "SELECT owner_staff_id FROM person WHERE id = $1";
constexpr std::string_view kEdge = "SELECT state FROM relation WHERE person_id = $1 AND kind = 'staff' AND +other = $2 ORDER BY at DESC LIMIT 1";
constexpr std::string_view kTold =
    "SELECT COUNT(*) FROM handover_item WHERE kind = 'person' AND person_id = $1 AND from_staff = $2 AND state = 'moved' AND asked_at <= $3 AND ended_at >= $4";
constexpr std::string_view kErased = "SELECT COUNT(*) FROM person WHERE id = $1 AND erased_at IS NOT NULL";

// Who is on the way in another handover by now is not taken up again.
constexpr std::string_view kEnded =
    "SELECT id FROM handover_item i WHERE i.handover_id = $1 AND i.state IN ('refused', 'full', 'failed') AND NOT EXISTS (SELECT 1 FROM handover_item o "
    "WHERE o.is_open = 1 AND ((o.kind = 'person' AND o.origin_id = i.origin_id AND o.from_staff = i.from_staff) OR (o.kind = 'group' AND o.group_id = i.group_id))) "
    "ORDER BY i.id LIMIT $2";
constexpr std::string_view kAnew =
    "UPDATE handover_item SET state = 'planned', is_open = 1, to_staff = $2, attempts = 0, tried = '', try_at = $3, ended_at = NULL, error = '' WHERE id = $1 AND is_open = 0";

constexpr int kTakeMax = 5'000;

std::string noted(const std::string& tried, StaffId staff) {
  return (tried.empty() ? "," : tried) + std::to_string(staff.v) + ",";
}

/// Takes up to `want` of the day; how many it got.
Result<std::int64_t> use(Tx& tx, StaffId staff, std::string_view what, std::int64_t want, std::int64_t most) {
  const auto day = platform_day(tx.now());
  TRY(const auto used, tx.maybe<std::int64_t>(kUsed, staff, what, day));
  const auto got = std::min(want, most - used.value_or(0));
  if (got <= 0) return 0;
  TRY(const auto n, tx.exec(kUse, staff, what, day, got, most));
  return n == 0 ? 0 : got;
}

HandoverAsk ask_of(const DueItem& i) { return {i.handover, i.kind, i.mode, i.greeting, i.from, i.to, i.from_userid, i.to_userid, {}}; }
AskedItem asked_item(const DueItem& i) { return {i.id, {i.person.value_or(0)}, i.group.value_or(0), i.state == "waiting", i.asked_at.value_or(Instant{})}; }

/// Items that go into one call, in order of who was due first.
std::vector<std::vector<DueItem>> in_calls(std::vector<DueItem> items) {
  std::map<std::tuple<std::int64_t, std::string, std::int64_t, std::int64_t>, std::size_t> at;
  std::vector<std::vector<DueItem>> out;
  for (auto& i : items) {
    const std::tuple key{i.handover.v, i.kind, i.from.v, i.to.v};
    const auto had = at.find(key);
    const bool fits = had != at.end() && out[had->second].size() < static_cast<std::size_t>(kHandoverLimits.per_call);
    if (!fits) {
      at[key] = out.size();
      out.emplace_back();
    }
    out[at[key]].push_back(std::move(i));
  }
  return out;
}

Result<> over(Tx& tx, HandoverId id) {
  TRY(tx.exec(kOver, id, tx.now()));
  return {};
}

Result<> give_back(Tx& tx, const OpenItem& i) {
  const bool person = i.kind == "person";
  TRY(tx.exec(kGiveBack, person ? i.to : i.from, person ? "people" : "groups", platform_day(tx.now())));
  return {};
}

/// With another receiver, or the end that `state` says.
Result<> next_receiver(Tx& tx, const OpenItem& i, std::string_view state, std::string_view code) {
  const auto tried = noted(i.tried, i.to);
  const auto attempts = i.attempts + 1;
  TRY(const auto standing, tx.one<std::string>(kState, i.handover));
  std::optional<StaffId> next;
  if (attempts < i.attempts_max && standing != "cancelled") {
    TRY(next, tx.maybe<StaffId>(kNext, i.handover, tried));
  }
  if (next) {
    TRY(tx.exec(kPlan, i.id, next->v, attempts, tried, tx.now(), code));
    return {};
  }
  TRY(tx.exec(kEnd, i.id, state, attempts, tried, tx.now(), code));
  return over(tx, i.handover);
}

/// The receiver is the owner from this transaction on, if the giver was; or if nobody was.
Result<> moved(Tx& tx, const OpenItem& i) {
  TRY(const auto ended, tx.exec(kEnd, i.id, "moved", i.attempts, i.tried, tx.now(), ""));
  if (ended == 0) return {};
  TRY(const auto taker, find_staff(tx, Scope::everything("whose customers they are now"), i.to));
  if (i.kind == "group") {
    const auto book = group_book();
    if (book.moved != nullptr) TRY(book.moved(tx, *i.group, taker.wecom_userid));
    return over(tx, i.handover);
  }
  TRY(const auto erased, tx.one<std::int64_t>(kErased, *i.person));
  if (erased != 0) return over(tx, i.handover);
  TRY(const auto owner, tx.one<std::optional<StaffId>>(kOwner, *i.person));
  if (!owner || *owner == i.from) TRY(people::assign_owner(tx, *i.person, i.to, taker.unit_path));
  TRY(const auto edge, tx.maybe<std::string>(kEdge, *i.person, i.from));
  if (edge == "active") {
    TRY(people::relate(tx, {.person = *i.person, .kind = "staff", .other = i.from.v, .state = "transferred", .channel = "wecom", .via = {}, .at = tx.now(), .props = {}}));
  }
  return over(tx, i.handover);
}

}  // namespace

Result<std::vector<HandoverAsk>> take_handover_asks(Tx& tx, int calls_max) {
  TRY(auto due, tx.all<DueItem>(kDue, tx.now(), "wecom", std::min(kTakeMax, calls_max * kHandoverLimits.per_call)));
  std::vector<HandoverAsk> out;
  for (auto& call : in_calls(std::move(due))) {
    if (out.size() == static_cast<std::size_t>(calls_max)) break;
    const auto& first = call.front();
    if (first.to_state != "active") {
      for (const auto& i : call) TRY(settle_handover_item(tx, i.id, HandoverAnswer::failed, "team.handover_receiver_left"));
      continue;
    }
    const bool person = first.kind == "person";
    TRY(const auto got, use(tx, person ? first.to : first.from, person ? "people" : "groups", static_cast<std::int64_t>(call.size()),
                            person ? first.daily_max : kHandoverLimits.groups_a_day));
    auto ask = ask_of(first);
    for (std::size_t n = 0; n < call.size(); ++n) {
      if (static_cast<std::int64_t>(n) >= got) {
        TRY(tx.exec(kPutOff, call[n].id, platform_day_end(tx.now())));
        continue;
      }
      TRY(const auto taken, tx.exec(kAsk, call[n].id, tx.now(), tx.now() + kHandoverLimits.settled));
      if (taken != 0) ask.items.push_back(asked_item(call[n]));
    }
    if (!ask.items.empty()) out.push_back(std::move(ask));
  }
  return out;
}

Result<std::int64_t> settle_house_items(Tx& tx, int limit) {
  TRY(const auto due, tx.all<DueItem>(kDue, tx.now(), "house", limit));
  for (const auto& i : due) {
    if (i.to_state != "active") {
      TRY(settle_handover_item(tx, i.id, HandoverAnswer::failed, "team.handover_receiver_left"));
      continue;
    }
    TRY(const auto got, use(tx, i.to, "people", 1, i.daily_max));
    if (got == 0) {
      TRY(tx.exec(kPutOff, i.id, platform_day_end(tx.now())));
      continue;
    }
    TRY(settle_handover_item(tx, i.id, HandoverAnswer::moved));
  }
  return static_cast<std::int64_t>(due.size());
}

Result<std::vector<HandoverAsk>> take_handover_looks(Tx& tx, int calls_max) {
  TRY(auto due, tx.all<DueItem>(kLooks, tx.now(), kTakeMax));
  // One look is a list of everything between two people, however many items it settles.
  std::map<std::tuple<std::int64_t, std::string, std::int64_t, std::int64_t>, std::size_t> at;
  std::vector<HandoverAsk> out;
  for (const auto& i : due) {
    const std::tuple key{i.handover.v, i.kind, i.from.v, i.to.v};
    if (!at.contains(key)) {
      if (out.size() == static_cast<std::size_t>(calls_max)) continue;
      at[key] = out.size();
      out.push_back(ask_of(i));
    }
    out[at[key]].items.push_back(asked_item(i));
    TRY(tx.exec(kPutOff, i.id, tx.now() + kHandoverLimits.look_every));
  }
  return out;
}

Result<> settle_handover_item(Tx& tx, HandoverItemId id, HandoverAnswer answer, std::string_view code) {
  TRY(const auto item, tx.maybe<OpenItem>(kOpen, id));
  if (!item) return {};
  switch (answer) {
    case HandoverAnswer::accepted:
      if (item->state == "waiting") return {};
      TRY(tx.exec(kWait, id, tx.now() + kHandoverLimits.look_every));
      return {};
    case HandoverAnswer::moved: return moved(tx, *item);
    case HandoverAnswer::refused: return next_receiver(tx, *item, "refused", code.empty() ? "team.handover_refused" : code);
    case HandoverAnswer::full: return next_receiver(tx, *item, "full", code.empty() ? "team.handover_full" : code);
    case HandoverAnswer::failed: return next_receiver(tx, *item, "failed", code);
    case HandoverAnswer::limited:
      TRY(give_back(tx, *item));
      TRY(tx.exec(kPlan, id, item->to.v, item->attempts, item->tried, tx.now() + kHandoverLimits.limited_wait, code.empty() ? "team.handover_twice" : code));
      break;
    case HandoverAnswer::unsent:
    case HandoverAnswer::absent:
      TRY(give_back(tx, *item));
      TRY(tx.exec(kPlan, id, item->to.v, item->attempts, item->tried, tx.now(), code));
      break;
  }
  // What went back to be planned is not planned any more when the handover was given up meanwhile.
  TRY(const auto standing, tx.one<std::string>(kState, item->handover));
  if (standing == "cancelled") TRY(tx.exec(kEnd, id, "cancelled", item->attempts, item->tried, tx.now(), ""));
  return {};
}

Result<> hold_handover(Tx& tx, const HandoverAsk& ask, std::string_view code) {
  for (const auto& i : ask.items) TRY(settle_handover_item(tx, i.id, HandoverAnswer::unsent, code));
  TRY(tx.exec(kPaused, ask.handover, code));
  return {};
}

Result<std::int64_t> plan_anew(Tx& tx, HandoverId id) {
  TRY(const auto ended, tx.all<HandoverItemId>(kEnded, id, kHandoverLimits.items_max));
  std::int64_t n = 0;
  for (const auto item : ended) {
    TRY(const auto to, tx.maybe<StaffId>(kNext, id, ""));
    if (!to) return n;
    TRY(const auto done, tx.exec(kAnew, item, to->v, tx.now()));
    n += done;
  }
  return n;
}

Result<bool> handover_under_way(Tx& tx, PersonId person, StaffId from) {
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto item, tx.maybe<OpenItem>(kOpenOf, root, from));
  return item && item->state != "planned";
}

Result<bool> handover_told(Tx& tx, PersonId person, StaffId from, Instant at) {
  constexpr auto margin = std::chrono::minutes(10);  // between the platform's clock and ours
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto told, tx.one<std::int64_t>(kTold, root, from, at + margin, at - margin));
  return told != 0;
}

Result<bool> handover_seen(Tx& tx, PersonId person, StaffId from, StaffId to) {
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto item, tx.maybe<OpenItem>(kOpenOf, root, from));
  if (!item || item->state == "planned" || (to && item->to != to)) return false;
  TRY(moved(tx, *item));
  return true;
}

Result<bool> handover_refused(Tx& tx, PersonId person, StaffId to, bool full) {
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto item, tx.maybe<OpenItem>(kOpenTo, root, to));
  if (!item) return false;
  TRY(settle_handover_item(tx, item->id, full ? HandoverAnswer::full : HandoverAnswer::refused));
  return true;
}

}  // namespace koi::team
