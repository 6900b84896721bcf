// A scan of a group code: which group the visitor is shown, and the seat that is kept for them.
#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/alarms.h"
#include "entry/group_room.h"
#include "entry/pick.h"
#include "entry/roster.h"
#include "people/people.h"
#include "people/tags.h"
#include "store/rows.h"

namespace koi::entry {

struct SeatRow {
  std::int64_t id = 0;
  GroupEntryId entry;
  GroupImageId image;
  std::string state, how;
  Instant at, expires_at;
};
BOOST_DESCRIBE_STRUCT(SeatRow, (), (id, entry, image, state, how, at, expires_at))
struct InGroup { GroupEntryId entry; std::string name; };
BOOST_DESCRIBE_STRUCT(InGroup, (), (entry, name))
struct ShownToday { GroupEntryId entry; std::int64_t day = 0, shown = 0; };
BOOST_DESCRIBE_STRUCT(ShownToday, (), (entry, day, shown))
struct StaffCode { std::string slug, state; };
BOOST_DESCRIBE_STRUCT(StaffCode, (), (slug, state))

namespace {

constexpr std::string_view kTake = "UPDATE entry_group_turn SET scans = scans + 1 WHERE code_id = $1 RETURNING rev";
constexpr std::string_view kLast = "SELECT last_entry FROM entry_group_turn WHERE code_id = $1";
constexpr std::string_view kSetLast = "UPDATE entry_group_turn SET last_entry = $2 WHERE code_id = $1";
constexpr std::string_view kToday = "SELECT id, day, day_shown FROM entry_group_entry WHERE code_id = $1 AND dropped = 0 LIMIT 1000";
constexpr std::string_view kShow =
    "UPDATE entry_group_entry SET day_shown = CASE WHEN day = $2 THEN day_shown + 1 ELSE 1 END, day = $2 WHERE id = $1";
constexpr std::string_view kVisitorSeat =
    "SELECT id, entry_id, image_id, state, how, at, expires_at FROM entry_group_seat WHERE visitor = $1 AND code_id = $2 AND visitor <> '' ORDER BY at DESC, id DESC LIMIT 1";
constexpr std::string_view kAddSeat =
    "INSERT INTO entry_group_seat (id, code_id, entry_id, image_id, visitor, person_node, state, how, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, 'held', '', $7, $8)";
// Whoever took the visitor's seat, while they are in the group.
constexpr std::string_view kSeatTaken =
    "SELECT j.entry_id, c.name FROM entry_group_join j JOIN group_chat c ON c.id = j.group_id WHERE j.seat_id = $1 AND j.seat_id <> 0 AND j.joined_at > j.left_at "
    "AND c.state <> 'dismissed' LIMIT 1";
constexpr std::string_view kPersonIn =
    "SELECT l.entry_id, c.name FROM relation r JOIN entry_group_link l ON l.group_id = r.other JOIN group_chat c ON c.id = r.other "
    "WHERE r.person_id = $1 AND r.kind = 'group' AND r.state = 'joined' AND l.code_id = $2 AND c.state <> 'dismissed' ORDER BY r.at DESC, l.entry_id LIMIT 1";
constexpr std::string_view kIsCustomer = "SELECT COUNT(*) FROM relation WHERE person_id = $1 AND kind = 'staff' AND state = 'active'";
constexpr std::string_view kStaffCode = "SELECT slug, state FROM entry_code WHERE id = $1";
constexpr std::size_t kTouchMax = 12, kTouchText = 200, kVisitorMax = 64;
constexpr int kPreviewMax = 100;

Said rule_words(GroupRule rule) {
  switch (rule) {
    case GroupRule::weight: return {"by weight", "按权重"};
    case GroupRule::round_robin: return {"round robin", "轮流"};
    case GroupRule::store: return {"by store", "按门店"};
    case GroupRule::category: return {"by category", "按分类"};
    case GroupRule::fill: break;
  }
  return {"in order", "按顺序"};
}

void add_words(Said& to, const Said& more) {
  to.en += (to.en.empty() ? "" : "; ") + more.en;
  to.zh += (to.zh.empty() ? "" : ";") + more.zh;
}

/// Why some were not shown.
struct Passed { int off = 0, not_for = 0, not_ready = 0, full = 0; };

void tell_passed(Said& to, const Passed& p) {
  if (p.full > 0) add_words(to, say("{} full", "{} 个已满", p.full));
  if (p.not_ready > 0) add_words(to, say("{} without a code that works", "{} 个二维码未生成或已过期", p.not_ready));
  if (p.not_for > 0) add_words(to, say("{} for others", "{} 个不面向此人", p.not_for));
  if (p.off > 0) add_words(to, say("{} switched off", "{} 个已停用", p.off));
}

/// One scan at work.
class Showing {
 public:
  Showing(Tx& tx, const GroupScan& scan) : tx_(tx), scan_(scan), visitor_(scan.visitor.substr(0, kVisitorMax)) {}

