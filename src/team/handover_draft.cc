#include "team/handover_draft.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "people/list.h"
#include "store/rows.h"

namespace koi::team {

struct OwnedRow { PersonId id; std::string store; std::int64_t friends = 0; };
BOOST_DESCRIBE_STRUCT(OwnedRow, (), (id, store, friends))
struct MovedRow { std::int64_t id = 0, times = 0; Instant first; };
BOOST_DESCRIBE_STRUCT(MovedRow, (), (id, times, first))

namespace {

constexpr std::string_view kOwned =
    "SELECT p.id, COALESCE(p.store, ''), (SELECT COUNT(*) FROM relation r WHERE r.person_id = p.id AND r.kind = 'staff' AND +r.other = $1 AND r.state = 'active') "
    "FROM person p WHERE p.owner_staff_id = $1 AND p.merged_into IS NULL AND p.erased_at IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM handover_item i WHERE i.person_id = p.id AND i.from_staff = $1 AND i.is_open = 1) ORDER BY p.id LIMIT $2";
// Friends who are somebody else's customers: whoever has left cannot keep them company either.
constexpr std::string_view kFriends =
    "SELECT DISTINCT p.id, COALESCE(p.store, ''), CAST(1 AS BIGINT) FROM relation r JOIN person p ON p.id = r.person_id WHERE r.kind = 'staff' AND r.other = $1 "
    "AND r.state = 'active' AND (p.owner_staff_id IS NULL OR p.owner_staff_id <> $1) AND p.merged_into IS NULL AND p.erased_at IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM handover_item i WHERE i.person_id = p.id AND i.from_staff = $1 AND i.is_open = 1) ORDER BY p.id LIMIT $2";
constexpr std::string_view kMoved =
    "SELECT i.person_id, COUNT(*), MIN(i.ended_at) FROM handover_item i JOIN handover h ON h.id = i.handover_id JOIN person p ON p.id = i.person_id "
    "WHERE p.owner_staff_id = $1 AND i.kind = 'person' AND i.via = 'wecom' AND i.state = 'moved' AND h.mode = 'onjob' AND i.ended_at > $2 GROUP BY i.person_id";
constexpr std::string_view kGroupMoved =
    "SELECT i.group_id, COUNT(*), MIN(i.ended_at) FROM handover_item i JOIN handover h ON h.id = i.handover_id "
    "WHERE i.group_id = $1 AND i.kind = 'group' AND i.state = 'moved' AND h.mode = 'onjob' AND i.ended_at > $2 GROUP BY i.group_id";
constexpr std::string_view kGroupOpen = "SELECT COUNT(*) FROM handover_item WHERE group_id = $1 AND kind = 'group' AND is_open = 1";
constexpr std::string_view kHas = "SELECT COUNT(*) FROM person WHERE owner_staff_id = $1 AND merged_into IS NULL";
constexpr std::string_view kStorePath = "SELECT path FROM org_unit WHERE code = $1 OR (kind = 'store' AND name = $1) ORDER BY id LIMIT 1";

constexpr std::string_view kRules[] = {"one", "equal", "least", "store", "match", "explicit"};
constexpr std::int64_t kPaceMax = 100'000, kAttemptsMax = 20;
constexpr int kSelectPage = 2'000;

GroupBook& groups_known() {
  static GroupBook book{};
  return book;
}

Result<> check_spec(const HandoverSpec& s) {
  if (s.mode != "onjob" && s.mode != "left") return fail(Errc::invalid, "team.handover_mode", s.mode, "/mode");
  if (std::ranges::find(kRules, s.rule) == std::end(kRules)) return fail(Errc::invalid, "team.handover_rule", s.rule, "/rule");
  if (!valid_utf8(s.greeting) || count_chars(s.greeting) > static_cast<std::size_t>(kHandoverLimits.greeting_max))
    return fail(Errc::invalid, "team.handover_greeting", {}, "/greeting");
  if (s.daily_max < 1 || s.daily_max > kPaceMax || s.attempts_max < 1 || s.attempts_max > kAttemptsMax)
    return fail(Errc::invalid, "team.handover_pace", {}, "/daily_max");
  if (s.receivers.size() > static_cast<std::size_t>(kHandoverLimits.receivers_max)) return fail(Errc::invalid, "team.handover_receivers", {}, "/receivers");
  if ((s.rule == "explicit") == s.picks.empty()) return fail(Errc::invalid, "team.handover_picks", {}, "/picks");
  if (s.picks.size() > static_cast<std::size_t>(kHandoverLimits.items_max)) return fail(Errc::invalid, "team.handover_too_many", {}, "/picks");
  return {};
}

bool bound(const HandoverReceiver& r) { return !r.tags.empty() || !r.segment.empty() || !r.stage.empty() || !r.store.empty(); }

class Drafting {
 public:
  Drafting(Tx& tx, const Scope& scope, const HandoverSpec& spec) : tx_(tx), scope_(scope), spec_(spec) {}

