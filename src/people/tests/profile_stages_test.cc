#include <algorithm>
#include <random>

#include "people/profile.h"
#include "people/standing.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

constexpr std::int64_t kStagesDayMs = 86'400'000;
constexpr std::int64_t kStagesStartMs = 1'700'000'000'000 - 600 * kStagesDayMs;
Instant stages_day(std::int64_t day) { return from_ms(kStagesStartMs + day * kStagesDayMs); }

struct StagesDeed { std::int64_t person_no, day; std::string_view kind; std::int64_t fen; };

class StagesPond : public Pond {
 public:
  using Pond::Pond;
  void happen(PersonId person, const StagesDeed& deed) {
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      events::Event e;
      e.kind = deed.kind;
      e.person = person;
      e.at = stages_day(deed.day);
      e.amount_fen = deed.fen;
      e.props = R"({"order_id":"o","shop_id":"s","lines":[],"total_fen":1,"pay_fen":1,"refund_id":"r"})";
      TRY(events::append(tx, e));
      return {};
    }));
  }
  void settle_all() {
    EXPECT_TRUE(keep_time(db()));
    EXPECT_EQ(uncounted(), 0);
  }
  /// Hours whose counted moves are not those of the histories.
  std::int64_t uncounted() { return *read(uncounted_moves); }
  /// Stage, reason codes of all moves with their times, and the sums: what must not depend on the order of arrival.
  std::string story(PersonId person) {
    auto text = read([&](Tx& tx) -> Result<std::string> {
      TRY(const auto loaded, load_standing(tx, person));
      if (!loaded) return std::string("nobody");
      const auto& s = loaded->standing;
      const auto ms = [](const std::optional<Instant>& t) { return t ? std::to_string((to_ms(*t) - kStagesStartMs) / 3'600'000) : "-"; };
      std::string out = std::string(stage_name(s.stage)) + " since " + ms(s.since) + " next " + ms(s.next_at) + " path " +
                        ms(s.acquired_at) + "," + ms(s.retained_at) + "," + ms(s.converted_at) + "," + ms(s.repurchased_at) +
                        " orders " + std::to_string(s.orders) + " paid " + std::to_string(s.paid.v) + " back " +
                        std::to_string(s.refunded.v) + " from " + ms(s.first_paid_at) + " to " + ms(s.last_paid_at);
      TRY(const auto moves, past_moves(tx, loaded->root, 500));
      for (const auto& m : moves)
        out += "\n" + ms(m.at) + " " + m.from_stage + ">" + m.to_stage + " " + m.reason + " " + std::to_string(m.seconds_in);
      return out;
    });
    return text ? *text : text.error().code;
  }
};

TEST(Stages, FollowAPersonThroughTheirLife) {
  struct { std::int64_t paid_days[4]; std::int64_t now_day; const char* want; } const rows[] = {
      {{-1, -1, -1, -1}, 10, "prospect"},   {{0, -1, -1, -1}, 0, "new"},         {{0, -1, -1, -1}, 29, "new"},
      {{0, -1, -1, -1}, 30, "active"},      {{0, -1, -1, -1}, 89, "active"},     {{0, -1, -1, -1}, 90, "dormant"},
      {{0, -1, -1, -1}, 179, "dormant"},    {{0, -1, -1, -1}, 180, "lost"},      {{0, 5, -1, -1}, 5, "active"},
      {{0, 5, -1, -1}, 94, "active"},       {{0, 5, -1, -1}, 95, "dormant"},     {{0, 100, -1, -1}, 100, "active"},
      {{0, 300, -1, -1}, 300, "active"},    {{0, 90, -1, -1}, 90, "active"},     {{0, 1, 2, 300}, 299, "lost"},
  };
  for (const auto& row : rows) {
    Standing s;
    std::vector<Move> moves;
    const StageRules rules;
    std::int64_t seq = 0;
    for (const auto day : row.paid_days)
      if (day >= 0 && day <= row.now_day) take(s, rules, {stages_day(day), ++seq, Weight::paid, {100}}, moves);
    advance(s, rules, stages_day(row.now_day), moves);
    EXPECT_EQ(stage_name(s.stage), row.want) << row.paid_days[0] << "," << row.paid_days[1] << " at " << row.now_day;
    EXPECT_EQ(s.stage, stage_at(s, rules, stages_day(row.now_day)));
  }
}

