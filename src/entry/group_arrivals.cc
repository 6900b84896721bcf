// What the platform tells of groups: who came in through which code, and that they left again.
#include "entry/group_arrivals.h"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "base/text.h"
#include "entry/alarms.h"
#include "entry/group_room.h"
#include "entry/origin.h"
#include "events/events.h"
#include "people/profile.h"
#include "store/rows.h"

namespace koi::entry {

struct ViaRow { GroupCodeId code; GroupEntryId entry; };
BOOST_DESCRIBE_STRUCT(ViaRow, (), (code, entry))
struct JoinedRow { PersonId origin; GroupCodeId code; GroupEntryId entry; Instant via_at; std::int64_t seat = 0; Instant first_at, joined_at, left_at; };
BOOST_DESCRIBE_STRUCT(JoinedRow, (), (origin, code, entry, via_at, seat, first_at, joined_at, left_at))
struct HeldSeat { std::int64_t id = 0; GroupEntryId entry; PersonId node; };
BOOST_DESCRIBE_STRUCT(HeldSeat, (), (id, entry, node))
struct ChatRow { GroupId id; std::string state, name; Instant counted_at, told_at; std::int64_t members = 0; };
BOOST_DESCRIBE_STRUCT(ChatRow, (), (id, state, name, counted_at, told_at, members))

namespace {

constexpr std::string_view kGroup = "SELECT id FROM group_chat WHERE chat_id = $1";
constexpr std::string_view kAddGroup =
    "INSERT INTO group_chat (id, chat_id, name, owner, state, members, counted_at, filled_at, told_at) VALUES ($1, $2, '', '', 'open', 0, 0, 0, 0) "
    "ON CONFLICT (chat_id) DO NOTHING";
constexpr std::string_view kWay = "SELECT code_id, entry_id FROM entry_join_way WHERE state = $1 AND state <> ''";
constexpr std::string_view kImageLinks = "SELECT code_id, entry_id FROM entry_group_link WHERE group_id = $1 AND kind = 'image' AND extra < 2 ORDER BY code_id, entry_id LIMIT 100";
constexpr std::string_view kRow =
    "SELECT origin_id, code_id, entry_id, via_at, seat_id, first_at, joined_at, left_at FROM entry_group_join WHERE person_id = $1 AND group_id = $2 ORDER BY first_at, origin_id LIMIT 1";
constexpr std::string_view kPut =
    "INSERT INTO entry_group_join (origin_id, group_id, person_id, code_id, entry_id, via_at, seat_id, scene, first_at, joined_at, left_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (origin_id, group_id) DO UPDATE SET code_id = excluded.code_id, entry_id = excluded.entry_id, "
    "via_at = excluded.via_at, seat_id = excluded.seat_id, scene = CASE WHEN excluded.scene <> 0 THEN excluded.scene ELSE entry_group_join.scene END, "
    "first_at = excluded.first_at, joined_at = excluded.joined_at, left_at = excluded.left_at";
constexpr std::string_view kHeld =
    "SELECT id, entry_id, person_node FROM entry_group_seat WHERE state = 'held' AND entry_id = $1 AND expires_at > $2 ORDER BY at, id LIMIT 1000";
constexpr std::string_view kUse = "UPDATE entry_group_seat SET state = 'used', how = $2 WHERE id = $1 AND state = 'held'";
constexpr std::string_view kChat = "SELECT id, state, name, counted_at, told_at, members FROM group_chat WHERE id = $1";
constexpr std::string_view kCount =
    "UPDATE group_chat SET members = CASE WHEN $3 > counted_at OR $2 > members THEN $2 ELSE members END, counted_at = $3 WHERE id = $1 AND $3 >= counted_at";
constexpr std::string_view kTell =
    "UPDATE group_chat SET name = COALESCE($2, name), owner = COALESCE($3, owner), state = CASE WHEN state = 'dismissed' THEN state ELSE $4 END, told_at = $5 "
    "WHERE id = $1 AND $5 >= told_at";
constexpr std::string_view kDismiss = "UPDATE group_chat SET state = 'dismissed' WHERE id = $1";
constexpr std::string_view kFilled = "UPDATE group_chat SET filled_at = $2 WHERE id = $1 AND filled_at < $2";
constexpr std::string_view kWeak = "SELECT COUNT(*) FROM entry_group_link l JOIN group_chat c ON c.id = l.group_id WHERE l.code_id = $1 AND l.extra < 2 AND c.state = $2";

[[maybe_unused]] const bool kFollow = people::follow("entry_group_join");

/// Takes the turns of every code that counts the group, in one order, so that no two of us wait for each other.
Result<> take_turns(Tx& tx, GroupId group, GroupCodeId also) {
  TRY(const auto codes, codes_of_group(tx, group));
  std::set<GroupCodeId> all(codes.begin(), codes.end());
  if (also) all.insert(also);
  for (const auto code : all) TRY(take_group_turn(tx, code));
  return {};
}

/// Whose seat an arrival takes: their own, else somebody's whom nobody knows.
struct Taken { std::int64_t seat = 0; std::string_view how; GroupEntryId entry; };

/// One arrival at work.
class Joining {
 public:
  Joining(Tx& tx, const GroupArrival& a) : tx_(tx), a_(a), at_(a.at == Instant{} ? tx.now() : a.at) {}

