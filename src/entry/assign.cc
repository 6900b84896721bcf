// A scan: who meets the visitor, and why. The order of asking is pick.cc's, the slots are slots.cc's; here they meet.
#include <algorithm>
#include <map>
#include <boost/json.hpp>

#include "base/say.h"
#include "entry/alarms.h"
#include "entry/pick.h"
#include "entry/slots.h"
#include "entry/ways.h"
#include "entry/want.h"
#include "ledger/ledger.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kTake =
    "UPDATE entry_code_turn SET scans = scans + 1 WHERE code_id = $1 RETURNING rev, scans, since_add, last_staff, round, assigned";
// The visitor chose a store on the page that the scan opened: one scan, told in two steps.
constexpr std::string_view kSameScan = "UPDATE entry_code_turn SET scans = scans - 1 WHERE code_id = $1";
constexpr std::string_view kGive =
    "UPDATE entry_code_turn SET assigned = assigned + 1, since_add = since_add + 1, last_staff = $2, round = $3 WHERE code_id = $1 RETURNING since_add";
constexpr std::string_view kListLast = "SELECT last_staff FROM entry_code_list WHERE code_id = $1 AND list = $2";
constexpr std::string_view kSetListLast =
    "INSERT INTO entry_code_list (code_id, list, last_staff) VALUES ($1, $2, $3) ON CONFLICT (code_id, list) DO UPDATE SET last_staff = excluded.last_staff";
constexpr std::string_view kGuides = "SELECT staff_id, day, day_assigned, round, round_limit, last_at FROM entry_code_guide WHERE code_id = $1";
constexpr std::string_view kGiveGuide =
    "INSERT INTO entry_code_guide (code_id, staff_id, assigned, day, day_assigned, adds, since_add, round, round_limit, last_at, last_scan, before_scan) "
    "VALUES ($1, $2, 1, $3, 1, 0, 1, $4, $5, $6, $7, 0) ON CONFLICT (code_id, staff_id) DO UPDATE SET assigned = entry_code_guide.assigned + 1, "
    "day_assigned = CASE WHEN entry_code_guide.day = excluded.day THEN entry_code_guide.day_assigned + 1 ELSE 1 END, day = excluded.day, "
    "since_add = entry_code_guide.since_add + 1, round = excluded.round, round_limit = excluded.round_limit, last_at = excluded.last_at, "
    "before_scan = entry_code_guide.last_scan, last_scan = excluded.last_scan RETURNING since_add, before_scan";
constexpr std::string_view kLastScan =
    "SELECT id, staff_id, state, expires_at, store_id FROM entry_scan WHERE visitor = $1 AND code_id = $2 AND visitor <> '' ORDER BY at DESC, id DESC LIMIT 1";
constexpr std::string_view kAddScan =
    "INSERT INTO entry_scan (id, code_id, staff_id, visitor, state, at, expires_at, held, day, level, store_id, person_node, before, touch) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
constexpr std::string_view kFriends =
    "SELECT other FROM relation WHERE person_id = $1 AND kind = 'staff' AND state = 'active' ORDER BY at DESC, other LIMIT 20";
constexpr int kExpireAtOnce = 100;  // holds whose time is over, given back while somebody waits
constexpr std::size_t kStoresAsked = 10, kStoresShown = 200, kTouchMax = 12, kTouchText = 200, kVisitorMax = 64;
constexpr std::int64_t kGuideAlarmScans = 20;  // shown so often without a friend, while others get some

struct Turn { std::int64_t rev, scans, since_add; StaffId last_staff; std::int64_t round, assigned; };
BOOST_DESCRIBE_STRUCT(Turn, (), (rev, scans, since_add, last_staff, round, assigned))
struct GuideRow { StaffId staff; std::int64_t day = 0, day_assigned = 0, round = 0, round_limit = 0; Instant last_at{}; };
BOOST_DESCRIBE_STRUCT(GuideRow, (), (staff, day, day_assigned, round, round_limit, last_at))
struct Given { std::int64_t since_add; ScanId before; };
BOOST_DESCRIBE_STRUCT(Given, (), (since_add, before))
struct ScanRow { ScanId id; StaffId staff; std::string state; Instant expires_at; UnitId store; };
BOOST_DESCRIBE_STRUCT(ScanRow, (), (id, staff, state, expires_at, store))

