#include "app/sample/entrance.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "entry/arrivals.h"
#include "entry/group_arrivals.h"
#include "entry/joins.h"
#include "entry/ways.h"
#include "events/events.h"
#include "people/profile.h"
#include "store/trail.h"
#include "team/team.h"

namespace koi::app {

namespace {

constexpr std::string_view kFriends = "老带新", kMini = "mini";
constexpr int kWaysAtOnce = 1000;
constexpr double kStaysQuiet = 0.46, kJoinsGroup = 0.28, kLooksOnly = 0.35, kLeavesGroup = 0.12;
constexpr std::size_t kGroupsOfShop = 5, kGroupFull = 180;
constexpr int kScanAddWay = 1, kScannedGroupCode = 3;

/// What a door costs, and how many look at it for each who comes in.
struct Worth { std::string_view channel; double lookers; std::int64_t cost_day_fen, cost_total_fen; };
constexpr Worth kWorth[] = {{"desk-card", 0.5, 0, 26'000}, {"parcel-card", 1.4, 0, 180'000}, {"douyin-live", 2.2, 20'000, 0}, {"xiaohongshu", 1.7, 9'000, 0},
                            {"moments-ad", 3.4, 24'000, 0}, {"mp-menu", 0.7, 0, 0},           {"poster", 2.6, 0, 320'000},     {"share", 0.3, 0, 0}};
const Worth& worth_of(std::string_view channel) {
  for (const auto& w : kWorth)
    if (w.channel == channel) return w;
  return kWorth[0];
}

/// What every code of the chain has in common.
entry::CodeSpec usual(std::string_view name, std::string_view channel, std::string_view zh) {
  entry::CodeSpec spec;
  spec.name = name;
  spec.channel = zh;
  spec.folder = "锦鲤茶铺";
  spec.tags = {"来源/" + std::string(zh)};
  spec.remark = "{channel}-{nick}";
  spec.cost_day_fen = worth_of(channel).cost_day_fen;
  spec.cost_total_fen = worth_of(channel).cost_total_fen;
  spec.alarm_after_scans = 60;
  spec.welcome.text = "{nick}，你好，我是锦鲤茶铺的{guide}。回复“1”领取新客茶券，想喝什么也可以直接告诉我。";
  spec.welcome.slots = {{{{6, 7}, {"10:00-22:00"}}, "{nick}，周末好，我是锦鲤茶铺的{guide}，今天第二杯半价。", {}}};
  spec.fallback = {"", "", "导购都在忙，请拨打门店电话，或稍后再扫一次。", "400-820-0000"};
  return spec;
}

entry::Schedule open_hours() { return {{{{}, {"10:00-22:00"}}}, {}, {}}; }

entry::Member everybody(UnitId unit, entry::Schedule when = open_hours()) {
  entry::Member member;
  member.unit = unit;
  member.schedule = std::move(when);
  return member;
}

}  // namespace

Result<Entrance::Door> Entrance::make(Tx& tx, entry::CodeSpec spec, const std::string& slug, std::string_view scene) {
  TRY(const auto made, entry::create_code(tx, Scope::everything("sample"), {.spec = std::move(spec), .slug = slug, .key = "sample:" + slug}));
  return Door{made.code.id, made.code.spec.channel, std::string(scene)};
}

Result<> Entrance::place_shops(Tx& tx, const std::vector<Shop>& shops) {
  int number = 0;
  for (const auto& shop : shops) {
    const auto& city = *std::ranges::find(setting::cities(), shop.city, &setting::City::name);
    // A few streets apart.
    const double east = 0.021 * (++number % 4), north = 0.017 * (number % 3);
    TRY(entry::put_store_place(tx, Scope::everything("sample"), {.unit = shop.unit, .lat = city.lat + north, .lng = city.lng + east, .hours = open_hours().week,
                                                                 .address = fmt::format("{}市商业街 {} 号", shop.city, 10 * number + 8), .phone = "400-820-0000"}));
  }
  return {};
}

Result<> Entrance::open(Tx& tx, const std::vector<Shop>& shops) {
  TRY(place_shops(tx, shops));
  for (const auto& channel : setting::channels()) {
    auto spec = usual(fmt::format("{}码", channel.zh), channel.code, channel.zh);
    spec.backup = {{{everybody(shops.front().unit, {})}}};  // the first shop answers at night
    if (channel.code == "desk-card") {
      for (const auto& shop : shops) {
        auto own = spec;
        TRY(const auto unit, team::find_unit(tx, Scope::everything("sample"), shop.unit));
        own.name = fmt::format("{} · {}", channel.zh, unit.name);
        own.folder = "门店";
        own.members = {everybody(shop.unit)};
        TRY(doors_[fmt::format("{}-{}", channel.code, shop.code)], make(tx, std::move(own), fmt::format("desk-{}", lower_ascii(shop.code)), channel.scene));
      }
      continue;
    }
    if (channel.code == "poster") {
      spec.kind = entry::CodeKind::store;
      spec.assign = entry::AssignRule::nearest;
      spec.radius_km = 30;
      for (const auto& shop : shops) spec.stores.push_back({shop.unit, {everybody(shop.unit)}});
    } else {
      spec.assign = channel.code == "moments-ad" ? entry::AssignRule::least_loaded : entry::AssignRule::round_robin;
      for (const auto& shop : shops) spec.members.push_back(everybody(shop.unit));
    }
    TRY(doors_[std::string(channel.code)], make(tx, std::move(spec), std::string(channel.code), channel.scene));
  }
  auto friends = usual("老友邀请码", "share", kFriends);
  for (const auto& shop : shops) friends.members.push_back(everybody(shop.unit));
  TRY(doors_["share"], make(tx, std::move(friends), "friends", "share"));
  for (const auto& shop : shops)
    for (std::size_t g = 0; g < shop.guides.size(); ++g) userids_[shop.guides[g]] = fmt::format("guide-{}-{}", shop.code, g + 1);
  TRY(learn_states(tx));
  return open_groups(tx, shops);
}

/// One code for the members' groups of every store: whoever scans it is led to the nearest store's, or chooses.
Result<> Entrance::open_groups(Tx& tx, const std::vector<Shop>& shops) {
  entry::GroupSpec spec;
  spec.name = "门店会员群";
  spec.folder = "锦鲤茶铺";
  spec.channel = "导购邀请";
  spec.rule = entry::GroupRule::store;
  spec.title = "加入你的门店会员群";
  spec.guide = "新品、拼单和生日券，先在群里说。";
  spec.fallback.text = "群刚满，请加导购，由导购拉你进群。";
  spec.fallback.code = doors_.at("mp-menu").code;
  boost::json::array kept;
  for (const auto& shop : shops) {
    TRY(const auto unit, team::find_unit(tx, Scope::everything("sample"), shop.unit));
    auto& e = spec.entries.emplace_back();
    e.name = unit.name;
    e.kind = entry::GroupEntryKind::join;
    e.store = shop.unit;
    e.room_base_name = unit.name + "会员群";
    e.room_base_id = static_cast<std::int64_t>(kGroupsOfShop) + 1;
    for (std::size_t n = 1; n <= kGroupsOfShop; ++n) {
      const auto& owner = shop.guides[n % shop.guides.size()];
      auto& chat = groups_[shop.unit].chats.emplace_back(fmt::format("wrSample{}Group{}", shop.code, n));
      e.chats.push_back(chat);
      const auto name = fmt::format("{}会员群{}", unit.name, n);
      TRY(entry::group_changed(tx, {.chat_id = chat, .members = {}, .name = name, .owner = userids_.at(owner), .dismissed = false, .ownerless = {}, .at = tx.now()}));
      kept.push_back(boost::json::array{chat, name, userids_.at(owner)});
    }
  }
  TRY(const auto made, entry::create_group_code(tx, Scope::everything("sample"), {.spec = std::move(spec), .slug = "member-group", .key = "sample:member-group"}));
  group_code_ = made.code.id;
  for (const auto& e : made.code.spec.entries) groups_.at(*e.store).entry = *e.id;
  TRY(const auto joins, entry::joins_to_make(tx, 0, kWaysAtOnce));
  for (const auto& join : joins)
    for (auto& [shop, groups] : groups_)
      if (groups.entry == join.entry) groups.state = join.state;
  // The simulator in the box is to have the same groups.
  return store::set_setting(tx, "simulator.chats", boost::json::serialize(kept));
}

Result<> Entrance::learn_states(Tx& tx) {
  std::int64_t after = 0;
  for (;;) {
    TRY(const auto ways, entry::ways_to_make(tx, after, kWaysAtOnce));
    for (const auto& way : ways)
      for (const auto& user : way.users) states_[{way.code, user}] = way.state;
    if (std::ssize(ways) < kWaysAtOnce) return {};
    after = ways.back().id.v;
  }
}

Result<> Entrance::scan(Tx& tx, SampleFigures& figures, const Door& door, PersonId person, StaffId guide, const Shop& shop, Instant at) {
  const auto visitor = fmt::format("story{:08}", ++strangers_);
  const auto props = fmt::format(R"({{"code_id":"{}","scene":"{}","is_first":true,"channel":"{}","visitor":"{}","staff_id":"{}","store_id":"{}","outcome":"guide"}})",
                                 to_text(door.code), door.scene, door.channel, visitor, to_text(guide), shop.code);
  TRY(events::append(tx, {.kind = "code_scanned", .person = person, .subject = door.code.v, .at = at, .source = kMini, .props = props, .received_at = at}));
  ++figures.events;
  return {};
}

Result<> Entrance::answer(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at) {
  const auto later = [&](double minutes) { return at + Millis(static_cast<std::int64_t>(chance_.gamma(0.8, minutes) * 60'000) + 45'000); };
  if (!chance_.yes(kStaysQuiet)) {
    const auto when = later(90);
    const auto props = fmt::format(R"({{"staff_id":"{}"}})", to_text(who.guide));
    TRY(events::append(tx, {.kind = "message_received_from_customer", .person = who.person, .at = when, .source = "wecom", .props = props, .received_at = when}));
    ++figures.events;
  }
  return chance_.yes(kJoinsGroup) ? join_group(tx, figures, who, later(240)) : Result<>{};
}

/// The guide sends the code of the store's members' group; some look and stay out, some go again.
Result<> Entrance::join_group(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at) {
  auto& groups = groups_.at(who.shop->unit);
  TRY(entry::group_looked(tx, {.code = group_code_, .entry = groups.entry, .person = who.person, .visitor = fmt::format("group{:08}", ++strangers_), .at = at - Millis(25'000)}));
  ++figures.events;
  const auto number = groups.members / kGroupFull;
  if (number >= groups.chats.size() || chance_.yes(kLooksOnly)) return {};
  ++groups.members;
  TRY(entry::group_arrive(tx, {.chat_id = groups.chats[number], .person = who.person, .state = groups.state, .join_scene = kScannedGroupCode, .at = at}));
  ++figures.events;
  if (!chance_.yes(kLeavesGroup)) return {};
  const auto gone = at + Millis(static_cast<std::int64_t>(chance_.gamma(1.2, 9) * 86'400'000));
  if (gone >= until_) return {};
  TRY(entry::group_depart(tx, {.chat_id = groups.chats[number], .person = who.person, .at = gone}));
  ++figures.events;
  return {};
}

Result<> Entrance::come(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at) {
  const std::string channel(who.channel == nullptr ? "share" : who.channel->code);
  const auto& door = doors_.at(channel == "desk-card" ? fmt::format("{}-{}", channel, who.shop->code) : channel);
  // How many came by and went is geometric.
  const double lookers = worth_of(channel).lookers;
  for (int k = 1; chance_.yes(lookers / (1 + lookers)); ++k)
    TRY(scan(tx, figures, door, {}, chance_.one_of(std::span<const StaffId>(who.shop->guides)), *who.shop, at - Millis(k * 70'000)));
  TRY(scan(tx, figures, door, who.person, who.guide, *who.shop, at));
  const auto friends_at = at + Millis(40'000);
  TRY(entry::arrive(tx, {.person = who.person, .staff = who.guide, .state = states_.at({door.code, userids_.at(who.guide)}), .welcome_code = {},
                         .add_way = kScanAddWay, .at = friends_at, .half = false, .welcome_sent = true, .nick = who.name}));
  return answer(tx, figures, who, friends_at);
}

}  // namespace koi::app