  Result<GroupArrived> run() {
    TRY(root_, people::root_of(tx_, a_.person));
    TRY(out_.group, group_of_chat(tx_, a_.chat_id));
    TRY(const auto way, tx_.maybe<ViaRow>(kWay, a_.state));
    TRY(take_turns(tx_, out_.group, way ? way->code : GroupCodeId{}));
    if (way) {
      ways_.push_back(*way);
      TRY(link_extra(tx_, way->code, way->entry, out_.group));
    } else {
      TRY(ways_, tx_.all<ViaRow>(kImageLinks, out_.group));
    }
    TRY(const auto codes, codes_of_group(tx_, out_.group));
    if (codes.empty() && ways_.empty()) {
      TRY(relate());
      return out_;
    }
    TRY(count());
    TRY(relate());
    TRY(tend_group(tx_, out_.group));
    return out_;
  }

 private:
  Result<> count() {
    TRY(const auto had, tx_.maybe<JoinedRow>(kRow, root_, out_.group));
    auto row = had.value_or(JoinedRow{root_, {}, {}, {}, 0, {}, {}, {}});
    row.first_at = row.first_at == Instant{} ? at_ : std::min(row.first_at, at_);
    row.joined_at = std::max(row.joined_at, at_);
    if (!ways_.empty()) {
      if (!row.code) {
        out_.first = true;
        TRY(const auto taken, take_seat());
        row.seat = taken.seat;
        via_ = taken.seat != 0 ? *std::ranges::find(ways_, taken.entry, &ViaRow::entry) : ways_.front();
      }
      // The first arrival through a code is what brought them, whenever it is told.
      if (!row.code || at_ < row.via_at) {
        const auto& via = row.code && ways_.size() > 1 ? ViaRow{row.code, row.entry} : row.code ? ways_.front() : via_;
        row.code = via.code;
        row.entry = via.entry;
        row.via_at = at_;
      }
    }
    TRY(tx_.exec(kPut, row.origin, out_.group, root_, row.code.v, row.entry.v, row.via_at, row.seat, a_.join_scene, row.first_at, row.joined_at, row.left_at));
    out_.code = row.code;
    out_.entry = row.entry;
    if (!out_.first) return {};
    TRY(const auto known, take_group_turn(tx_, row.code));
    TRY(const auto chats, chats_of(tx_, row.entry));
    for (const auto& chat : chats)
      if (chat.group == out_.group) out_.over_cap = chat.people > known->code.spec.group_cap;
    return {};
  }

  Result<Taken> take_seat() {
    std::vector<HeldSeat> seats;
    for (const auto& way : ways_) {
      TRY(const auto held, tx_.all<HeldSeat>(kHeld, way.entry, tx_.now()));
      seats.insert(seats.end(), held.begin(), held.end());
    }
    for (const auto& seat : seats) {
      if (!seat.node) continue;
      const auto who = people::root_of(tx_, seat.node);
      if (who && *who == root_) return use({seat.id, "exact", seat.entry});
    }
    // A seat of somebody we know is nobody else's.
    std::erase_if(seats, [](const HeldSeat& s) { return bool(s.node); });
    if (seats.empty()) return Taken{};
    return use({seats.front().id, seats.size() == 1 ? "only" : "guess", seats.front().entry});
  }

  Result<Taken> use(Taken taken) {
    TRY(tx_.exec(kUse, taken.seat, taken.how));
    return taken;
  }

  Result<> relate() {
    boost::json::object props{{"group_id", to_text(out_.group)}, {"join_way", std::to_string(a_.join_scene)}};
    if (out_.code) {
      TRY(const auto known, take_group_turn(tx_, out_.code));
      props["code_id"] = to_text(out_.code);
      props["entry_id"] = to_text(out_.entry);
      props["channel"] = known->code.spec.channel;
      props["state"] = a_.state;
    }
    TRY(people::relate(tx_, {.person = root_, .kind = "group", .other = out_.group.v, .state = "joined", .channel = "wecom",
                                .via = out_.code ? to_text(out_.code) : "", .at = at_, .props = boost::json::serialize(props)}));
    return out_.code ? note_origin(tx_, root_) : Result<>{};
  }