  Result<GroupShown> run() {
    TRY(const auto rev, tx_.maybe<std::int64_t>(kTake, scan_.code));
    if (!rev) return fail(Errc::not_found, "entry.no_code", to_text(scan_.code));
    TRY(known_, known_group(tx_, scan_.code, *rev));
    out_.code = scan_.code;
    TRY(const auto moment, merchant_moment(tx_, tx_.now()));
    day_ = moment.day_number;
    TRY(last_, tx_.maybe<SeatRow>(kVisitorSeat, visitor_, scan_.code));
    if (scan_.person) {
      const auto root = people::root_of(tx_, scan_.person);
      if (root) person_ = *root;
      else if (root.error().kind != Errc::not_found) return std::unexpected(root.error());
    }
    if (known_->code.state != CodeState::active)
      return refuse(known_->code.state == CodeState::paused ? Said{"the code is paused", "群活码已暂停"} : Said{"the code was deleted", "群活码已删除"});
    TRY(const bool member, is_member());
    if (member) return finish();
    TRY(const bool again, same_seat());
    if (again) return finish();
    if (must_pick()) return finish();
    return give();
  }

 private:
  const GroupSpec& spec() const { return known_->code.spec; }

  void show(const KnownEntry& known, std::string_view kind) {
    out_.kind = kind;
    out_.entry = known.id;
    out_.entry_kind = known.entry.kind;
    out_.name = known.entry.name;
    out_.qr_url = known.qr_url;
    out_.image = known.entry.image.value_or(GroupImageId{});
    out_.good_until = known.image_until;
  }

  /// In a group of the code already: nobody joins two of them.
  Result<bool> is_member() {
    std::optional<InGroup> in;
    if (person_) {
      TRY(in, tx_.maybe<InGroup>(kPersonIn, person_, scan_.code));
    }
    if (!in && last_ && last_->state == "used" && last_->how != "guess") {
      TRY(in, tx_.maybe<InGroup>(kSeatTaken, last_->id));
    }
    if (!in) return false;
    out_.again = true;
    const auto* entry = known_->entry_of(in->entry);
    const bool ready = entry != nullptr && is_ready(*entry, tx_.now());
    if (ready && (scan_.again || spec().rejoin == Rejoin::same)) {
      show(*entry, "group");
      out_.reason = {"in this group already: the same one, no second seat", "已在群中:仍展示该群,不另占名额"};
    } else {
      out_.kind = "member";
      if (entry != nullptr) {
        out_.entry = entry->id;
        out_.name = entry->entry.name;
      }
      out_.words = spec().rejoin_text.empty() ? Said{"You are in the group already. Look for it in your list of chats.", "您已经在群里了,在微信会话列表中即可找到。"}
                                              : Said{spec().rejoin_text, spec().rejoin_text};
      out_.reason = {"in a group of this code already", "已在本码的群中"};
    }
    if (!in->name.empty()) out_.name = in->name;
    return true;
  }

  /// Within the hold the visitor sees what was shown before. Whoever came in place of many looks on as well: their seat may be the
  /// one that was taken by mistake.
  Result<bool> same_seat() {
    if (!last_) return false;
    const auto* entry = known_->entry_of(last_->entry);
    if (entry == nullptr || !entry->entry.on || !is_ready(*entry, tx_.now()) || last_->image.v != entry->entry.image.value_or(GroupImageId{}).v) return false;
    const bool blind = entry->entry.kind == GroupEntryKind::image && entry->entry.chats.empty();
    const bool holds = last_->state == "held" && (last_->expires_at > tx_.now() || blind);
    const bool guessed = last_->state == "used" && last_->how == "guess" && last_->expires_at > tx_.now();
    if (!holds && !guessed) return false;
    if (!blind) {
      TRY(const auto chats, chats_of(tx_, entry->id));
      if (window_of(chats, spec().group_cap).empty()) return false;  // dissolved meanwhile
    }
    show(*entry, "group");
    out_.again = true;
    out_.hold_until = std::max(last_->expires_at, tx_.now());
    out_.reason = {"the same visitor: the same group, no second seat", "同一访客再次扫码:仍为原群,不另占名额"};
    return true;
  }

