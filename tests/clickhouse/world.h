/// A store in which things happen to people, mostly on the edges that its rules ask about, and what is known of each of them
/// afterwards as plain lists (history.h): read back by SQL, for evaluators that share nothing with ours.
#pragma once
#include <fmt/format.h>

#include "people/attributes.h"
#include "segments/people.h"
#include "segments/tests/live_world.h"
#include "segments/tests/plain.h"
#include "segments/tests/random_rules.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::segments::told {

struct PersonRow {
  std::int64_t id = 0;
  std::optional<Instant> erased_at{};
  std::optional<std::string> stage{}, channel{}, store{}, member_no{};
  std::optional<std::int64_t> owner_staff_id{}, inviter_id{};
  Instant created_at{}, first_seen_at{}, last_seen_at{};
  std::int64_t orders = 0, paid_fen = 0, refunded_fen = 0;
  std::optional<Instant> first_paid_at{}, last_paid_at{};
};
BOOST_DESCRIBE_STRUCT(PersonRow, (), (id, erased_at, stage, channel, store, member_no, owner_staff_id, inviter_id, created_at, first_seen_at, last_seen_at,
                                      orders, paid_fen, refunded_fen, first_paid_at, last_paid_at))
struct NodeRow { std::int64_t id = 0, root = 0; };
BOOST_DESCRIBE_STRUCT(NodeRow, (), (id, root))
struct TagRow { std::int64_t person_id = 0; std::string tag; Instant at; std::optional<Instant> expires_at; };
BOOST_DESCRIBE_STRUCT(TagRow, (), (person_id, tag, at, expires_at))
struct SaidRow { std::int64_t person_id = 0; std::string key, value; Instant at; };
BOOST_DESCRIBE_STRUCT(SaidRow, (), (person_id, key, value, at))
struct EdgeRow { std::int64_t person_id = 0; std::string kind; std::int64_t other = 0; std::string state; Instant at; };
BOOST_DESCRIBE_STRUCT(EdgeRow, (), (person_id, kind, other, state, at))
struct ConsentRow { std::int64_t person_id = 0; std::string channel, purpose; std::int64_t granted = 0; Instant at; };
BOOST_DESCRIBE_STRUCT(ConsentRow, (), (person_id, channel, purpose, granted, at))
struct PairRow { std::int64_t person_id = 0; std::string first, second; };
BOOST_DESCRIBE_STRUCT(PairRow, (), (person_id, first, second))

class ToldWorld : public LiveWorld {
 public:
  struct One { SegmentId id; Rule rule; };
  /// Rules, each of their leaves alone beside it, over people who come a few a step.
  ToldWorld(std::uint64_t seed, int rules, int steps, int people_a_step)
      : LiveWorld(seed), rng_(seed * 6007), random_(seed), people_a_step_(people_a_step) {
    choose_times(steps);
    clock().set(times_[0]);
    define();
    for (int i = 0; i < rules; ++i) add_rule();
    // Half of the worlds fill their segments with people who were there before, the others never know a person they did not see come.
    const bool empty_first = below(2) == 0;
    if (empty_first) make_segments();
    for (int i = 0; i < 2; ++i) happen(newcomer(random_.history(times_[0])));
    if (!empty_first) {
      come();
      make_segments();
    }
  }

  std::size_t steps() const { return times_.size(); }
  /// The next moment is there, and what happened until it.
  void step() {
    clock().set(times_[step_]);
    come();
    for (int i = 0; i < 2; ++i) something();
    ++step_;
    settle();
    EXPECT_EQ(LiveEngine::of(db()).figures().corrections, 0U);
  }

  const std::vector<One>& segments() const { return segments_; }
  const Rule& asked() const { return asked_; }
  Moment moment() { return {clock().now(), zone()}; }
  Zone zone() const { return plain::zone_named(zone_); }