  Tx& tx_;
  const GroupArrival& a_;
  const Instant at_;
  PersonId root_;
  std::vector<ViaRow> ways_;
  ViaRow via_;
  GroupArrived out_;
};

/// Raises or settles what a code's groups give cause for.
Result<> judge(Tx& tx, GroupId group, const LinkedChat& now) {
  TRY(const auto codes, codes_of_group(tx, group));
  const auto what = now.name.empty() ? now.chat_id : now.name;
  for (const auto code : codes) {
    TRY(const auto ownerless, tx.one<std::int64_t>(kWeak, code, "ownerless"));
    if (now.state == "dismissed") TRY(raise_alarm(tx, {alarm_code(code), {}, "group_dismissed", what}));
    if (now.state == "ownerless") TRY(raise_alarm(tx, {alarm_code(code), {}, "group_owner_left", what}));
    if (ownerless == 0) TRY(settle_alarm(tx, alarm_code(code), {}, "group_owner_left"));
  }
  return {};
}

}  // namespace

ShardKey shard_of_chat(std::string_view chat_id) { return {hash64(chat_id)}; }

Result<GroupId> group_of_chat(Tx& tx, std::string_view chat_id) {
  TRY(const auto had, tx.maybe<GroupId>(kGroup, chat_id));
  if (had) return *had;
  TRY(tx.exec(kAddGroup, tx.next_id<GroupId>(), chat_id));
  return tx.one<GroupId>(kGroup, chat_id);
}

Result<GroupArrived> group_arrive(Tx& tx, const GroupArrival& arrival) { return Joining(tx, arrival).run(); }

Result<> group_looked(Tx& tx, const GroupLook& look) {
  TRY(const auto code, find_group_code(tx, Scope::everything("who looked at it"), look.code));
  TRY(const auto moment, merchant_moment(tx, look.at));
  TRY(count_group_scan(tx, look.code, moment.day_number, look.entry, look.first));
  const auto props = boost::json::serialize(boost::json::object{{"code_id", to_text(look.code)}, {"scene", "group_page"}, {"is_first", look.first},
                                                                {"channel", code.spec.channel}, {"visitor", look.visitor}, {"outcome", "group"}, {"entry_id", to_text(look.entry)}});
  TRY(events::append(tx, {.kind = "code_scanned", .person = look.person, .subject = look.code.v, .at = look.at, .props = props, .received_at = look.at}));
  return {};
}

Result<> group_depart(Tx& tx, const GroupDeparture& d) {
  const auto at = d.at == Instant{} ? tx.now() : d.at;
  TRY(const auto root, people::root_of(tx, d.person));
  TRY(const auto group, group_of_chat(tx, d.chat_id));
  TRY(take_turns(tx, group, {}));
  TRY(const auto codes, codes_of_group(tx, group));
  TRY(const auto had, tx.maybe<JoinedRow>(kRow, root, group));
  if (had || !codes.empty()) {
    auto row = had.value_or(JoinedRow{root, {}, {}, {}, 0, {}, {}, {}});
    row.left_at = std::max(row.left_at, at);
    TRY(tx.exec(kPut, row.origin, group, root, row.code.v, row.entry.v, row.via_at, row.seat, 0, row.first_at, row.joined_at, row.left_at));
  }
  boost::json::object props{{"group_id", to_text(group)}, {"kicked_by", d.removed ? "owner" : ""}};
  if (had && had->code) props["code_id"] = to_text(had->code);
  TRY(people::relate(tx, {.person = root, .kind = "group", .other = group.v, .state = "left", .channel = "wecom", .via = {}, .at = at, .props = boost::json::serialize(props)}));
  return tend_group(tx, group);
}

Result<GroupId> group_changed(Tx& tx, const GroupChange& c) {
  const auto at = c.at == Instant{} ? tx.now() : c.at;
  TRY(const auto group, group_of_chat(tx, c.chat_id));
  TRY(take_turns(tx, group, {}));
  TRY(const auto before, tx.one<ChatRow>(kChat, group));
  if (c.members) TRY(tx.exec(kCount, group, std::max<std::int64_t>(0, *c.members), at));
  if (c.name || c.owner || c.ownerless) {
    const auto state = c.ownerless ? (*c.ownerless ? std::string("ownerless") : std::string("open")) : before.state;
    TRY(tx.exec(kTell, group, c.name, c.owner, state, at));
  }
  if (c.dismissed) TRY(tx.exec(kDismiss, group));
  TRY(const auto after, tx.one<ChatRow>(kChat, group));
  if (after.state != before.state) TRY(judge(tx, group, LinkedChat{group, c.chat_id, after.name, {}, after.state}));
  TRY(tend_group(tx, group));
  return group;
}

Result<> group_filled(Tx& tx, std::string_view chat_id, Instant at) {
  TRY(const auto group, group_of_chat(tx, chat_id));
  TRY(take_turns(tx, group, {}));
  TRY(tx.exec(kFilled, group, at));
  return tend_group(tx, group);
}

}  // namespace koi::entry