  Result<Draft> run() {
    TRY(check_spec(spec_));
    TRY(d_.from, find_staff(tx_, scope_, spec_.from));
    if (spec_.mode == "left" && d_.from.state != "left") return fail(Errc::conflict, "team.handover_not_left", d_.from.name, "/from");
    TRY(receivers());
    if (spec_.people) TRY(people());
    if (spec_.groups) TRY(groups());
    if (d_.people.empty() && d_.groups.empty()) return fail(Errc::invalid, "team.handover_nothing");
    if (d_.people.size() + d_.groups.size() > static_cast<std::size_t>(kHandoverLimits.items_max)) return fail(Errc::invalid, "team.handover_too_many");
    TRY(share_people());
    share_groups();
    return std::move(d_);
  }

 private:
  Result<> receivers() {
    auto wanted = spec_.receivers;
    if (wanted.empty()) {
      TRY(const auto all, d_.from.unit_path.empty() ? Result<std::vector<Staff>>(std::vector<Staff>{}) : staff_under(tx_, scope_, d_.from.unit_path));
      for (const auto& s : all)
        if (s.state == "active" && s.id != d_.from.id && wanted.size() < static_cast<std::size_t>(kHandoverLimits.receivers_max)) wanted.push_back({.staff = s.id});
    }
    std::set<StaffId> seen;
    for (const auto& w : wanted) {
      const auto s = find_staff(tx_, scope_, w.staff);
      if (!s && s.error().kind != Errc::not_found) return std::unexpected(s.error());
      const bool apart = spec_.same_unit && s && s->unit != d_.from.unit;
      if (!s || s->state != "active" || s->id == d_.from.id || apart || !seen.insert(w.staff).second)
        return fail(Errc::invalid, "team.handover_receivers", s ? s->name : to_text(w.staff), "/receivers");
      TRY(const auto has, tx_.one<std::int64_t>(kHas, w.staff));
      d_.takers.push_back({.staff = w.staff, .unit_path = s->unit_path, .has = has, .capacity = w.capacity, .bound = bound(w)});
      d_.receivers.push_back(*s);
    }
    if (d_.takers.empty()) return fail(Errc::invalid, "team.handover_receivers", {}, "/receivers");
    d_.groups_of.assign(d_.takers.size(), 0);
    wanted_ = std::move(wanted);
    return {};
  }

  Result<> people() {
    const int most = kHandoverLimits.items_max + 1;
    TRY(auto rows, tx_.all<OwnedRow>(kOwned, d_.from.id, most));
    if (spec_.mode == "left") {
      TRY(auto friends, tx_.all<OwnedRow>(kFriends, d_.from.id, most));
      rows.insert(rows.end(), friends.begin(), friends.end());
    }
    std::map<std::int64_t, MovedRow> moved;
    if (spec_.mode == "onjob") {
      TRY(const auto all, tx_.all<MovedRow>(kMoved, d_.from.id, tx_.now() - kHandoverLimits.onjob_window));
      for (const auto& m : all) moved[m.id] = m;
    }
    std::set<PersonId> picked;
    for (const auto& p : spec_.picks) picked.insert(p.person);
    for (const auto& r : rows) {
      if (spec_.rule == "explicit" && !picked.contains(r.id)) continue;
      DraftPerson one{.id = r.id, .store = r.store, .friends = r.friends != 0};
      if (const auto at = moved.find(r.id.v); at != moved.end() && one.friends) one.moved = at->second.times, one.first_moved = at->second.first;
      d_.people.push_back(std::move(one));
    }
    return {};
  }