  /// Every person there is, by number.
  Result<std::vector<plain::History>> histories(Tx& tx) {
    std::map<std::int64_t, plain::History> out;
    std::map<std::int64_t, std::int64_t> root_of;
    TRY(tx.each<NodeRow>("SELECT id, COALESCE(merged_into, id) FROM person", [&](const NodeRow& row) -> Result<> { root_of[row.id] = row.root; return {}; }));
    TRY(read_people(tx, root_of, out));
    const auto of = [&](std::int64_t person) { return out.contains(person) ? &out[person] : nullptr; };
    TRY(read_attributes(tx, of));
    TRY(read_ties(tx, of));
    TRY(read_events(tx, root_of, of));
    std::vector<plain::History> all;
    for (auto& [id, h] : out) {
      if (plain::matches(asked_, h, clock().now())) h.segments.insert("新客");
      if (plain::matches(segments_[0].rule, h, clock().now())) h.segments.insert("老客");
      all.push_back(std::move(h));
    }
    return all;
  }

 private:
  struct Person { std::vector<PersonId> nodes; };
  struct Coming { std::size_t person; std::vector<plain::Event> events; };
  struct Repeat { std::int64_t node; plain::Event event; };

  std::uint64_t below(std::uint64_t n) { return rng_() % n; }