/// Guides who are asked together.
struct Group {
  const std::vector<Seat>* seats = nullptr;
  std::int64_t list = 0;  // 0 the members, a store's unit, -1.. backup
  int level = 0;
  const KnownStore* store = nullptr;
};
/// Why some of a group were not asked.
struct Passed { int left = 0, off = 0, off_duty = 0, no_qr = 0, full = 0, round = 0; };

Said rule_words(AssignRule rule) {
  switch (rule) {
    case AssignRule::weighted: return {"by weight", "按权重"};
    case AssignRule::least_loaded: return {"least loaded", "空闲优先"};
    case AssignRule::random: return {"at random", "随机"};
    case AssignRule::nearest: return {"nearest store", "就近门店"};
    case AssignRule::round_robin: break;
  }
  return {"round robin", "轮询"};
}

void add_words(Said& to, const Said& more) {
  to.en += (to.en.empty() ? "" : "; ") + more.en;
  to.zh += (to.zh.empty() ? "" : ";") + more.zh;
}

void tell_passed(Said& to, const Passed& p) {
  if (p.full > 0) add_words(to, say("{} at cap", "{} 人已达上限", p.full));
  if (p.round > 0) add_words(to, say("{} have their share of the round", "{} 人本轮已满", p.round));
  if (p.off_duty > 0) add_words(to, say("{} off duty", "{} 人不在班", p.off_duty));
  if (p.off > 0) add_words(to, say("{} switched off", "{} 人已下线", p.off));
  if (p.left > 0) add_words(to, say("{} left", "{} 人已离职", p.left));
  if (p.no_qr > 0) add_words(to, say("{} without a code of their own yet", "{} 人的二维码尚未生成", p.no_qr));
}

/// One scan at work.
class Scan {
 public:
  Scan(Tx& tx, const ScanCommand& cmd) : tx_(tx), cmd_(cmd), visitor_(cmd.visitor.substr(0, kVisitorMax)) {
    for (const auto& [key, value] : cmd.touch)
      if (touch_.size() < kTouchMax && key.size() <= kTouchText && value.size() <= kTouchText) touch_[key] = value;
  }

  Result<Assigned> run() {
    TRY(const auto turn, tx_.maybe<Turn>(kTake, cmd_.code));
    if (!turn) return fail(Errc::not_found, "entry.no_code", to_text(cmd_.code));
    turn_ = *turn;
    TRY(known_, known_code(tx_, cmd_.code, turn_.rev));
    moment_ = moment_of(known_->zone, tx_.now());
    out_.code = cmd_.code;
    if (!visitor_.empty() && !cmd_.new_visitor) { TRY(last_, tx_.maybe<ScanRow>(kLastScan, visitor_, cmd_.code)); }
    if (last_ && last_->state == "refused" && last_->expires_at > tx_.now() && (cmd_.place || cmd_.picked_store)) {
      step_ = true;
      TRY(tx_.exec(kSameScan, cmd_.code));
    }
    if (known_->code.state != CodeState::active)
      return refuse(known_->code.state == CodeState::paused ? Said{"the code is paused", "活码已暂停"} : Said{"the code was deleted", "活码已删除"});
    if (spec().mode == CodeMode::direct) return platform();
    TRY(const bool again, same_guide());
    if (again) return finish(out_.scan, out_.guide);
    if (spec().kind == CodeKind::store) {
      TRY(const bool chosen, choose_store());
      if (!chosen) return choose();
    }
    return give();
  }

 private:
  const CodeSpec& spec() const { return known_->code.spec; }