  /// By store or category, when the visitor has not said which.
  bool must_pick() {
    if (spec().rule != GroupRule::store && spec().rule != GroupRule::category) return false;
    const bool store = spec().rule == GroupRule::store;
    std::vector<GroupChoice> choices;
    bool known = false;
    for (const auto& e : spec().entries) {
      if (!e.on) continue;
      GroupChoice c{store ? "" : e.category, store ? e.store.value_or(UnitId{}) : UnitId{}, store ? "" : e.category};
      if (store ? !c.store : c.category.empty()) continue;
      known = known || (store ? c.store == scan_.store : c.category == scan_.category);
      const auto same = [&](const GroupChoice& had) { return had.store == c.store && had.category == c.category; };
      if (std::ranges::none_of(choices, same)) choices.push_back(std::move(c));
    }
    if (known || choices.size() < 2) return false;
    for (auto& c : choices)
      if (c.store)
        if (const auto units = roster().units(tx_, std::span(&c.store, 1)); units && !units->empty()) c.name = units->front().name;
    out_.kind = "pick";
    out_.choices = std::move(choices);
    out_.words = store ? Said{"Choose a store", "请选择门店"} : Said{"What are you interested in?", "请选择您感兴趣的群"};
    out_.reason = {"the visitor has to choose", "等待访客选择"};
    return true;
  }

  Result<GroupShown> give() {
    if (spec().code_cap > 0) {
      TRY(const auto taken, taken_of(tx_, scan_.code));
      if (taken >= spec().code_cap) return nobody({"the code's cap is reached", "群活码已达总上限"});
    }
    TRY(const auto order, candidates());
    for (const auto* known : order) {
      TRY(const auto room, room_of(tx_, *known_, *known));
      if (room && *room <= 0) {
        ++passed_.full;
        continue;
      }
      return seat(*known);
    }
    Said why;
    tell_passed(why, passed_);
    return nobody(why.en.empty() ? Said{"there is no group", "没有可加入的群"} : why);
  }

  Result<bool> for_them(const GroupEntry& e) {
    if (!e.tags.empty() && std::ranges::none_of(e.tags, [&](const std::string& tag) { return tags_.contains(tag); })) return false;
    if (e.audience == GroupAudience::everyone) return true;
    std::int64_t friends = 0;
    if (person_) {
      TRY(friends, tx_.one<std::int64_t>(kIsCustomer, person_));
    }
    return (friends > 0) == (e.audience == GroupAudience::customers);
  }

  Result<> tags() {
    if (!person_) return {};
    TRY(const auto held, people::tags_of(tx_, person_));
    for (const auto& tag : held) {
      tags_.insert(tag.name);
      tags_.insert(tag.group + "/" + tag.name);
    }
    return {};
  }

  /// Entries that may be shown, in the order they are asked: those made for the person's tags, then as the rule says; where the
  /// visitor was before goes first.
  Result<std::vector<const KnownEntry*>> candidates() {
    TRY(tags());
    std::vector<Choice> choices;
    std::map<GroupEntryId, std::int64_t> today;
    TRY(tx_.each<ShownToday>(kToday, [&](ShownToday&& row) -> Result<> { today[row.entry] = row.day == day_ ? row.shown : 0; return {}; }, scan_.code));
    for (std::size_t i = 0; i < known_->entries.size(); ++i) {
      const auto& known = known_->entries[i];
      TRY(const bool theirs, for_them(known.entry));
      if (!known.entry.on) ++passed_.off;
      else if (!theirs || !chosen(known.entry)) ++passed_.not_for;
      else if (!is_ready(known, tx_.now())) ++passed_.not_ready;
      else choices.push_back({i, {}, known.entry.weight, today[known.id], {}});
    }
    TRY(const auto last, tx_.one<GroupEntryId>(kLast, scan_.code));
    const auto at = std::ranges::find(known_->entries, last, &KnownEntry::id);
    const auto place = at == known_->entries.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - known_->entries.begin()));
    const bool turns = spec().rule == GroupRule::round_robin;
    std::vector<const KnownEntry*> out;
    for (const auto i : order_of(spec().rule == GroupRule::weight ? AssignRule::weighted : AssignRule::round_robin, std::move(choices), turns ? place : std::nullopt, tx_.rng()))
      out.push_back(&known_->entries[i]);
    std::ranges::stable_partition(out, [&](const KnownEntry* k) { return is_choice(k->entry); });
    std::ranges::stable_partition(out, [](const KnownEntry* k) { return !k->entry.tags.empty(); });
    if (last_) std::ranges::stable_partition(out, [&](const KnownEntry* k) { return k->id == last_->entry; });
    return out;
  }

