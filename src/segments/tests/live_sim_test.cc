// Live membership over lives nobody thought of: after every step the bits are exactly who the rule selects, asked of everybody
// at once and of each one, and what was told leads to the same.
#include <fmt/format.h>

#include "segments/people.h"
#include "segments/tests/live_world.h"
#include "segments/tests/random_rules.h"

namespace koi::segments {
namespace live_sim {

constexpr int kPeople = 7, kRules = 11, kSteps = 28, kSeeds = 12;

class Sim : public LiveWorld {
 public:
  explicit Sim(std::uint64_t seed) : LiveWorld(seed), seed_(seed), rng_(seed * 977), random_(seed) {
    clock().set(random_.now());
    EXPECT_TRUE(write(define_attributes));
    list_ = list("名单一");
    asked_ = parse_rule("orders >= 1 or in list \"名单一\"")->rule;
    segment("新客", asked_, "asked");
    add("老客", parse_rule("count(order_paid within last 30d) >= 1 and in segment \"新客\"")->rule);
    for (int i = 1; i < kRules; ++i) add("r" + std::to_string(i), rule());
    LiveWorld::settle();
    for (int i = 0; i < kPeople; ++i) nodes_.push_back(person("p" + std::to_string(i)));
  }

  void step() {
    for (auto n = 1 + below(4); n > 0; --n) something();
    pass_time();
    if (below(6) == 0) {  // another process takes over, and the first one notices
      EXPECT_TRUE(events::drain(db(), people::consumers()));
      LiveEngine other(db());
      other.set_shape({.events = 1 + static_cast<int>(below(5)), .moves = 1 + below(3), .rows = 2 + below(3), .walk = 3, .recent = below(6)});
      if (below(2) == 0) {  // and is cut off in the middle of whatever it does
        for (auto turns = below(12); turns > 0; --turns) EXPECT_TRUE(other.turn());
      } else {
        const auto done = other.settle();
        EXPECT_TRUE(done) << done.error().code << " " << done.error().detail;
      }
      EXPECT_EQ(other.figures().corrections, 0U);
      ++restarts;
    }
    settle();
    compare();
  }

  void compare() {
    const auto m = moment();
    const auto done = read([&](Tx& tx) -> Result<> {
      TRY(const auto view, events::columns::view(tx));
      TRY(const auto book, events::Log::of(tx).reload(tx));
      KindNumbers kinds;
      for (const auto& kind : book->kinds()) kinds[kind.name] = kind.id;
      Record record(*view, kinds, [&](std::int64_t id) { return std::string(book->source_name(id)); });
      std::map<std::string, People> sets;
      TRY(sets["老客"], kept_people(tx, *view, segments_[0].id));
      sets["名单一"] = People(view->people);
      TRY(tx.each<PersonId>("SELECT person_id FROM person_list_member", [&](PersonId id) -> Result<> { sets["名单一"].add(view->root(view->roster->find(id.v))); return {}; }));
      const auto among = [&](const Clause& leaf) -> const People* {
        const auto* in = std::get_if<InSegment>(&leaf.is);
        const auto set = sets.find(in != nullptr ? in->segment : std::get<InList>(leaf.is).list);
        return set == sets.end() ? nullptr : &set->second;
      };
      const auto asked = stored_facts(tx, *view, among);
      TRY(sets["新客"], people_of(asked_, record, *asked, m));
      for (const auto& one : segments_) TRY(compare(tx, one, *view, record, among, m));
      return {};
    });
    ASSERT_TRUE(done) << done.error().code << " " << done.error().detail;
    replay();
  }

  std::int64_t comparisons = 0, judged = 0, restarts = 0, members = 0;
  std::map<std::string, int> reasons_told;

 private:
  struct One { SegmentId id; Rule rule; };

  void add(const std::string& name, const Rule& rule) { segments_.push_back({segment(name, rule), rule}); }
  Rule rule() {
    for (;;)
      if (auto out = random_.rule(); !asks_ranks(out.root)) return out;
  }
  std::uint64_t below(std::uint64_t n) { return rng_() % n; }
  PersonId someone() { return nodes_[below(nodes_.size())]; }