  /// Within the hold the visitor sees who was shown before.
  Result<bool> same_guide() {
    if (!last_ || last_->state != "open" || !last_->staff || last_->expires_at <= tx_.now()) return false;
    if (cmd_.picked_store && cmd_.picked_store != last_->store) return false;  // another store is what they ask for
    const auto* seat = known_->seat_of(last_->staff);
    if (seat == nullptr || !seat->guide.active || seat->qr_url.empty()) return false;
    show(*seat);
    out_.scan = last_->id;
    out_.again = true;
    out_.hold_until = last_->expires_at;
    out_.reason = say("the same visitor within {} minutes: the same guide, no second slot", "同一访客 {} 分钟内再次扫码:仍为原导购,不另占名额", spec().hold_minutes);
    return true;
  }

  void show(const Seat& seat) {
    out_.kind = "guide";
    out_.guide = seat.guide.id;
    out_.guide_name = seat.guide.name;
    out_.qr_url = seat.qr_url;
  }

  /// The platform assigns: all we show is its code.
  Result<Assigned> platform() {
    if (known_->code_qr.empty()) return refuse({"the platform has not made the code yet", "平台尚未生成二维码"});
    const bool somebody = std::ranges::any_of(known_->levels, [&](const auto& level) {
      return std::ranges::any_of(level, [&](const Seat& s) { return s.guide.active && !known_->is_off(s.guide.id) && s.duty->on(moment_); });
    });
    if (!somebody) return refuse({"nobody is on duty", "无人值班"});
    out_.kind = "code";
    out_.qr_url = known_->code_qr;
    out_.reason = {"the platform assigns among those on duty", "由平台在值班成员中分配"};
    out_.scan = tx_.next_id<ScanId>();
    TRY(const auto given, give_guide({}));
    TRY(keep_scan({}, "open", tx_.now() + std::chrono::minutes(spec().hold_minutes), "", given.before));
    TRY(tx_.exec(kGive, cmd_.code, turn_.last_staff.v, turn_.round));
    return finish(out_.scan, {});
  }

  StoreChoice choice_of(const KnownStore& store) const {
    StoreChoice c{store.unit, store.name, store.address, store.phone, {}, store.hours.covers(moment_.minute_of_week)};
    if (cmd_.place && store.at) c.km = km_between(*cmd_.place, *store.at);
    return c;
  }

  /// Puts the stores to ask into groups_; false when the visitor has to choose, which out_ says then.
  Result<bool> choose_store() {
    if (cmd_.picked_store) {
      const auto at = std::ranges::find(known_->stores, cmd_.picked_store, &KnownStore::unit);
      if (at != known_->stores.end()) {
        if (at->hours.covers(moment_.minute_of_week)) groups_.push_back({&at->seats, at->unit.v, 0, &*at});
        else add_words(why_, say("{} is closed now", "{}现已打烊", at->name));
        return true;
      }
    }
    std::vector<StoreChoice> all;
    for (const auto& store : known_->stores) all.push_back(choice_of(store));
    std::ranges::stable_sort(all, {}, [](const StoreChoice& c) { return std::pair(!c.km, c.km.value_or(0)); });
    if (cmd_.place) {
      bool near = false;
      for (const auto& c : all) {
        if (!c.km || (spec().radius_km > 0 && *c.km > spec().radius_km)) continue;
        near = true;
        if (!c.open || groups_.size() >= kStoresAsked) continue;
        const auto at = std::ranges::find(known_->stores, c.unit, &KnownStore::unit);
        groups_.push_back({&at->seats, at->unit.v, 0, &*at});
      }
      if (near) {
        if (groups_.empty()) add_words(why_, {"all stores near by are closed", "附近门店均已打烊"});
        return true;
      }
    }
    if (all.size() > kStoresShown) all.resize(kStoresShown);
    out_.kind = "pick";
    out_.stores = std::move(all);
    if (cmd_.place) {
      out_.words = spec().out_of_range.empty() ? say("no store within {} km; choose one", "{} 公里内没有门店,请选择一家", spec().radius_km) : Said{spec().out_of_range, spec().out_of_range};
      out_.reason = say("no store within {} km", "{} 公里内没有门店", spec().radius_km);
    } else {
      out_.words = {"Choose a store", "请选择门店"};
      out_.reason = {"where the visitor is, is not known", "访客位置未知"};
    }
    return false;
  }

