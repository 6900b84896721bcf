/// Random rules and random histories for differential tests: whatever evaluates rules is compared with plain.h on them.
///
///   RandomRules rules(seed);                  // the same seed, the same rules and histories, on every machine
///   const auto now = rules.now();             // month ends, clock changes, ordinary days
///   const Rule rule = rules.rule();           // sound against RandomRules::vocabulary()
///   const plain::History h = rules.history(now);
///   plain::matches(rule, h, now)
///   rules.add_story(h, clause, now);   // events on the very edges this clause asks about
///
/// Rules and histories draw from the same few names and values and the same lengths of time, so that they meet; events
/// stand at the edges of those lengths to the millisecond, tie, repeat, lack values or have them of a wrong type, and lie
/// in the future.
#pragma once
#include <random>
#include <ranges>

#include "segments/tests/history.h"
#include "segments/types.h"
#include "segments/vocabulary.h"
#include "segments/words.h"

namespace koi::segments {

/// Ranks among everybody are as of the daily look: what they are at a moment is another question.
inline bool asks_ranks(const Clause& c) {
  if (const auto* group = std::get_if<Group>(&c.is)) return std::ranges::any_of(group->of, asks_ranks);
  const auto* compare = std::get_if<Compare>(&c.is);
  return compare != nullptr && (compare->lens == Lens::zscore || compare->op == Op::top || compare->op == Op::bottom);
}

class RandomRules {
 public:
  explicit RandomRules(std::uint64_t seed) : rng_(seed) {}

  /// What all random rules may name.
  static const Vocabulary& vocabulary() {
    static const Vocabulary v = {
        .attributes = {{"city", Type::text}, {"level", Type::text, "等级", "level", {"gold", "silver"}}, {"age", Type::number},
                       {"budget", Type::money}, {"birthday", Type::date}, {"interests", Type::set, "兴趣", "interests", {"tea", "cake", "咖啡"}}},
        .events = {{"code_scanned", "扫描活码", "Code scanned", {{"code_id", Type::text}, {"touch", Type::object}}},
                   {"friend_added", "加为好友", "Friend added", {{"staff_id", Type::text}, {"touch", Type::object}}},
                   {"order_paid", "支付订单", "Order paid",
                    {{"order_id", Type::text}, {"store_id", Type::text}, {"pay_fen", Type::money}, {"qty", Type::number}, {"first_order", Type::boolean},
                     {"due_at", Type::time}, {"lines", Type::list}, {"coupon_ids", Type::list}, {"touch", Type::object}}},
                   {"refund_done", "退款完成", "Refund done", {{"order_id", Type::text}, {"touch", Type::object}}},
                   {"加入购物车", "加入购物车", "Added to cart", {}}},
        .tags = {{"偏好", "奶茶"}, {"偏好", "蛋糕"}, {"", "VIP"}, {"渠道", "VIP"}},
        .tag_groups = {"偏好", "渠道"},
        .segments = {{"老客"}, {"新客"}},
        .lists = {"名单一"},
        .stages = {"prospect", "new", "active"},
        .channels = {"wecom", "shop"},
        .stores = {"S1", "S2"},
        .staff = {{"stf_1", "张伟"}, {"stf_2", "李娜"}}};
    return v;
  }

  Instant now() {
    static constexpr std::string_view kNows[] = {"2026-03-31T16:00:00.000Z", "2026-02-28T15:59:59.999Z", "2026-03-08T07:00:00.000Z",
                                                 "2026-11-01T06:30:00.000Z", "2024-02-29T04:00:00.000Z", "2026-11-22T02:47:19.123Z"};
    return *parse_rfc3339(pick(kNows));
  }
  Rule rule() { return {clause(3)}; }
  Clause clause(int depth) {
    if (depth > 0 && chance(45)) return group(depth, [&](int d) { return clause(d); });
    switch (below(12)) {
      case 0:
      case 1: return {Did{events()}};
      case 2: return {without()};
      case 3:
      case 4: return {sequence()};
      case 5: return {changed()};
      case 6: return below(2) == 0 ? Clause{InSegment{pick(vocabulary().segments).name}} : Clause{InList{"名单一"}};
      case 7: return {bucket()};
      case 8:
      case 9: return {aggregate()};
      default: return {person()};
    }
  }
  plain::History history(Instant now);
  /// Somebody of whom little is known and to whom nothing has happened yet.
  plain::History stranger(Instant now);
  /// What the clause asks of events happens to them, all of it on the edges of its times as of `now`; nothing when it asks
  /// nothing of events.
  void add_story(plain::History& h, const Clause& clause, Instant now);

