#include "app/sample/story.h"

#include <fmt/format.h>

#include "commerce/commerce.h"
#include "events/events.h"
#include "people/person.h"
#include "people/profile.h"

namespace koi::app {

namespace {

constexpr std::int64_t kDayMs = 86'400'000, kHourMs = 3'600'000;
constexpr std::int64_t kStoryDays = 548;      // eighteen months
constexpr double kReferredShare = 0.22;       // characters kept free for those whom others bring
constexpr int kFirstFriends = 20;
constexpr std::int64_t kFirstLookMs = 5 * 60'000;  // from the welcome message straight into the mini program
constexpr double kRateShape = 0.9, kStopShape = 1.1;
constexpr double kShareChance = 0.16, kOpenChance = 0.42;
constexpr double kRefundChance = 0.025, kLeaveChance = 0.13;
constexpr std::string_view kPos = "pos", kMini = "mini", kByFriends = "老带新";

/// Warm months sell more cold tea, and shops are fuller at weekends.
double season(std::int64_t at_ms) {
  const double year = static_cast<double>(at_ms % (365 * kDayMs)) / static_cast<double>(365 * kDayMs);
  return 1.0 + 0.35 * std::sin((year - 0.3) * 2 * 3.14159265358979);
}

Result<> happen(Tx& tx, SampleFigures& figures, std::string_view kind, PersonId person, Instant at, const std::string& props,
                std::string_view source) {
  TRY(events::append(tx, {.kind = kind, .person = person, .at = at, .source = source, .props = props, .received_at = at}));
  ++figures.events;
  return {};
}

}  // namespace

std::string member_no_of(const Character& c) { return fmt::format("K{:07}", c.number); }

Story::Story(const SamplePlan& plan, std::vector<Shop> shops)
    : plan_(plan), start_ms_(to_ms(plan.until) - kStoryDays * kDayMs), until_ms_(to_ms(plan.until)), shops_(std::move(shops)),
      chance_(plan.seed), entrance_(plan.seed + 3, from_ms(until_ms_)), browsing_(plan.seed + 2) {
  const int own = static_cast<int>(plan.people * (1 - kReferredShare));
  cast_.reserve(static_cast<std::size_t>(plan.people));
  for (int i = 0; i < own; ++i) {
    // The chain grows: arrivals thicken towards today, with the seasons laid over.
    std::int64_t at = 0;
    do {
      at = start_ms_ + static_cast<std::int64_t>(std::pow(chance_.uniform(), 0.75) * static_cast<double>(kStoryDays * kDayMs));
    } while (!chance_.yes(season(at) / 1.4));
    add_character(at, -1);
  }
}

std::int64_t Story::opening_hours(std::int64_t at_ms) {
  const auto day = at_ms - at_ms % kDayMs;
  return day + 2 * kHourMs + static_cast<std::int64_t>(chance_.beta(2.2, 1.8) * 12 * static_cast<double>(kHourMs));  // 10–22 in UTC+8
}

int Story::add_character(std::int64_t at_ms, int inviter) {
  if (static_cast<int>(cast_.size()) >= plan_.people || at_ms >= until_ms_) return -1;
  // Friends of friends come all through the story, not in one wave that uses up their seats.
  if (inviter >= 0 && static_cast<double>(++referred_) > kReferredShare * static_cast<double>(figures_.people + kFirstFriends)) {
    --referred_;
    return -1;
  }
  Character c;
  c.number = static_cast<int>(cast_.size()) + 1;
  c.inviter = inviter;
  c.channel = &chance_.weighted(setting::channels(), [](const auto&) { return 1.0; });
  if (inviter >= 0) c.shop = cast_[static_cast<std::size_t>(inviter)].shop;
  else c.shop = chance_.below(static_cast<int>(shops_.size()));
  const auto& shop = shops_[static_cast<std::size_t>(c.shop)];
  c.guide = chance_.one_of(std::span<const StaffId>(shop.guides));
  const double rate = inviter >= 0 ? 1.4 : c.channel->buy_rate;  // friends of customers buy more
  const double stop = inviter >= 0 ? 0.15 : c.channel->drop_rate;
  c.buys_per_day = chance_.gamma(kRateShape, rate / 30);
  c.stops_after_each = chance_.beta(kStopShape, kStopShape * (1 - stop) / stop);
  c.cups = 1 + chance_.gamma(1.5, 0.8);
  cast_.push_back(c);
  const int index = static_cast<int>(cast_.size()) - 1;
  moments_.push({opening_hours(at_ms), Step::arrive, index, 0});
  return index;
}

Result<> Story::take(Tx& tx) {
  const Moment m = moments_.top();
  moments_.pop();
  // Arrivals of friends may grow the cast: work on a copy, then put it back.
  Character c = cast_[static_cast<std::size_t>(m.who)];
  Result<> done;
  switch (m.step) {
    case Step::arrive: done = arrive(tx, c, m.at_ms); break;
    case Step::buy: done = buy(tx, c, m.at_ms); break;
    case Step::refund: done = refund(tx, c, m); break;
    case Step::share: done = share(tx, c, m.at_ms); break;
    case Step::leave: done = leave(tx, c, m.at_ms); break;
    case Step::browse: done = browse(tx, c, m.at_ms); break;
  }
  cast_[static_cast<std::size_t>(m.who)] = c;
  return done;
}

Result<> Story::introduce(Tx& tx, Character& c, Instant at) {
  std::vector<people::Ident> idents{{"member_no", member_no_of(c)}};
  if (chance_.yes(0.82)) c.phone = fmt::format("13{:09}", (static_cast<std::uint64_t>(c.number) * 7'919'117) % 1'000'000'000);
  if (!c.phone.empty()) idents.push_back({"phone_e164", c.phone});
  if (chance_.yes(0.74)) idents.push_back({"wx_openid:wxkoitea", fmt::format("oKoi{:010}", c.number)});
  people::CreatePerson cmd;
  cmd.identifiers = idents;
  cmd.channel = std::string(c.inviter >= 0 ? kByFriends : c.channel->zh);
  cmd.store = shops_[static_cast<std::size_t>(c.shop)].code;
  TRY(const auto who, people::create_person(tx, Scope::everything("sample"), "sample", cmd));
  c.person = who.id;
  const auto surname = chance_.one_of(setting::surnames());
  const auto given = chance_.one_of(setting::given_names());
  c.name = std::string(surname) + std::string(given);
  std::vector<std::pair<std::string, std::string>> values{{"name", c.name},
                                                         {"city", shops_[static_cast<std::size_t>(c.shop)].city}};
  if (!c.phone.empty()) values.emplace_back("phone", c.phone);
  if (chance_.yes(0.6)) values.emplace_back("gender", chance_.yes(0.68) ? "female" : "male");
  if (chance_.yes(0.4))
    values.emplace_back("birthday", fmt::format("{}-{:02}-{:02}", 1975 + chance_.below(32), 1 + chance_.below(12), 1 + chance_.below(28)));
  TRY(people::set_attributes(tx, {.person = c.person, .values = values, .source = "sample", .at = at}));
  TRY(people::assign_owner(tx, c.person, c.guide, shops_[static_cast<std::size_t>(c.shop)].path));
  return {};
}

Result<> Story::arrive(Tx& tx, Character& c, std::int64_t at_ms) {
  const auto at = from_ms(at_ms);
  c.since_ms = at_ms;
  const auto& shop = shops_[static_cast<std::size_t>(c.shop)];
  TRY(introduce(tx, c, at));
  ++figures_.people;
  TRY(entrance_.come(tx, figures_, {c.person, c.guide, &shop, c.inviter >= 0 ? nullptr : c.channel, c.name}, at));
  TRY(gifts_.welcome(tx, shop.code, c.person));
  if (chance_.yes(0.7)) {
    TRY(happen(tx, figures_, "member_registered", c.person, at + Millis(180'000),
               fmt::format(R"({{"programme_id":"tea-club","store_id":"{}","phone_hash":"","verified_by":"wechat"}})", shop.code), kMini));
  }
  TRY(people::record_consent(tx, {.person = c.person, .channel = "wecom", .purpose = "marketing", .granted = chance_.yes(c.channel->consent_rate),
                                  .evidence = "sample:welcome form", .notice_version = "2026-01", .at = at}));
  if (chance_.yes(0.45)) {
    const std::vector<std::string> tags{"口味/" + std::string(chance_.one_of(setting::tastes()))};
    TRY(people::tag_person(tx, {.person = c.person, .tags = tags, .source = "import:sample", .create = true}));
  }
  if (c.inviter >= 0) {
    const auto& inviter = cast_[static_cast<std::size_t>(c.inviter)];
    TRY(people::set_inviter(tx, c.person, inviter.person, at));
  }
  const int index = c.number - 1;
  if (chance_.yes(0.62)) moments_.push({at_ms + static_cast<std::int64_t>(chance_.gamma(0.7, 2.5) * static_cast<double>(kDayMs)) + 600'000, Step::buy, index, 0});
  moments_.push({at_ms + kFirstLookMs, Step::browse, index, 0});
  if (chance_.yes(kLeaveChance)) moments_.push({at_ms + static_cast<std::int64_t>(chance_.gamma(0.8, 60) * static_cast<double>(kDayMs)) + kHourMs, Step::leave, index, 0});
  return {};
}

void Story::plan_next_purchase(const Character& c, int index, std::int64_t from_ms) {
  if (chance_.yes(c.stops_after_each)) return;
  const double wait = chance_.days_until(c.buys_per_day * season(from_ms));
  if (wait > 2 * static_cast<double>(kStoryDays)) return;
  moments_.push({opening_hours(from_ms + kDayMs / 2 + static_cast<std::int64_t>(wait * static_cast<double>(kDayMs))), Step::buy, index, 0});
}

Result<> Story::buy(Tx& tx, Character& c, std::int64_t at_ms) {
  const auto& shop = shops_[static_cast<std::size_t>(c.shop)];
  commerce::OrderIn order;
  order.source = chance_.yes(0.4) ? kMini : kPos;
  order.order_no = fmt::format("{}{:08}", order.source == kPos ? "P" : "M", figures_.orders + 1);
  order.person = c.person;
  order.at = from_ms(at_ms);
  order.status = "completed";
  order.store = shop.code;
  order.staff = to_text(c.guide);
  order.channel = std::string(c.inviter >= 0 ? kByFriends : c.channel->zh);
  const int lines = 1 + static_cast<int>(chance_.gamma(1.2, 0.5 * c.cups));
  Fen total;
  for (int i = 0; i < std::min(lines, 6); ++i) {
    const bool warm = season(at_ms) > 1;
    const auto& tea = chance_.weighted(setting::teas(), [&](const auto& t) { return t.summer == warm ? 1.5 : 0.8; });
    const std::int64_t quantity = tea.price_fen > 10'000 ? 1 : 1 + static_cast<std::int64_t>(chance_.gamma(0.8, 0.5));
    const Fen amount{tea.price_fen * quantity * (chance_.yes(0.2) ? 88 : 100) / 100};
    order.lines.push_back({std::to_string(i + 1), std::string(tea.sku), std::string(tea.title), quantity, Fen{tea.price_fen}, amount});
    total.v += amount.v;
  }
  if (order.source == kMini) { TRY(browsing_.before_order(tx, figures_, visitor(c), at_ms, order.lines.front().sku)); }
  TRY(commerce::upsert_order(tx, order));
  ++figures_.orders;
  ++c.orders;
  bought_.push_back({order.source + "/" + order.order_no, total});
  const int index = c.number - 1;
  if (chance_.yes(kRefundChance))
    moments_.push({at_ms + static_cast<std::int64_t>(chance_.uniform() * 5 * static_cast<double>(kDayMs)) + kHourMs, Step::refund, index,
                   static_cast<std::int64_t>(bought_.size()) - 1});
  if (chance_.yes(kShareChance)) moments_.push({at_ms + kHourMs, Step::share, index, 0});
  plan_next_purchase(c, index, at_ms);
  return {};
}

Result<> Story::refund(Tx& tx, Character&, const Moment& m) {
  const auto& paid = bought_[static_cast<std::size_t>(m.detail)];
  const auto slash = paid.order_no.find('/');
  const Fen amount{chance_.yes(0.7) ? paid.paid.v : paid.paid.v / 2};
  TRY(commerce::record_refund(tx, {.source = paid.order_no.substr(0, slash), .refund_no = "R" + paid.order_no.substr(slash + 1),
                                   .order_no = paid.order_no.substr(slash + 1), .amount = amount, .at = from_ms(m.at_ms), .reason = "口味不合"}));
  ++figures_.refunds;
  return {};
}

Result<> Story::share(Tx& tx, Character& c, std::int64_t at_ms) {
  const auto share_id = fmt::format("sh{}x{}", c.number, c.orders);
  TRY(happen(tx, figures_, "content_shared", c.person, from_ms(at_ms),
             fmt::format(R"({{"share_id":"{}","content_id":"tea-card","parent_person":"{}","depth":1}})", share_id, to_text(c.person)), kMini));
  // A few bring many: the number of friends who come is geometric.
  while (chance_.yes(kOpenChance))
    if (add_character(at_ms + kHourMs + static_cast<std::int64_t>(chance_.gamma(1, 2) * static_cast<double>(kDayMs)), c.number - 1) < 0) break;
  return {};
}

Visitor Story::visitor(const Character& c) const {
  return {c.person, c.inviter >= 0 ? std::string_view("content-share") : c.channel->code, shops_[static_cast<std::size_t>(c.shop)].code,
          c.since_ms};
}

Result<> Story::browse(Tx& tx, Character& c, std::int64_t at_ms) {
  TRY(browsing_.look_around(tx, figures_, visitor(c), at_ms));
  if (const auto next = browsing_.next_visit(at_ms, c.orders > 0)) moments_.push({*next, Step::browse, c.number - 1, 0});
  return {};
}

Result<> Story::leave(Tx& tx, Character& c, std::int64_t at_ms) {
  if (!c.friends) return {};
  c.friends = false;
  TRY(people::relate(tx, {.person = c.person, .kind = "staff", .other = c.guide.v, .state = "deleted_by_customer", .at = from_ms(at_ms)}));
  return {};
}

}  // namespace koi::app