  /// The visitor has to choose; what is chosen within the hold belongs to this scan.
  Result<Assigned> choose() {
    if (!step_) {
      out_.scan = tx_.next_id<ScanId>();
      TRY(keep_scan({}, "refused", tx_.now() + std::chrono::minutes(spec().hold_minutes), ""));
      out_.scan = {};
    }
    return finish({}, {});
  }

  Result<> guides() {
    const auto rule = spec().assign;
    const auto capped = [](const auto& seats) { return std::ranges::any_of(seats, [](const Seat& s) { return s.round_cap > 0; }); };
    bool rounds = std::ranges::any_of(known_->levels, capped);
    for (const auto& store : known_->stores) rounds = rounds || capped(store.seats);
    if (rule != AssignRule::weighted && rule != AssignRule::least_loaded && !rounds) return {};
    return tx_.each<GuideRow>(kGuides, [&](GuideRow&& row) -> Result<> { guides_[row.staff] = row; return {}; }, cmd_.code);
  }

  Result<Assigned> give() {
    TRY(guides());
    if (!known_->levels[0].empty()) groups_.push_back({&known_->levels[0], 0, 0, nullptr});
    for (std::size_t i = 1; i < known_->levels.size(); ++i)
      groups_.push_back({&known_->levels[i], -static_cast<std::int64_t>(i), static_cast<int>(i), nullptr});
    if (last_) sticky_.push_back(last_->staff);
    if (cmd_.person && spec().sticky_owner) TRY(friends());
    const auto caps = code_caps(spec());
    TRY(const char full, first_full({cmd_.code, {}, moment_.day_number, 0}, caps));
    if (full != 0) return nobody(full);
    for (const auto& group : groups_) {
      TRY(const bool found, ask(group));
      if (found) return given(caps);
    }
    return nobody(0);
  }

  /// The first of the caps with no unit left, 0 when all have one; what others' late holds still keep is given back before any
  /// is called full. The code's row is ours, so that what is free now is free until we take it.
  Result<char> first_full(const SlotOf& of, std::span<const Cap> caps) {
    for (const auto& cap : caps) {
      TRY(auto left, slots_left(tx_, of, cap));
      if (left <= 0 && cap.letter != 'r' && !std::exchange(swept_, true)) {
        TRY(ledger::expire_holds(tx_, kExpireAtOnce));
        TRY(left, slots_left(tx_, of, cap));
      }
      if (left <= 0) return cap.letter;
    }
    return '\0';
  }

  Result<> friends() {
    const auto root = people::root_of(tx_, cmd_.person);
    if (!root) return {};
    TRY(const auto all, tx_.all<StaffId>(kFriends, *root));
    for (const auto id : all) {
      sticky_.push_back(id);
      friends_.insert(id);
    }
    return {};
  }