  /// What the visitor chose, and what is for any choice.
  bool chosen(const GroupEntry& e) const {
    if (spec().rule == GroupRule::store) return !scan_.store || !e.store || *e.store == scan_.store;
    if (spec().rule == GroupRule::category) return scan_.category.empty() || e.category.empty() || e.category == scan_.category;
    return true;
  }
  bool is_choice(const GroupEntry& e) const {
    if (spec().rule == GroupRule::store) return scan_.store && e.store && *e.store == scan_.store;
    return spec().rule == GroupRule::category && !scan_.category.empty() && e.category == scan_.category;
  }

  Result<GroupShown> seat(const KnownEntry& known) {
    show(known, "group");
    out_.hold_until = tx_.now() + std::chrono::minutes(spec().hold_minutes);
    TRY(tx_.exec(kAddSeat, tx_.next_number(), scan_.code, known.id, out_.image.v, visitor_, person_.v, tx_.now(), out_.hold_until));
    TRY(tx_.exec(kSetLast, scan_.code, known.id));
    TRY(tx_.exec(kShow, known.id, day_));
    TRY(settle_alarm(tx_, alarm_code(scan_.code), {}, "group_full"));
    out_.reason = rule_words(spec().rule);
    const auto at = std::ranges::find(known_->entries, known.id, &KnownEntry::id) - known_->entries.begin();
    add_words(out_.reason, say("place {} of {}", "{1} 个中的第 {0} 个", at + 1, known_->entries.size()));
    if (!known.entry.tags.empty()) add_words(out_.reason, {"for the person's tag", "命中客户标签"});
    tell_passed(out_.reason, passed_);
    return finish();
  }

  Result<GroupShown> nobody(Said why) {
    TRY(raise_alarm(tx_, {alarm_code(scan_.code), {}, "group_full", why.zh}));
    return refuse(std::move(why));
  }

  /// Never a dead end: a code of staff, an address, words.
  Result<GroupShown> refuse(Said why) {
    const auto& f = spec().fallback;
    out_.kind = "text";
    out_.reason = std::move(why);
    out_.phone = f.phone;
    out_.words = f.text.empty() ? Said{"All groups are full right now. Please come again a little later.", "群已满员,请稍后再来。"} : Said{f.text, f.text};
    if (f.code) {
      TRY(const auto staff, tx_.maybe<StaffCode>(kStaffCode, *f.code));
      if (staff && staff->state != "deleted") {
        out_.kind = "code";
        out_.code_slug = staff->slug;
        return finish();
      }
    }
    if (!f.url.empty()) {
      out_.kind = "url";
      out_.url = f.url;
    }
    return finish();
  }

  /// The scan in the sums and in the log.
  Result<GroupShown> finish() {
    TRY(count_group_scan(tx_, scan_.code, day_, out_.entry, !last_));
    boost::json::object props;
    for (const auto& [key, value] : scan_.touch)
      if (props.size() < kTouchMax && key.size() <= kTouchText && value.size() <= kTouchText) props[key] = value;
    props["code_id"] = to_text(scan_.code);
    props["scene"] = "group_" + scan_.scene;
    props["is_first"] = !last_;
    props["channel"] = spec().channel;
    props["visitor"] = visitor_;
    props["outcome"] = out_.kind;
    if (out_.entry) props["entry_id"] = to_text(out_.entry);
    if (scan_.store) props["store_id"] = to_text(scan_.store);
    const auto text = boost::json::serialize(props);
    TRY(events::append(tx_, {.kind = "code_scanned", .person = person_, .subject = scan_.code.v, .props = text}));
    return std::move(out_);
  }

  Tx& tx_;
  const GroupScan& scan_;
  const std::string visitor_;
  PersonId person_;
  KnownGroup known_;
  std::int64_t day_ = 0;
  std::optional<SeatRow> last_;
  std::set<std::string> tags_;
  Passed passed_;
  GroupShown out_;
};

}  // namespace

Result<GroupShown> show_group(Tx& tx, const GroupScan& scan) { return Showing(tx, scan).run(); }

Result<std::vector<GroupShown>> preview_groups(Tx& tx, const GroupScan& scan, int visitors) {
  if (visitors < 1 || visitors > kPreviewMax) return fail(Errc::invalid, "entry.preview_size", std::to_string(visitors));
  std::vector<GroupShown> out;
  // Strangers one after the other, then all of it is undone.
  const auto tried = tx.nested([&]() -> Result<> {
    for (int i = 0; i < visitors; ++i) {
      auto one = scan;
      if (i > 0 || one.visitor.empty()) one.visitor = "preview " + std::to_string(i + 1);
      if (i > 0) one.person = {};
      TRY(auto got, show_group(tx, one));
      out.push_back(std::move(got));
    }
    return fail(Errc::conflict, "entry.preview");
  });
  if (!tried && tried.error().code != "entry.preview") return std::unexpected(tried.error());
  return out;
}

}  // namespace koi::entry