  Result<> groups() {
    const auto owned = groups_known().owned;
    if (owned == nullptr || d_.from.wecom_userid.empty()) return {};
    TRY(const auto all, owned(tx_, d_.from.wecom_userid, kHandoverLimits.items_max + 1));
    for (const auto& g : all) {
      TRY(const auto open, tx_.one<std::int64_t>(kGroupOpen, g.id));
      if (open != 0) continue;
      DraftGroup one{.id = g.id, .name = g.name};
      if (spec_.mode == "onjob") {
        TRY(const auto moved, tx_.maybe<MovedRow>(kGroupMoved, g.id, tx_.now() - kHandoverLimits.onjob_window));
        if (moved) one.moved = moved->times, one.first_moved = moved->first;
      }
      d_.groups.push_back(std::move(one));
    }
    return {};
  }

  Result<> share_people() {
    std::vector<Given> given(d_.people.size());
    std::map<std::int64_t, std::size_t> place;
    for (std::size_t i = 0; i < given.size(); ++i) {
      given[i].id = d_.people[i].id.v;
      place[given[i].id] = i;
      if (spec_.rule == "store") {
        TRY(given[i].store_path, path_of(d_.people[i].store));
      }
    }
    for (const auto& p : spec_.picks)
      if (const auto at = place.find(p.person.v); at != place.end()) given[at->second].pick = p.to;
    if (spec_.rule == "match")
      for (std::size_t t = 0; t < wanted_.size(); ++t)
        if (bound(wanted_[t])) TRY(match(static_cast<int>(t), given, place));
    const auto to = allot(spec_.rule, given, d_.takers);
    for (std::size_t i = 0; i < to.size(); ++i) d_.people[i].to = to[i];
    return {};
  }

  /// Marks those the conditions of one receiver select, page by page.
  Result<> match(int taker, std::vector<Given>& given, const std::map<std::int64_t, std::size_t>& place) {
    const auto& r = wanted_[static_cast<std::size_t>(taker)];
    people::Filter f;
    f.owner = d_.from.id;
    for (const auto tag : r.tags) f.tag_any.push_back({tag});
    if (!r.segment.empty()) f.segment = r.segment;
    if (!r.store.empty()) f.store = r.store;
    if (!r.stage.empty()) {
      const auto stage = people::parse_stage(r.stage);
      if (!stage) return fail(Errc::invalid, "team.handover_rule", r.stage, "/receivers");
      f.stage = {*stage};
    }
    for (std::int64_t below = 0;;) {
      TRY(const auto page, people::select_people(tx_, Scope::everything("the giver is within reach"), f, below, kSelectPage));
      for (const auto id : page)
        if (const auto at = place.find(id.v); at != place.end() && given[at->second].match < 0) given[at->second].match = taker;
      if (page.size() < static_cast<std::size_t>(kSelectPage)) return {};
      below = page.back().v;
    }
  }

  Result<std::string> path_of(const std::string& store) {
    if (store.empty()) return std::string();
    if (const auto at = paths_.find(store); at != paths_.end()) return at->second;
    TRY(const auto path, tx_.maybe<std::string>(kStorePath, store));
    return paths_[store] = path.value_or("");
  }

  /// Groups go in equal shares to whoever the rule names, or to the first.
  void share_groups() {
    const std::size_t n = spec_.rule == "one" ? 1 : d_.takers.size();
    for (std::size_t i = 0; i < d_.groups.size(); ++i) {
      d_.groups[i].to = static_cast<int>(i % n);
      ++d_.groups_of[i % n];
    }
  }

  Tx& tx_;
  const Scope& scope_;
  const HandoverSpec& spec_;
  std::vector<HandoverReceiver> wanted_;
  std::map<std::string, std::string> paths_;
  Draft d_;
};

constexpr auto kPlatformZone = std::chrono::hours(8);

}  // namespace

std::int64_t platform_day(Instant at) { return std::chrono::floor<std::chrono::days>(at + kPlatformZone).time_since_epoch().count(); }
Instant platform_day_end(Instant at) {
  return std::chrono::time_point_cast<Millis>(std::chrono::floor<std::chrono::days>(at + kPlatformZone)) + std::chrono::days(1) - kPlatformZone;
}

std::optional<Instant> free_at(std::string_view mode, std::int64_t moved, Instant first_moved) {
  if (mode != "onjob" || moved < kHandoverLimits.onjob_max) return std::nullopt;
  return first_moved + kHandoverLimits.onjob_window + std::chrono::minutes(1);
}

bool know_groups(GroupBook book) {
  groups_known() = book;
  return true;
}
GroupBook group_book() { return groups_known(); }

Result<Draft> draft_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec) { return Drafting(tx, scope, spec).run(); }

}  // namespace koi::team