  /// Asks a group's guides in their order; whom it found is in seat_ and group_.
  Result<bool> ask(const Group& group) {
    std::vector<Choice> choices;
    Passed passed;
    const auto& seats = *group.seats;
    for (std::size_t i = 0; i < seats.size(); ++i) {
      const auto& s = seats[i];
      if (!s.guide.active) ++passed.left;
      else if (known_->is_off(s.guide.id)) ++passed.off;
      else if (!s.duty->on(moment_)) ++passed.off_duty;
      else if (s.qr_url.empty()) ++passed.no_qr, missing_.push_back(&s);
      else {
        const auto row = guides_.find(s.guide.id);
        const bool today = row != guides_.end() && row->second.day == moment_.day_number;
        choices.push_back({i, s.guide.id, s.weight, today ? row->second.day_assigned : 0, row == guides_.end() ? Instant{} : row->second.last_at});
      }
    }
    TRY(const auto last, last_place(group));
    auto order = order_of(spec().assign, std::move(choices), last, tx_.rng());
    const bool preferred = prefer(seats, order);
    TRY(const auto chosen, first_with_room(group, order, passed));
    if (!chosen) {
      Said words = group.level == 0 ? (group.store != nullptr ? Said{group.store->name, group.store->name} : Said{"members", "成员"})
                                    : say("backup {}", "后备 {} 级", group.level);
      if (seats.empty()) add_words(words, {"nobody there", "无人"});
      tell_passed(words, passed);
      add_words(why_, words);
      return false;
    }
    tell(group, *chosen, preferred && *chosen == order.front(), passed);
    return true;
  }