  void something() {
    const auto now = clock().now();
    const auto h = random_.history(now);
    const auto who = someone();
    const auto attempt = [&](auto&& fn) { (void)write([&](Tx& tx) -> Result<> { return fn(tx); }); };
    switch (below(16)) {
      case 0:
        if (!h.attributes.empty()) attempt([&](Tx& tx) { return say_attribute(tx, who, h.attributes[0]); });
        break;
      case 1:
        for (const auto& tag : h.tags)
          attempt([&](Tx& tx) { return people::tag_person(tx, {.person = who, .tags = {tag.name}, .source = below(2) == 0 ? "manual" : "import:1", .expires = tag.expires, .create = true}); });
        break;
      case 2: attempt([&](Tx& tx) { return people::untag_person(tx, who, "偏好/奶茶", ""); }); break;
      case 3:
        for (const auto& c : h.consents)
          attempt([&](Tx& tx) { return people::record_consent(tx, {.person = who, .channel = c.channel, .purpose = c.purpose, .granted = c.granted, .evidence = "e", .at = c.at}); });
        break;
      case 4: {
        static constexpr const char* kStates[] = {"active", "deleted_by_customer", "deleted_by_staff", "transferred"};
        attempt([&](Tx& tx) { return people::relate(tx, {.person = who, .kind = "staff", .other = 1 + static_cast<std::int64_t>(below(2)), .state = kStates[below(4)], .channel = "wecom", .at = now - Millis(below(40) * 43'200'000)}); });
        break;
      }
      case 5: attempt([&](Tx& tx) { return people::relate(tx, {.person = who, .kind = "group", .other = 5, .state = below(2) == 0 ? "joined" : "left", .at = now}); }); break;
      case 6: attempt([&](Tx& tx) { return people::assign_owner(tx, who, StaffId{static_cast<std::int64_t>(below(3))}, "/1/"); }); break;
      case 7: attempt([&](Tx& tx) { return people::set_inviter(tx, who, someone(), now); }); break;
      case 8:
        if (below(2) == 0) nodes_.push_back(person("n" + std::to_string(nodes_.size())));
        else attempt([&](Tx& tx) -> Result<> {
          const std::vector<people::Ident> idents{{"user_id:test", "p" + std::to_string(below(kPeople))}, {below(2) == 0 ? "phone_e164" : "wx_unionid", "1381234000" + std::to_string(below(9))}};
          TRY(people::resolve(tx, idents, "test"));
          return {};
        });
        break;
      case 9: attempt([&](Tx& tx) -> Result<> { TRY(people::merge(tx, {.into = who, .from = someone(), .evidence = "test", .by_user = 1})); return {}; }); break;
      case 10: attempt([&](Tx& tx) { return people::unmerge(tx, who, "test", 1); }); break;
      case 11:
        if (below(5) == 0) attempt([&](Tx& tx) { return people::erase(tx, who); });
        else put_on_list(list_, who, below(3) != 0);
        break;
      case 12:
        if (below(4) == 0) {
          const auto which = 1 + below(segments_.size() - 1);
          segments_[which].rule = rule();
          change(segments_[which].id, segments_[which].rule);
        }
        break;
      default: break;
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(h.events.size(), 3); ++i) {
      const auto& e = h.events[i];
      happens(who, e.kind, e.at, boost::json::serialize(e.props), e.amount_fen, below(3) == 0 ? "e" + std::to_string(below(30)) : "");
    }
  }

  /// Often to the very instant somebody's time comes, or a millisecond short of it.
  void pass_time() {
    const auto next = LiveEngine::of(db()).next_time();
    const bool named = next != Instant::max() && next > clock().now() && next < clock().now() + std::chrono::days(60);
    switch (below(6)) {
      case 0: return;
      case 1:
      case 2: if (named) return clock().set(next); [[fallthrough]];
      case 3: if (named && below(2) == 0) return clock().set(next - Millis(1)); return clock().advance(Millis(below(86'400'000)));
      case 4: return clock().advance(std::chrono::hours(below(72)));
      default: return clock().advance(std::chrono::days(below(20)) + Millis(below(1000)));
    }
  }