 private:
  // ---- dice ----
  std::uint64_t below(std::uint64_t n) { return rng_() % n; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class Items>
  std::ranges::range_value_t<Items> pick(const Items& items) { return items[below(std::size(items))]; }
  std::string pick_text(std::initializer_list<const char*> texts) { return *(texts.begin() + below(texts.size())); }

  // ---- values ----
  static constexpr Duration kLengths[] = {{15, Unit::minute}, {1, Unit::hour}, {24, Unit::hour}, {1, Unit::day}, {2, Unit::day},
                                          {7, Unit::day}, {1, Unit::week}, {30, Unit::day}, {1, Unit::month}, {60, Unit::day}, {3600, Unit::second}};
  Duration length() { return pick(kLengths); }
  std::string text_for(std::string_view name) {
    if (name == "code_id") return pick_text({"c1", "c2"});
    if (name == "order_id") return pick_text({"o1", "o2", "o3"});
    if (name == "store_id" || name == "store") return pick_text({"S1", "S2"});
    if (name == "staff" || name == "staff_id" || name == "friends") return pick_text({"stf_1", "stf_2"});
    if (name == "level") return pick_text({"gold", "silver"});
    if (name == "interests") return pick_text({"tea", "cake", "咖啡"});
    if (name == "stage") return pick_text({"prospect", "new", "active"});
    if (name == "channel") return pick_text({"wecom", "shop"});
    if (name == "tags") return pick_text({"偏好/奶茶", "偏好/蛋糕", "奶茶", "渠道/VIP", "蛋糕"});
    if (name == "consent") return pick_text({"granted", "withdrawn"});
    if (name == "relation.state") return pick_text({"active", "deleted_by_customer"});
    if (name == "staff.store") return pick_text({"华东", "华东/上海", "华东/上海/静安店", "华南"});
    return pick_text({"上海", "Ａｂ", "ab", "", "a \"b\"\\\n`c`", "张伟", "o1"});
  }
  Decimal decimal() { return {static_cast<std::int64_t>(below(8)) * kMicros / 2}; }
  Money money() { return {Fen{pick(std::array<std::int64_t, 5>{0, 1, 100, 5000, 5001})}, chance(50)}; }
  LocalDay day() { return *parse_day("2026-01-01") + std::chrono::days(below(400)); }
  Instant instant() { return *parse_rfc3339("2026-03-01T00:00:00.000Z") + Millis(static_cast<std::int64_t>(below(40)) * 86'400'000 / 4); }
  Calendar calendar() { return {static_cast<Span>(below(8)), chance(25) ? "America/New_York" : ""}; }
  Value value(Type type, std::string_view name) {
    switch (type) {
      case Type::number: return decimal();
      case Type::money: return money();
      case Type::boolean: return chance(50);
      case Type::date: return day();
      case Type::time: return chance(50) ? Value(day()) : Value(instant());
      case Type::duration: return length();
      case Type::any: return chance(50) ? Value(text_for(name)) : chance(50) ? Value(decimal()) : Value(chance(50));
      default: return text_for(name);
    }
  }
  std::vector<Value> operands(Op op, Type type, std::string_view name) {
    switch (operands_of(op)) {
      case Operands::none: return {};
      case Operands::one: return {value(type, name)};
      case Operands::text:
        if (op == Op::under && name == "tags") return {pick_text({"偏好", "渠道"})};
        return {op == Op::matches ? pick_text({"^a", "海$", ".", "[0-9]+"}) : text_for(name)};
      case Operands::two: {
        const auto low = value(type, name);
        auto high = value(type, name);
        for (int i = 0; i < 20 && high.index() != low.index(); ++i) high = value(type, name);
        return {low, high.index() == low.index() ? high : low};
      }
      case Operands::some: {
        std::vector<Value> out;
        for (auto n = 1 + below(3); n > 0; --n) out.push_back(value(type, name));
        return out;
      }
      case Operands::day: return {chance(50) ? Value(day()) : Value(instant())};
      case Operands::duration: return {op == Op::anniversary ? Value(Duration{static_cast<std::int64_t>(1 + below(60)), Unit::day}) : Value(length())};
      case Operands::calendar: return {calendar()};
      case Operands::percent: return {Decimal{pick(std::array<std::int64_t, 4>{1, 10, 33, 100}) * kMicros}};
    }
    return {};
  }

  // ---- comparisons ----
  Compare compare(Subject subject, Type type, std::string_view name, bool ranks) {
    Compare out{.subject = std::move(subject)};
    for (;;) {
      out.lens = chance(75) ? Lens::plain : static_cast<Lens>(below(9));
      out.op = static_cast<Op>(below(30));
      const bool ranked = out.lens == Lens::zscore || out.op == Op::top || out.op == Op::bottom;
      const auto seen = through_lens(out.lens, type);
      if (!seen || !takes(*seen, out.op) || (ranked && !ranks)) continue;
      if (out.op == Op::under && *seen == Type::set && name != "tags") continue;
      out.values = operands(out.op, *seen, name);
      return out;
    }
  }
  Compare person() {
    const auto attributes = vocabulary().attributes.size();
    const auto n = below(facts().size() + 2 * attributes);
    if (n >= facts().size()) {
      const auto& a = vocabulary().attributes[n % attributes];
      return compare(Field{(chance(10) ? "attr." : "") + a.key}, a.type, a.key, true);
    }
    const auto& fact = facts()[n];
    Field field{std::string(fact.name)};
    if (fact.name == "referrals") field.args = {pick_text({"1", "2"})};
    else if (fact.name == "has_id") field.args = {pick_text({"wx_unionid", "phone_e164", "wx_openid"})};
    else if (fact.args_min == 2) field.args = {pick_text({"wecom", "sms"}), pick_text({"marketing", "service"})};
    else if (fact.args_max == 1 && chance(50)) field.args = {text_for("staff")};
    const bool ranks = field.args.empty();
    return compare(std::move(field), fact.type, fact.name, ranks);
  }
  Changed changed() {
    const auto& a = pick(vocabulary().attributes);
    Changed out{.attribute = a.key};
    if (chance(40)) out.from = value(a.type, a.key);
    if (chance(40)) out.to = value(a.type, a.key);
    do out.window = window();
    while (std::holds_alternative<Since>(out.window));
    return out;
  }
  Bucket bucket() {
    const auto from = static_cast<std::int64_t>(below(900));
    return {pick_text({"a", "spring"}), from, from + 1 + static_cast<std::int64_t>(below(100))};
  }
  template <class Inner>
  Clause group(int depth, Inner inner) {
    Group out{static_cast<Group::Kind>(below(3)), {}};
    for (auto n = 1 + below(3); n > 0; --n) out.of.push_back(inner(depth - 1));
    return {std::move(out)};
  }

  // ---- events ----
  const EventWord& kind() {
    static const EventWord anything{"*", "", "", {}};
    return chance(8) ? anything : vocabulary().events[chance(50) ? 2 : below(vocabulary().events.size())];
  }
  /// A property of the kind with its type.
  PropertyWord property(const EventWord& kind) {
    if (chance(25)) return {"amount", Type::money};
    if (chance(10)) return {"at", Type::time};
    if (chance(10)) return {"source", Type::text};
    if (chance(15)) return {"touch.code_id", Type::any};
    if (kind.properties.empty()) return {pick_text({"sku", "page.url"}), Type::any};
    const auto& out = pick(kind.properties);
    return out.type == Type::object ? PropertyWord{"touch.code_id", Type::any} : out;
  }
  Clause condition(const EventWord& kind, int depth) {
    if (depth > 0 && chance(25)) return group(depth, [&](int d) { return condition(kind, d); });
    if (kind.name == "order_paid" && chance(15)) return {element()};
    const auto p = property(kind);
    const auto name = p.name == "touch.code_id" ? std::string_view("code_id") : std::string_view(p.name);
    auto type = p.name == "touch.code_id" ? Type::text : p.type;
    return {compare(Field{p.name}, type, name, false)};
  }
  Element element() {
    Element out{.each = chance(40), .list = chance(60) ? "lines" : "coupon_ids"};
    const bool lines = out.list == "lines";
    for (auto n = 1 + below(2); n > 0; --n)
      out.where.push_back(lines ? Clause{chance(50) ? compare(Field{"sku"}, Type::text, "code_id", false) : compare(Field{"qty"}, Type::number, "", false)}
                                : Clause{compare(Field{"it"}, Type::text, "code_id", false)});
    return out;
  }
  Clauses where(const EventWord& kind) {
    Clauses out;
    if (chance(45))
      for (auto n = 1 + below(2); n > 0; --n) out.push_back(condition(kind, 1));
    return out;
  }
  Window window() {
    switch (below(8)) {
      case 0: return Lifetime{};
      case 1: return calendar();
      case 2: return Ago{{static_cast<std::int64_t>(30 + below(2)), Unit::day}, pick(std::array{Duration{7, Unit::day}, Duration{1, Unit::hour}})};
      case 3: { const auto from = day(); return Between{from, chance(50) ? Value(from + std::chrono::days(30)) : Value(instant() + std::chrono::days(800))}; }
      case 4: { const auto& k = kind(); return Since{k.name, where(k)}; }
      default: return Last{length()};
    }
  }
  Events events() {
    const auto& k = kind();
    return {k.name, where(k), window()};
  }
  Compare aggregate() {
    const auto& k = kind();
    Aggregate out;
    for (;;) {
      out.fn = static_cast<Fn>(below(14));
      const auto wants = wants_of(out.fn);
      const auto p = property(k);
      const bool with = wants == Wants::property || (wants == Wants::either && chance(50));
      const auto type = aggregate_type(out.fn, with ? p.type : Type::any);
      if (!type) continue;
      out.property = with ? p.name : "";
      out.events = {k.name, where(k), out.fn == Fn::trend ? Window(Last{length()}) : window()};
      const auto name = p.name == "touch.code_id" ? std::string("code_id") : p.name;
      return compare(std::move(out), *type, name, false);
    }
  }
  std::vector<std::string> same(bool everywhere) {
    if (!chance(30)) return {};
    return {everywhere ? "touch.code_id" : pick_text({"touch.code_id", "source"})};
  }
  Without without() {
    const auto& missing = kind();
    return {events(), {missing.name, where(missing), Lifetime{}}, length(), same(true)};
  }
  Sequence sequence() {
    Sequence out{.order = static_cast<Order>(below(3)), .same = same(false), .window = window()};
    const auto steps = 2 + below(2);
    for (std::uint64_t i = 0; i < steps; ++i) {
      const auto& k = kind();
      Step step{.kind = k.name, .where = where(k), .times = chance(20) ? 2 : 1};
      const bool after = i > 0 || step.times > 1;
      if (after && out.order != Order::any && chance(50)) step.within = length();
      if (after && out.order != Order::any && chance(25)) {
        const auto& u = kind();
        step.unless.push_back({u.name, where(u), Lifetime{}});
      }
      out.steps.push_back(std::move(step));
    }
    return out;
  }

  // ---- histories (random_histories.h) ----
  Instant moment(Instant now, const plain::History& h);
  plain::Datum datum(Type type, std::string_view name, Instant now);
  boost::json::value property_value(Type type, std::string_view name, Instant now);
  plain::Event event(Instant now, const plain::History& h);
  plain::Event event_of(const EventWord& k, Instant at, Instant now, const plain::History& h);
  void give_facts(plain::History& h, Instant now);
  void give_news(plain::History& h, Instant now);

  // ---- stories (random_stories.h) ----
  struct Telling;

  std::mt19937_64 rng_;
};

}  // namespace koi::segments

#include "segments/tests/random_histories.h"
#include "segments/tests/random_stories.h"