  Result<std::optional<std::size_t>> last_place(const Group& group) {
    auto last = turn_.last_staff;
    if (group.list != 0) {
      TRY(const auto kept, tx_.maybe<StaffId>(kListLast, cmd_.code, group.list));
      last = kept.value_or(StaffId{});
    }
    const auto at = std::ranges::find(*group.seats, last, [](const Seat& s) { return s.guide.id; });
    return at == group.seats->end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - group.seats->begin()));
  }

  /// Whom the visitor has met goes first.
  bool prefer(const std::vector<Seat>& seats, std::vector<std::size_t>& order) const {
    if (!spec().sticky_owner) return false;
    for (const auto id : sticky_) {
      const auto at = std::ranges::find(order, id, [&](std::size_t i) { return seats[i].guide.id; });
      if (!id || at == order.end()) continue;
      std::rotate(order.begin(), at, at + 1);
      return true;
    }
    return false;
  }

  /// A friend already: showing the guide again brings nobody new.
  bool is_friend(StaffId staff) const { return friends_.contains(staff) || (last_ && last_->state == "added" && last_->staff == staff); }

  Result<std::optional<std::size_t>> first_with_room(const Group& group, const std::vector<std::size_t>& order, Passed& passed) {
    for (int again = 0; again < 2; ++again) {
      std::vector<std::size_t> waiting;  // only the round stands in their way
      for (const auto i : order) {
        const auto& seat = (*group.seats)[i];
        auto caps = is_friend(seat.guide.id) ? std::vector<Cap>{} : seat_caps(seat);
        TRY(const auto limit, round_limit(seat));
        TRY(const char full, first_full({cmd_.code, seat.guide.id, moment_.day_number, limit}, caps));
        if (full == 0) {
          seat_ = &seat;
          group_ = group;
          round_limit_ = limit;
          seat_caps_ = std::move(caps);
          return std::optional(i);
        }
        if (full == 'r') waiting.push_back(i);
        else if (again == 0) ++passed.full;
      }
      passed.round = static_cast<int>(waiting.size());
      if (waiting.empty() || again != 0) break;
      // Everybody who still may has their share: the next round begins.
      ++turn_.round;
    }
    return std::optional<std::size_t>();
  }

  /// What the guide's allowance of rounds stands at, raised when a round has begun since: what is left of it is topped up to
  /// one round's share, so that whoever was away does not get two.
  Result<std::int64_t> round_limit(const Seat& seat) {
    if (seat.round_cap == 0) return 0;
    auto& row = guides_[seat.guide.id];
    if (row.round == turn_.round && row.round_limit > 0) return row.round_limit;
    std::int64_t left = 0;
    if (row.round_limit > 0) {
      TRY(left, slots_left(tx_, {cmd_.code, seat.guide.id, 0, row.round_limit}, {'r', 0}));
    }
    row.round = turn_.round;
    row.round_limit += std::max<std::int64_t>(0, seat.round_cap - left);
    return row.round_limit;
  }

  void tell(const Group& group, std::size_t place, bool preferred, const Passed& passed) {
    auto words = preferred ? Said{"met before", "老客回到原导购"} : rule_words(spec().assign);
    if (group.store != nullptr) add_words(words, {group.store->name, group.store->name});
    if (group.level > 0) add_words(words, say("backup {}", "后备 {} 级", group.level));
    add_words(words, say("place {} of {}", "{1} 人中的第 {0} 位", place + 1, group.seats->size()));
    tell_passed(words, passed);
    if (!why_.en.empty()) add_words(words, why_);
    out_.reason = std::move(words);
  }

  Result<Given> give_guide(StaffId staff) {
    return tx_.one<Given>(kGiveGuide, cmd_.code, staff.v, moment_.day_number, turn_.round, round_limit_, tx_.now(), out_.scan);
  }

  /// Takes a unit of every cap that concerns the guide, and writes down who was shown.
  Result<Assigned> given(std::span<const Cap> caps) {
    const auto scan = tx_.next_id<ScanId>();
    const auto until = tx_.now() + std::chrono::minutes(spec().hold_minutes);
    const SlotOf of{cmd_.code, seat_->guide.id, moment_.day_number, round_limit_};
    TRY(hold_slots(tx_, of, caps, scan, until));
    TRY(hold_slots(tx_, of, seat_caps_, scan, until));
    std::string held;
    for (const auto& cap : seat_caps_) held += cap.letter;
    for (const auto& cap : caps) held += cap.letter;
    show(*seat_);
    out_.scan = scan;
    out_.level = group_.level;
    out_.hold_until = until;
    if (group_.store != nullptr) out_.store_name = group_.store->name;
    TRY(const auto since, tx_.maybe<std::int64_t>(kGive, cmd_.code, group_.list == 0 ? seat_->guide.id.v : turn_.last_staff.v, turn_.round));
    if (group_.list != 0) TRY(tx_.exec(kSetListLast, cmd_.code, group_.list, seat_->guide.id.v));
    TRY(const auto mine, give_guide(seat_->guide.id));
    TRY(keep_scan(seat_->guide.id, "open", until, held, mine.before));
    TRY(alarm_scans(since.value_or(0), mine.since_add));
    TRY(want_missing());
    return finish(scan, seat_->guide.id);
  }

  Result<> alarm_scans(std::int64_t since_add, std::int64_t mine) {
    if (spec().alarm_after_scans > 0 && since_add >= spec().alarm_after_scans)
      TRY(raise_alarm(tx_, {cmd_.code, {}, "scans_without_add", std::to_string(since_add)}));
    const auto patience = std::max(kGuideAlarmScans, spec().alarm_after_scans);
    // The others get friends meanwhile: it is not the poster.
    if (mine >= patience && since_add * 2 < mine)
      TRY(raise_alarm(tx_, {cmd_.code, seat_->guide.id, "guide_abnormal", std::to_string(mine)}));
    return {};
  }

  /// Those who had no code of their own to show get one for the next scan.
  Result<> want_missing() {
    for (const auto* seat : missing_) TRY(want_way(tx_, *known_, seat->guide.id));
    return {};
  }

  /// `full`: the cap of the code that stands in the way, 0 when it is its guides.
  Result<Assigned> nobody(char full) {
    if (full != 0) why_ = full == 'c' ? Said{"the code's cap of the day is reached", "活码已达当日上限"} : Said{"the code's cap is reached", "活码已达总上限"};
    // Guides who only wait for the platform to make their codes are on duty; what it refuses to make has an alarm of its own.
    if (full != 0 || missing_.empty()) TRY(raise_alarm(tx_, {cmd_.code, {}, full != 0 ? "cap_reached" : "nobody_on_duty", why_.zh}));
    TRY(want_missing());
    return refuse(why_.en.empty() ? Said{"nobody can", "无人可接待"} : why_);
  }

  /// Never a dead code.
  Result<Assigned> refuse(Said why) {
    answer_without(spec(), out_);
    out_.level = static_cast<int>(known_->levels.size());
    out_.reason = std::move(why);
    if (!last_ || last_->state != "refused") {
      const auto scan = tx_.next_id<ScanId>();
      out_.scan = scan;
      TRY(keep_scan({}, "refused", tx_.now(), ""));
      out_.scan = {};
    }
    return finish({}, {});
  }

  Result<> keep_scan(StaffId staff, std::string_view state, Instant until, std::string_view held, ScanId before = {}) {
    TRY(tx_.exec(kAddScan, out_.scan, cmd_.code, staff.v, visitor_, state, tx_.now(), until, held, moment_.day_number, out_.level,
                 group_.store != nullptr ? group_.store->unit.v : cmd_.picked_store.v, cmd_.person.v, before.v, boost::json::serialize(touch_)));
    return {};
  }

  /// The scan in the log.
  Result<Assigned> finish(ScanId scan, StaffId guide) {
    auto props = touch_;
    props["code_id"] = to_text(cmd_.code);
    props["scene"] = cmd_.scene;
    props["is_first"] = !last_;
    props["channel"] = spec().channel;
    props["visitor"] = visitor_;
    props["outcome"] = out_.kind;
    props["level"] = out_.level;
    if (scan) props["scan"] = to_text(scan);
    if (guide) props["staff_id"] = to_text(guide);
    if (group_.store != nullptr) props["store_id"] = to_text(group_.store->unit);
    else if (cmd_.picked_store) props["store_id"] = to_text(cmd_.picked_store);
    const auto text = boost::json::serialize(props);
    TRY(events::append(tx_, {.kind = step_ ? "code_shown" : "code_scanned", .person = cmd_.person, .subject = cmd_.code.v, .props = text}));
    return std::move(out_);
  }

  Tx& tx_;
  const ScanCommand& cmd_;
  const std::string visitor_;
  Turn turn_{};
  Known known_;
  Moment moment_;
  Assigned out_;
  std::optional<ScanRow> last_;
  bool step_ = false;  // the second step of a scan
  std::map<StaffId, GuideRow> guides_;
  std::vector<Group> groups_;
  std::vector<StaffId> sticky_;
  std::set<StaffId> friends_;
  std::vector<const Seat*> missing_;
  Said why_;
  const Seat* seat_ = nullptr;
  Group group_;
  std::int64_t round_limit_ = 0;
  std::vector<Cap> seat_caps_;
  bool swept_ = false;
  boost::json::object touch_;
};