TEST(Stages, ReasonsAndTimeInStageAreWrittenDown) {
  Standing s;
  std::vector<Move> moves;
  take(s, {}, {stages_day(0), 1, Weight::seen, {}}, moves);
  take(s, {}, {stages_day(2), 2, Weight::paid, {500}}, moves);
  take(s, {}, {stages_day(200), 3, Weight::paid, {500}}, moves);
  std::vector<std::string> told;
  for (const auto& m : moves) told.push_back(std::string(m.reason) + ":" + std::to_string(m.seq) + ":" + std::to_string(m.seconds_in / 86'400));
  EXPECT_EQ(told, (std::vector<std::string>{"first_order:2:2", "settled:0:30", "silent:0:60", "gone:0:90", "returned:3:18"}));
  EXPECT_EQ(s.retained_at, stages_day(200));
  EXPECT_EQ(s.reason, "returned:3");
}

/// Random histories of a few people, told in order to one store and shuffled, cut into turns, to another.
void stages_tell(StagesPond& w, std::vector<PersonId>& people, std::span<const StagesDeed> deeds, std::mt19937_64& rng, bool often) {
  for (const auto& deed : deeds) {
    w.happen(people[static_cast<std::size_t>(deed.person_no)], deed);
    if (often && rng() % 4 == 0) w.settle_all();
  }
  w.settle_all();
}

class StagesSim : public ::testing::TestWithParam<unsigned> {};
TEST_P(StagesSim, ArrivalOrderAndMergesLeaveNoTrace) {
  std::mt19937_64 rng(GetParam());
  std::vector<StagesDeed> deeds;
  constexpr std::string_view kKinds[] = {"order_paid", "order_paid", "order_paid", "refund_done", "friend_added", "page_viewed", "checkin_done"};
  for (int i = 0; i < 25; ++i)
    deeds.push_back({static_cast<std::int64_t>(rng() % 3), static_cast<std::int64_t>(rng() % 590), kKinds[rng() % 7], static_cast<std::int64_t>(rng() % 9000)});
  auto ordered = deeds;
  std::ranges::stable_sort(ordered, {}, &StagesDeed::day);

  StagesPond in_order, shuffled;
  std::vector<PersonId> a, b;
  for (const char* no : {"m1", "m2", "m3"}) {
    a.push_back(in_order.person({{"wx_openid:x", no}}));
    b.push_back(shuffled.person({{"wx_openid:x", no}}));
  }
  stages_tell(in_order, a, ordered, rng, false);
  stages_tell(shuffled, b, deeds, rng, true);
  std::vector<std::string> apart;
  for (std::size_t i = 0; i < 3; ++i) {
    apart.push_back(in_order.story(a[i]));
    EXPECT_EQ(apart.back(), shuffled.story(b[i])) << "seed " << GetParam() << " person " << i;
  }

  // One person told as two and merged is the same as one person told at once; cut apart they are what they were.
  StagesPond joined;
  std::vector<PersonId> one(3, joined.person({{"wx_openid:x", "m0"}}));
  auto of_two = ordered;
  std::erase_if(of_two, [](const StagesDeed& d) { return d.person_no == 2; });
  stages_tell(joined, one, of_two, rng, false);
  ASSERT_EQ(testing::outcome(shuffled.merge(b[0], b[1], 1)), "ok");
  shuffled.settle_all();
  EXPECT_EQ(shuffled.story(b[0]), joined.story(one[0])) << "seed " << GetParam();
  ASSERT_EQ(testing::outcome(shuffled.unmerge(b[1], 1)), "ok");
  shuffled.settle_all();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(shuffled.story(b[i]), apart[i]) << "seed " << GetParam() << " after unmerge " << i;
}
INSTANTIATE_TEST_SUITE_P(Seeds, StagesSim, ::testing::Range(1u, 9u));

TEST(StageRules, AreVersionedCheckedAndRefoldEverybody) {
  StagesPond w;
  const auto person = w.person({{"wx_openid:x", "r1"}});
  w.happen(person, {0, 500, "order_paid", 100});
  w.settle_all();  // 100 days silent now
  EXPECT_EQ(w.story(person).substr(0, 7), "dormant");

  const auto set = [&](StageRules rules) { return w.write([&](Tx& tx) { return set_stage_rules(tx, rules, "user:1"); }); };
  EXPECT_EQ(testing::outcome(set({1, 7, 90, 90, 180})), "people.stage_rules");
  EXPECT_EQ(testing::outcome(set({1, 7, 30, 90, 4000})), "people.stage_rules");
  EXPECT_EQ(testing::outcome(set({9, 7, 30, 90, 180})), "people.stale");
  const auto would = w.read([&](Tx& tx) { return count_stages(tx, {1, 7, 60, 150, 300}); });
  ASSERT_TRUE(would);
  EXPECT_EQ((*would)[2], 1);
  ASSERT_EQ(testing::outcome(set({1, 7, 60, 150, 300})), "ok");
  w.settle_all();
  EXPECT_EQ(w.story(person).substr(0, 6), "active");
  EXPECT_EQ(w.count("stage_refold"), 0);
  EXPECT_EQ(w.uncounted(), 0);
}

TEST(StageFlow, CountsTheMovesOfTheScope) {
  StagesPond w;
  const auto mine = w.person({{"wx_openid:x", "f1"}}), other = w.person({{"wx_openid:x", "f2"}});
  ASSERT_TRUE(w.write([&](Tx& tx) { return assign_owner(tx, mine, StaffId{5}, "/1/2/"); }));
  for (const auto person : {mine, other}) w.happen(person, {0, 590, "order_paid", 100});
  w.settle_all();
  const auto flow = [&](const Scope& scope) {
    const auto rows = w.read([&](Tx& tx) { return stage_flow(tx, scope, stages_day(580), stages_day(600)); });
    return rows && !rows->empty() ? (*rows)[0].moves : 0;
  };
  EXPECT_EQ(flow(Scope::everything("test")), 2);
  EXPECT_EQ(flow(Scope::of(Reach::own, StaffId{5}, "/1/2/")), 1);
  EXPECT_EQ(flow(Scope::of(Reach::store, {}, "/1/")), 1);
  EXPECT_EQ(flow(Scope::of(Reach::store, {}, "/2/")), 0);

  ASSERT_TRUE(w.write([&](Tx& tx) { return forget_stages(tx, mine); }));
  EXPECT_EQ(flow(Scope::everything("test")), 1);
  EXPECT_EQ(w.uncounted(), 0);
  ASSERT_TRUE(w.write([](Tx& tx) { return tx.exec("UPDATE stage_flow SET moves = moves + 1 WHERE moves > 0"); }));
  EXPECT_GT(w.uncounted(), 0);
}

}  // namespace
}  // namespace koi::people