  Result<> compare(Tx& tx, const One& one, const events::columns::View& view, Record& record, const MemberSets& among, const Moment& m) {
    const auto table = stored_facts(tx, view, among);
    TRY(const auto want, people_of(one.rule, record, *table, m));
    TRY(const auto got, kept_people(tx, view, one.id));
    ++comparisons;
    const auto where = [&](Ordinal o) { return fmt::format("seed {} at {} person {}: {}", seed_, to_rfc3339(m.now), view.roster->node(o), print_rule(one.rule)); };
    Deeds deeds(record);
    std::string wrong;
    std::int64_t size = 0;
    view.everyone().each([&](Ordinal o) {
      if (got.has(o) != want.has(o)) wrong += where(o) + (got.has(o) ? " is in\n" : " is out\n");
      size += got.has(o);
      const auto facts = stored_facts_of(tx, {view.roster->node(o)}, one.rule, m, [&](const Clause& leaf) { const auto* set = among(leaf); return set != nullptr && set->has(o); });
      if (!facts) return;
      deeds.read(o);
      ++judged;
      if (judge(one.rule, **facts, deeds, m) != got.has(o)) wrong += where(o) + " is judged otherwise\n";
    });
    members += size;
    EXPECT_EQ(wrong, "");
    // No bit of anybody who is no person any more, and the size is theirs.
    std::int64_t bits = 0;
    TRY(each_kept(tx, [&](SegmentId segment, std::int64_t) { bits += segment == one.id; }));
    EXPECT_EQ(bits, size) << "seed " << seed_;
    TRY(const auto kept, tx.one<std::int64_t>("SELECT size FROM segment_state WHERE segment_id = $1", one.id));
    EXPECT_EQ(kept, size) << "seed " << seed_;
    return wrong.empty() ? Result<>{} : fail(Errc::internal, "test.wrong");
  }

  /// Everybody was a stranger when the segments were made: what was told since is all there is.
  void replay() {
    std::map<SegmentId, std::set<std::int64_t>> in;
    const auto all = told();
    reasons_told.clear();
    for (const auto& one : all) {
      auto& mine = in[one.segment];
      EXPECT_EQ(one.in, !mine.contains(one.who.v)) << "seed " << seed_ << ": told twice, " << one.reason;
      if (one.in) mine.insert(one.who.v);
      else mine.erase(one.who.v);
      ++reasons_told[one.reason.starts_with("event:") ? "event" : one.reason];
      if (one.late) ++reasons_told["late"];
    }
    const auto gone = read([](Tx& tx) { return tx.all<std::int64_t>("SELECT id FROM person WHERE erased_at IS NOT NULL"); });
    for (const auto& one : segments_) {
      for (const auto id : *gone) in[one.id].erase(id);
      EXPECT_EQ(in[one.id], bits(one.id)) << "seed " << seed_;
    }
  }

  std::uint64_t seed_;
  std::mt19937_64 rng_;
  RandomRules random_;
  std::vector<One> segments_;
  std::vector<PersonId> nodes_;
  std::int64_t list_ = 0;
  Rule asked_;
};

}  // namespace live_sim
using namespace live_sim;

TEST(LiveSim, BitsAreWhoTheRuleSelectsAfterEveryStep) {
  std::int64_t comparisons = 0, judged = 0, restarts = 0, members = 0;
  std::map<std::string, int> reasons;
  const auto seeds = testing::long_run() ? 40 * kSeeds : kSeeds;
  for (int seed = 1; seed <= seeds; ++seed) {
    Sim sim(static_cast<std::uint64_t>(seed));
    for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) sim.step();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    EXPECT_EQ(LiveEngine::of(sim.db()).figures().corrections, 0U) << "seed " << seed;
    comparisons += sim.comparisons;
    judged += sim.judged;
    restarts += sim.restarts;
    members += sim.members;
    for (const auto& [reason, n] : sim.reasons_told) reasons[reason] += n;
  }
  EXPECT_GE(comparisons, 3000);
  EXPECT_GT(restarts, 20);
  EXPECT_GT(members, judged / 10);
  EXPECT_LT(members, judged * 9 / 10);
  EXPECT_EQ(reasons["correction"], 0);
  for (const auto* reason : {"event", "time", "merge", "unmerge", "rule_changed", "filled", "late"}) EXPECT_GT(reasons[reason], 5) << reason;
  for (const auto& [reason, n] : reasons) RecordProperty("told_" + reason, std::to_string(n));
  RecordProperty("comparisons", std::to_string(comparisons));
}

}  // namespace koi::segments