constexpr int kPreviewMax = 100;

}  // namespace

void answer_without(const CodeSpec& spec, Assigned& out) {
  const auto& f = spec.fallback;
  out.kind = !f.group_url.empty() ? "group" : !f.form_url.empty() ? "form" : "text";
  out.qr_url = !f.group_url.empty() ? f.group_url : f.form_url;
  out.phone = f.phone;
  out.words = f.text.empty() ? Said{"We are not here right now. Leave us a line or come again a little later.", "客服暂时不在线,请稍后再试,或联系门店。"} : Said{f.text, f.text};
}

Result<Assigned> assign(Tx& tx, const ScanCommand& cmd) { return Scan(tx, cmd).run(); }

Result<std::vector<Assigned>> preview_assign(Tx& tx, const ScanCommand& cmd, int visitors) {
  if (visitors < 1 || visitors > kPreviewMax) return fail(Errc::invalid, "entry.preview_size", std::to_string(visitors));
  std::vector<Assigned> out;
  // Strangers one after the other, then all of it is undone.
  const auto tried = tx.nested([&]() -> Result<> {
    for (int i = 0; i < visitors; ++i) {
      auto one = cmd;
      if (i > 0 || one.visitor.empty()) one.visitor = "preview " + std::to_string(i + 1);
      TRY(auto got, assign(tx, one));
      out.push_back(std::move(got));
    }
    return fail(Errc::conflict, "entry.preview");
  });
  if (!tried && tried.error().code != "entry.preview") return std::unexpected(tried.error());
  return out;
}

}  // namespace koi::entry