  void choose_times(int steps) {
    static constexpr const char* kZones[] = {"Asia/Shanghai", "Asia/Shanghai", "America/New_York", "UTC"};
    zone_ = kZones[below(4)];
    static constexpr std::int64_t kPasses[] = {1, 1000, 900'000, 3'600'000, 86'400'000, 86'400'000, 172'800'000, 604'800'000};
    times_.push_back(random_.now());
    while (times_.size() < static_cast<std::size_t>(steps)) {
      const auto last = times_.back();
      const auto midnight = zone().start_of(zone().day_of(last) + std::chrono::days(1));
      times_.push_back(below(5) == 0 ? midnight : last + Millis(kPasses[below(std::size(kPasses))]));
    }
  }

  void define() {
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      TRY(store::set_setting(tx, "merchant.zone", zone_));
      return define_attributes(tx);
    }));
    list_ = list("名单一");
    asked_ = parse_rule("orders >= 1 or in list \"名单一\"")->rule;
    rules_.push_back(parse_rule("count(order_paid within last 30d) >= 1 and in segment \"新客\"")->rule);
  }

  void add_leaves(const Clause& c) {
    const auto* group = std::get_if<Group>(&c.is);
    if (group == nullptr) return rules_.push_back({c});
    for (const auto& inner : group->of) add_leaves(inner);
  }
  void add_rule() {
    auto rule = random_.rule();
    while (asks_ranks(rule.root)) rule = random_.rule();
    if (std::holds_alternative<Group>(rule.root.is)) add_leaves(rule.root);
    rules_.push_back(std::move(rule));
  }
  void make_segments() {
    segment("新客", asked_, "asked");
    for (const auto& rule : rules_) segments_.push_back({segment(segments_.empty() ? "老客" : fmt::format("r{}", segments_.size()), rule), rule});
  }

  /// A person with what is known of them, and what will have happened to them.
  Coming newcomer(plain::History h) {
    const auto p = people_.size();
    auto& nodes = people_.emplace_back().nodes;
    nodes.push_back(person(fmt::format("p{}", p)));
    for (auto more = below(3) == 0 ? 1 + below(2) : 0; more > 0; --more) {
      nodes.push_back(person(fmt::format("p{}-{}", p, more)));
      const auto into = below(2) == 0 ? nodes.front() : nodes.back(), from = into == nodes.front() ? nodes.back() : nodes.front();
      EXPECT_TRUE(write([&](Tx& tx) -> Result<> { TRY(people::merge(tx, {.into = into, .from = from, .evidence = "test", .by_user = 1})); return {}; }));
    }
    std::ranges::stable_sort(h.attributes, {}, &plain::AttributeNews::at);
    std::set<std::pair<std::string, Instant>> said;
    for (const auto& news : h.attributes) {
      if (news.at > clock().now() || !said.emplace(news.key, news.at).second) continue;
      EXPECT_TRUE(write([&](Tx& tx) { return say_attribute(tx, nodes[0], news); }));
    }
    for (const auto& tag : h.tags) give(nodes[0], tag);
    for (const auto& c : h.consents)
      if (c.at <= clock().now()) attempt([&](Tx& tx) { return people::record_consent(tx, {.person = nodes[0], .channel = c.channel, .purpose = c.purpose, .granted = c.granted, .evidence = "e", .at = c.at}); });
    for (const auto& one : h.relations)
      if (one.at <= clock().now()) befriend(nodes[0], one.staff == "stf_1" ? 1 : 2, one.state, one.at);
    if (h.lists.contains("名单一")) put_on_list(list_, nodes[0], true);
    return {p, std::move(h.events)};
  }

  /// What happens in a certain order has the most edges: more stories are told of it.
  const Clause& some_clause() {
    for (int tries = 0; tries < 3; ++tries) {
      const auto& out = rules_[below(rules_.size())].root;
      if (std::holds_alternative<Sequence>(out.is) || std::holds_alternative<Without>(out.is)) return out;
      if (below(2) == 0) return out;
    }
    return rules_[below(rules_.size())].root;
  }
  /// New people, each with a story on the edges of a rule as it is asked at this step or at a later one.
  void come() {
    for (int i = 0; i < people_a_step_; ++i) {
      const auto at = times_[step_ + below(times_.size() - step_)];
      auto h = random_.stranger(times_[step_]);
      h.zone = zone_;
      h.erased = false;
      for (int tries = 0; tries < 20 && h.events.empty(); ++tries) random_.add_story(h, some_clause(), at);
      happen(newcomer(std::move(h)));
    }
  }
  void happen(const Coming& coming) {
    for (const auto& e : coming.events) happen(coming.person, e);
  }
  void happen(std::size_t p, const plain::Event& e) {
    const auto& nodes = people_[p].nodes;
    const auto node = nodes[static_cast<std::size_t>(e.node) % nodes.size()];
    const auto id = e.id.empty() ? std::string() : fmt::format("{}-{}", p, e.id);
    const auto props = boost::json::serialize(e.props);
    const events::Event event{.kind = e.kind, .person = node, .at = e.at, .source = e.source, .id = id, .props = props, .amount_fen = e.amount_fen,
                              .late = e.at < clock().now() - std::chrono::hours(24)};
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      TRY(const auto receipt, events::accept(tx, event));
      if (receipt.verdict == events::Verdict::duplicate) {
        auto again = e;
        again.id = id;
        again.position = 2 * receipt.seq + 1;
        repeats_.push_back({node.v, std::move(again)});
      }
      if (receipt.verdict == events::Verdict::accepted || receipt.verdict == events::Verdict::late) ids_[receipt.seq] = id;
      if (receipt.verdict != events::Verdict::quarantined) return {};
      auto own = event;  // as it came, checked or not
      own.id = {};
      TRY(events::append(tx, own));
      return {};
    }));
  }
  /// What is known of somebody changes.
  void something() {
    const auto now = clock().now();
    const auto p = below(people_.size());
    const auto who = people_[p].nodes[0];
    const auto h = random_.history(now);
    switch (below(10)) {
      case 0:
        for (const auto& news : h.attributes) EXPECT_TRUE(write([&](Tx& tx) { return say_attribute(tx, who, {news.key, news.value, now}); }));
        return;
      case 1: return h.tags.empty() ? void() : give(who, h.tags[0]);
      case 2: return attempt([&](Tx& tx) { return people::untag_person(tx, who, "偏好/奶茶", ""); });
      case 3: return befriend(who, 1 + static_cast<std::int64_t>(below(2)), below(2) == 0 ? "active" : "deleted_by_customer", now);
      case 4: return attempt([&](Tx& tx) { return people::relate(tx, {.person = who, .kind = "group", .other = 5, .state = below(2) == 0 ? "joined" : "left", .at = now}); });
      case 5: return attempt([&](Tx& tx) { return people::assign_owner(tx, who, StaffId{static_cast<std::int64_t>(below(3))}, "/1/"); });
      case 6: return attempt([&](Tx& tx) { return people::set_inviter(tx, who, people_[below(people_.size())].nodes[0], now); });
      case 7: return put_on_list(list_, who, below(3) != 0);
      case 8: return below(5) == 0 ? attempt([&](Tx& tx) { return people::erase(tx, who); }) : void();
      default: return h.events.empty() ? void() : happen(p, h.events[0]);
    }
  }
  void attempt(auto&& fn) { (void)write([&](Tx& tx) -> Result<> { return fn(tx); }); }
  void give(PersonId who, const plain::TagHeld& tag) {
    attempt([&](Tx& tx) { return people::tag_person(tx, {.person = who, .tags = {tag.name}, .source = "manual", .expires = tag.expires, .create = true}); });
  }
  void befriend(PersonId who, std::int64_t staff, const std::string& state, Instant at) {
    attempt([&](Tx& tx) { return people::relate(tx, {.person = who, .kind = "staff", .other = staff, .state = state, .channel = "wecom", .at = at}); });
  }

  // ---- read back ----
  Result<> read_people(Tx& tx, std::map<std::int64_t, std::int64_t>& root_of, std::map<std::int64_t, plain::History>& out) {
    std::map<std::int64_t, std::int64_t> brought_by;
    TRY(tx.each<PersonRow>(
        "SELECT id, erased_at, stage, channel, store, member_no, owner_staff_id, inviter_id, created_at, first_seen_at, last_seen_at, orders, "
        "paid_fen, refunded_fen, first_paid_at, last_paid_at FROM person WHERE merged_into IS NULL",
        [&](const PersonRow& row) -> Result<> {
          auto& h = out[row.id];
          h.person = {row.id};
          h.zone = zone_;
          h.erased = row.erased_at.has_value();
          const auto put = [&](const char* name, const auto& value) { if (value) h.facts[name] = *value; };
          put("stage", row.stage), put("channel", row.channel), put("store", row.store), put("member_no", row.member_no);
          put("first_paid_at", row.first_paid_at), put("last_paid_at", row.last_paid_at);
          if (row.owner_staff_id) h.facts["staff"] = to_text(StaffId{*row.owner_staff_id});
          h.facts["created_at"] = row.created_at;
          h.facts["first_seen_at"] = row.first_seen_at;
          h.facts["last_seen_at"] = row.last_seen_at;
          h.facts["orders"] = plain::number(row.orders);
          h.facts["paid"] = plain::number(row.paid_fen);
          h.facts["refunded"] = plain::number(row.refunded_fen);
          if (row.inviter_id) {
            brought_by[row.id] = root_of[*row.inviter_id];
            h.facts["inviter"] = to_text(PersonId{root_of[*row.inviter_id]});
          }
          return {};
        }));
    for (const auto& [who, by] : brought_by) {
      if (out.contains(by)) ++out[by].referred;
      if (const auto first = brought_by.find(by); first != brought_by.end() && out.contains(first->second)) ++out[first->second].referred_by_them;
    }
    return {};
  }
  Result<> read_attributes(Tx& tx, auto&& of) {
    TRY(const auto defs, people::attribute_defs(tx));
    TRY(tx.each<SaidRow>(
        "SELECT person_id, d.key, value, s.at FROM (SELECT person_id, attribute_id, value, COALESCE(since, at) AS at FROM attribute_history "
        "UNION ALL SELECT person_id, attribute_id, value, COALESCE(since, at) AS at FROM attribute_value) s "
        "JOIN attribute_def d ON d.id = s.attribute_id ORDER BY s.at",
        [&](const SaidRow& row) -> Result<> {
          auto* h = of(row.person_id);
          const auto* def = people::find_def(defs, row.key);
          if (h == nullptr || def->sensitive) return {};  // what is sealed nobody asks for
          h->attributes.push_back({row.key, datum(*def, row.value), row.at});
          return {};
        }));
    return {};
  }
  static std::optional<plain::Datum> datum(const people::AttributeDef& def, const std::string& text) {
    if (text.empty()) return {};
    const auto number = people::number_of(def, text);
    if (def.type == "number") return plain::Number{*number, 1};
    if (def.type == "money") return plain::number(*number);
    if (def.type == "date") return LocalDay{std::chrono::days(*number)};
    if (def.type != "multi") return text;
    plain::Members out;
    const auto list = boost::json::parse(text);
    for (const auto& one : list.as_array()) out.emplace(one.as_string());
    return out;
  }
  Result<> read_ties(Tx& tx, auto&& of) {
    TRY(tx.each<TagRow>(
        "SELECT a.person_id, CASE WHEN g.name IS NULL THEN t.name ELSE g.name || '/' || t.name END, a.at, a.expires_at "
        "FROM tag_assignment a JOIN tag t ON t.id = a.tag_id LEFT JOIN tag_group g ON g.id = t.group_id",
        [&](const TagRow& row) -> Result<> { if (auto* h = of(row.person_id)) h->tags.push_back({row.tag, row.at, row.expires_at}); return {}; }));
    TRY(tx.each<EdgeRow>("SELECT person_id, kind, other, state, at FROM relation ORDER BY at, origin_id", [&](const EdgeRow& row) -> Result<> {
      auto* h = of(row.person_id);
      if (h != nullptr && row.kind == "staff") h->relations.push_back({to_text(StaffId{row.other}), row.state, row.at});
      if (h != nullptr && row.kind == "group") h->groups.push_back({std::to_string(row.other), row.state == "joined", row.at});
      return {};
    }));
    TRY(tx.each<ConsentRow>("SELECT person_id, channel, purpose, granted, at FROM consent_entry", [&](const ConsentRow& row) -> Result<> {
      if (auto* h = of(row.person_id)) h->consents.push_back({row.channel, row.purpose, row.granted != 0, row.at});
      return {};
    }));
    TRY(tx.each<PairRow>("SELECT person_id, ns, '' FROM identifier", [&](const PairRow& row) -> Result<> {
      if (auto* h = of(row.person_id)) h->ids.insert(row.first);
      return {};
    }));
    TRY(tx.each<PairRow>("SELECT person_id, channel, purpose FROM reachability", [&](const PairRow& row) -> Result<> {
      if (auto* h = of(row.person_id)) h->reachable.insert({row.first, row.second});
      return {};
    }));
    return tx.each<PersonId>("SELECT person_id FROM person_list_member", [&](PersonId id) -> Result<> {
      if (auto* h = of(id.v)) h->lists.insert("名单一");
      return {};
    });
  }
  /// The log, and beside it what came twice: whoever asks has to see for himself that it counts once.
  Result<> read_events(Tx& tx, std::map<std::int64_t, std::int64_t>& root_of, auto&& of) {
    for (events::Seq from = 0;;) {
      TRY(const auto page, events::after(tx, from, 1000));
      for (const auto& e : page) {
        from = e.seq;
        auto* h = e.person ? of(root_of[e.person.v]) : nullptr;
        if (h == nullptr || e.kind == kMoves[0] || e.kind == kMoves[1]) continue;
        plain::Event event{.kind = e.kind, .at = e.at, .node = e.person.v, .position = 2 * e.seq, .amount_fen = e.amount_fen, .source = e.source};
        if (const auto id = ids_.find(e.seq); id != ids_.end()) event.id = id->second;
        event.props = boost::json::parse(e.props).as_object();
        h->events.push_back(std::move(event));
      }
      if (page.size() < 1000) break;
    }
    for (const auto& [node, event] : repeats_)
      if (auto* h = of(root_of[node])) {
        h->events.push_back(event);
        h->events.back().node = node;
      }
    return {};
  }

  std::mt19937_64 rng_;
  RandomRules random_;
  int people_a_step_;
  std::string zone_;
  std::vector<Instant> times_;
  std::size_t step_ = 0;
  std::vector<Rule> rules_;
  Rule asked_;
  std::vector<One> segments_;
  std::vector<Person> people_;
  std::int64_t list_ = 0;
  std::map<events::Seq, std::string> ids_;
  std::vector<Repeat> repeats_;
};

}  // namespace koi::segments::told
