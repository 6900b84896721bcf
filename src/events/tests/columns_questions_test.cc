// Every question against the plainest code that answers it, over random small histories: several parts, late events, equal
// times, merged and erased people.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "events/columns/paths.h"
#include "events/columns/retention.h"
#include "events/columns/rows.h"
#include "events/columns/shelf.h"
#include "events/columns/tally.h"
#include "events/columns/touch.h"
#include "events/columns/trend.h"
#include "events/columns/weave.h"

namespace koi::events::columns {
namespace {

constexpr std::int64_t kT0 = 1'767'542'400'000, kHour = 3'600'000, kDay = 24 * kHour;  // Monday, midnight in Shanghai

struct Did {
  std::int64_t node, at, kind, amount;
  std::string channel;  // "": none
  std::int64_t order;   // 0: none
};

/// A history with its view; the oracle reads `people`: what each living root did, in order.
struct History {
  std::vector<Did> log;
  std::map<std::int64_t, std::int64_t> root_of;
  std::set<std::int64_t> erased;
  View view;

  std::map<std::int64_t, std::vector<Did>> people() const {
    std::map<std::int64_t, std::vector<Did>> out;
    for (Ordinal o = 0; o < view.people; ++o) {
      const auto node = view.roster->node(o);
      if (root_of.at(node) == node && !erased.contains(node)) out[node];
    }
    for (const auto& did : log)
      if (const auto at = out.find(root_of.at(did.node)); at != out.end()) at->second.push_back(did);
    for (auto& [root, list] : out)
      std::ranges::stable_sort(list, [](const Did& a, const Did& b) { return a.at != b.at ? a.at < b.at : a.node < b.node; });
    return out;
  }
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed) {}
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(n)); }
  bool one_in(std::int64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 rng_;
};

void add_ties(History& h, Roster& roster, Dice& dice, std::int64_t nodes) {
  auto ties = std::make_shared<Ties>();
  auto erased = std::make_shared<People>();
  for (std::int64_t node = 1; node <= nodes; ++node) h.root_of[node] = node;
  for (std::int64_t i = 0; i < nodes / 5; ++i) {
    const auto a = 1 + dice.below(nodes), b = 1 + dice.below(nodes);
    if (a == b || h.root_of[a] != a || h.root_of[b] != b) continue;
    for (auto& [node, root] : h.root_of)
      if (root == b) root = a;
  }
  for (const auto& [node, root] : h.root_of) {
    if (node == root) continue;
    const auto n = roster.find(node), r = roster.find(root);
    ties->root_of[n] = r;
    ties->inner.add(n);
    ties->tied.add(n);
    ties->tied.add(r);
    ties->nodes_of[r];
  }
  for (auto& [r, list] : ties->nodes_of)
    for (const auto& [node, root] : h.root_of)
      if (root == roster.node(r)) list.push_back(roster.find(node));
  for (std::int64_t i = 0; i < nodes / 12; ++i) {
    const auto gone = h.root_of[1 + dice.below(nodes)];
    h.erased.insert(gone);
    for (const auto& [node, root] : h.root_of)
      if (root == gone) erased->add(roster.find(node));
  }
  h.view.ties = std::move(ties);
  h.view.erased = std::move(erased);
}

/// Sorted people in order, so that no ordinal is late; shelf_test has those.
History make_history(Dice& dice, std::int64_t nodes, std::int64_t events) {
  History h;
  auto roster = std::make_shared<Roster>();
  for (std::int64_t node = 1; node <= nodes; ++node) roster->add(node);
  add_ties(h, *roster, dice, nodes);
  Overlaps overlaps;
  std::int64_t seq = 0;
  for (std::int64_t part = 0; part < 1 + dice.below(5); ++part) {
    Rows rows(seq);
    for (std::int64_t i = 0; i <= events / 3; ++i) {
      Did did{1 + dice.below(nodes), kT0 + part * 5 * kDay + dice.below(8 * 24) * kHour, 1 + dice.below(7), 0, "", 0};
      if (dice.one_in(3)) did.at += dice.below(3) == 0 ? 1 : dice.below(5000);
      if (did.kind == 6) did.amount = dice.below(500) * 10;
      if (!dice.one_in(4)) did.channel = "c" + std::to_string(dice.below(4));
      if (dice.one_in(2)) did.order = 1 + dice.below(4);
      std::string props = "{";
      if (!did.channel.empty()) props += R"("channel":")" + did.channel + "\"" + (did.order != 0 ? "," : "");
      if (did.order != 0) props += R"("order":)" + std::to_string(did.order);
      props += "}";
      RawRow row;
      row.seq = ++seq;
      row.kind = did.kind;
      row.person = {did.node};
      row.at = row.received_at = did.at;
      row.amount_fen = did.amount;
      row.props = props;
      rows.add(row);
      h.log.push_back(did);
    }
    auto places = std::make_shared<Places>();
    auto made = *rows.to_part();
    places->of = roster->ordinals(made->who());
    places->block = {0, static_cast<std::uint32_t>(places->of.size())};
    overlaps.add(*made, *places);
    h.view.parts.push_back({made, places});
  }
  auto woven = std::make_shared<People>(overlaps.woven());
  *woven |= h.view.ties->tied;
  h.view.roster = roster;
  h.view.people = roster->size();
  h.view.woven = woven;
  return h;
}

Step step_of(Dice& dice) {
  Step step{.kinds = {1 + dice.below(7)}};
  if (dice.one_in(4)) step.kinds.push_back(1 + dice.below(7));
  if (!dice.one_in(4)) return step;
  Where one{.join = Where::Join::one};
  switch (dice.below(4)) {
    case 0: one.property = "channel", one.op = Op::is, one.values = {std::string("c1")}; break;
    case 1: one.property = "channel", one.op = Op::not_in, one.values = {std::string("c1"), std::string("c2")}; break;
    case 2: one.property = "order", one.op = Op::at_least, one.values = {2.0}; break;
    default: one.property = "$amount", one.op = Op::missing; break;
  }
  step.where = {.join = Where::Join::all, .parts = {one}};
  return step;
}

bool passes(const Did& did, const Step& step) {
  if (std::ranges::find(step.kinds, did.kind) == step.kinds.end()) return false;
  if (step.where.empty()) return true;
  const auto& one = step.where.parts[0];
  if (one.property == "$amount") return did.amount == 0;
  if (one.property == "order") return did.order != 0 && did.order >= 2;
  if (did.channel.empty()) return false;
  return one.op == Op::is ? did.channel == "c1" : did.channel != "c1" && did.channel != "c2";
}

// ---- funnel: try every choice of events -----------------------------------------------------------------------------

struct Plain {
  const std::vector<Did>& did;
  const FunnelQuestion& q;

  bool fits_same(std::size_t first, std::size_t next) const {
    if (q.same.empty()) return true;
    return did[first].order != 0 && did[first].order == did[next].order;
  }
  bool forbidden(std::size_t from, std::size_t to, std::size_t taken, bool stop_at_end) const {
    for (auto i = from + 1; i < to + (stop_at_end ? 1 : 0); ++i)
      for (const auto& never : q.never)
        if (passes(did[i], never.step) && (never.after == 0 || never.after == taken || q.order != Order::ordered)) return true;
    return false;
  }
  /// The furthest from event `at`, which was step number `taken` (1-based) of a way that began at `first`.
  std::size_t furthest(std::size_t first, std::size_t at, std::size_t taken) const {
    if (taken == q.steps.size()) return taken;
    auto best = taken;
    for (auto next = at + 1; next < did.size(); ++next) {
      if (did[next].at - did[first].at > q.window_ms) break;
      if (q.order == Order::strict && next != at + 1) break;
      if (!passes(did[next], q.steps[taken]) || !fits_same(first, next)) continue;
      // A forbidden event that is itself the next step comes in front of it.
      if (forbidden(at, next, taken, true)) continue;
      best = std::max(best, furthest(first, next, taken + 1));
    }
    return best;
  }
  std::size_t furthest_any(std::size_t first, std::size_t at, unsigned filled) const {
    auto best = static_cast<std::size_t>(std::popcount(filled));
    for (auto next = at + 1; next < did.size(); ++next) {
      if (did[next].at - did[first].at > q.window_ms || forbidden(at, next, 0, true)) break;
      if (!fits_same(first, next)) continue;
      for (std::size_t s = 0; s < q.steps.size(); ++s)
        if ((filled >> s & 1U) == 0 && passes(did[next], q.steps[s])) best = std::max(best, furthest_any(first, next, filled | 1U << s));
    }
    return best;
  }
  std::size_t level() const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < did.size(); ++i) {
      if (did[i].at < q.from_ms || did[i].at >= q.to_ms) continue;
      if (q.order == Order::any) {
        for (std::size_t s = 0; s < q.steps.size(); ++s)
          if (passes(did[i], q.steps[s])) best = std::max(best, furthest_any(i, i, 1U << s));
      } else if (passes(did[i], q.steps[0])) {
        best = std::max(best, furthest(i, i, 1));
      }
    }
    return best;
  }
};

TEST(Questions, FunnelsEqualTryingEveryWay) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 12, 60);
    FunnelQuestion q;
    for (std::int64_t i = 0; i < 2 + dice.below(3); ++i) q.steps.push_back(step_of(dice));
    const std::int64_t windows[] = {kHour, kHour + 1, kDay, 3 * kDay, 30 * kDay};
    q.window_ms = windows[dice.below(5)];
    q.order = static_cast<Order>(dice.below(3));
    if (dice.one_in(4)) q.same = "order";
    if (dice.one_in(4)) q.never.push_back({step_of(dice), static_cast<std::size_t>(dice.below(3))});
    if (dice.one_in(4)) q.from_ms = kT0 + dice.below(10) * kDay, q.to_ms = q.from_ms + 3 * kDay;
    std::vector<std::uint64_t> want(q.steps.size());
    std::set<std::int64_t> dropped;
    for (const auto& [root, did] : h.people()) {
      const auto level = Plain{did, q}.level();
      for (std::size_t i = 0; i < level; ++i) ++want[i];
      if (level == 1) dropped.insert(root);
    }
    const auto got = funnel(h.view, {.threads = 2}, q, {.at = 1, .dropped = true});
    ASSERT_EQ(got.groups[0].reached, want) << "seed " << seed;
    std::set<std::int64_t> through;
    got.through.each([&](Ordinal o) { through.insert(h.view.roster->node(o)); });
    ASSERT_EQ(through, dropped) << "seed " << seed;
    ASSERT_EQ(got.groups[0].convert.count(), want.back()) << "seed " << seed;
  }
}

TEST(Questions, BothFunnelKernelsAgreeOnTimesToConvert) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 20, 150);
    FunnelQuestion q;
    for (std::int64_t i = 0; i < 3; ++i) q.steps.push_back({.kinds = {1 + dice.below(7)}});
    q.window_ms = 2 * kDay;
    const auto quick = funnel(h.view, {}, q);
    q.by.person.assign(h.view.people, 0);  // one group for all: the kernel that gathers
    q.by.names = {""};
    const auto gathered = funnel(h.view, {}, q);
    ASSERT_EQ(quick.groups[0].reached, gathered.groups[0].reached) << seed;
    ASSERT_TRUE(quick.groups[0].convert == gathered.groups[0].convert) << seed;
  }
}

TEST(Questions, FunnelGroupsByThePropertyOfTheFirstStepCountEachPersonOnceAGroup) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 12, 90);
    FunnelQuestion q{.steps = {{.kinds = {1, 2}}, {.kinds = {3, 4}}}, .window_ms = 3 * kDay, .by = {.property = "channel"}};
    std::map<std::string, std::vector<std::uint64_t>> want;
    for (const auto& [root, did] : h.people())
      for (const auto* channel : {"", "c0", "c1", "c2", "c3"}) {
        std::size_t level = 0;
        for (std::size_t i = 0; i < did.size(); ++i)
          if (did[i].channel == channel && passes(did[i], q.steps[0])) level = std::max(level, Plain{did, q}.furthest(i, i, 1));
        auto& row = want[channel];
        row.resize(2);
        for (std::size_t i = 0; i < level; ++i) ++row[i];
      }
    std::erase_if(want, [](const auto& one) { return one.second[0] == 0; });
    std::map<std::string, std::vector<std::uint64_t>> got;
    for (const auto& group : funnel(h.view, {}, q).groups) got[group.value] = group.reached;
    ASSERT_EQ(got, want) << seed;
  }
}

// ---- the others -----------------------------------------------------------------------------------------------------

TEST(Questions, RetentionEqualsSetsOfPeriods) {
  const auto zone = *Zone::find("Asia/Shanghai");
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 25, 120);
    const auto unit = dice.one_in(2) ? Unit::day : Unit::week;
    const auto from = from_ms(kT0 + dice.below(6) * kDay), to = from + Millis(kDay * (7 + dice.below(20)));
    RetentionQuestion q{.first = step_of(dice), .back = {}, .periods = Periods(zone, unit, from, to), .cohorts = 0, .columns = 4,
                        .ever = dice.one_in(2), .rolling = dice.one_in(3), .source_of = {}, .same = dice.one_in(2), .cell = {}};
    q.back = q.same ? q.first : step_of(dice);
    q.cohorts = q.periods.size();
    const auto period = [&](std::int64_t at) -> std::int64_t {
      for (std::uint32_t i = 0; i < q.periods.size(); ++i)
        if (at >= to_ms(q.periods.start(i)) && at < to_ms(q.periods.start(i + 1))) return i;
      return -1;
    };
    std::vector<std::vector<std::uint64_t>> want(q.cohorts, std::vector<std::uint64_t>(6));
    for (const auto& [root, did] : h.people()) {
      const auto first = std::ranges::find_if(did, [&](const Did& d) { return passes(d, q.first) && (q.ever || period(d.at) >= 0); });
      if (first == did.end() || period(first->at) < 0) continue;
      const auto cohort = static_cast<std::size_t>(period(first->at));
      std::set<std::int64_t> back;
      for (auto d = first; d != did.end(); ++d)
        if (passes(*d, q.back) && period(d->at) >= 0) back.insert(period(d->at));
      ++want[cohort][5];
      for (std::size_t k = 0; k <= 4; ++k) {
        const auto wanted = static_cast<std::int64_t>(cohort + k);
        want[cohort][k] += q.rolling ? back.lower_bound(wanted) != back.end() : back.contains(wanted);
      }
    }
    const auto got = retention(h.view, {.threads = 2}, q);
    for (std::size_t c = 0; c < q.cohorts; ++c) {
      auto row = got.cohorts[c].back;
      row.push_back(got.cohorts[c].people);
      ASSERT_EQ(row, want[c]) << "seed " << seed << " cohort " << c;
    }
  }
}

TEST(Questions, TalliesEqualLoops) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 25, 120);
    std::vector<TallyOf> of;
    for (std::int64_t i = 0; i < 1 + dice.below(3); ++i) {
      TallyOf one{.what = dice.one_in(2) ? Step{.kinds = {6}} : step_of(dice)};
      if (dice.one_in(2)) one.from_ms = kT0 + dice.below(400) * kHour, one.to_ms = one.from_ms + dice.below(200) * kHour;
      if (dice.one_in(3)) one.property = "order";
      of.push_back(one);
    }
    std::map<std::int64_t, std::vector<std::vector<std::int64_t>>> got, want;
    std::mutex mutex;
    tally(h.view, {.threads = 2}, of, {}, [&](Ordinal o, std::span<const Sum> sums) {
      const std::scoped_lock lock(mutex);
      for (const auto& s : sums)
        got[h.view.roster->node(o)].push_back({s.count, s.valued, s.sum, s.count == 0 ? 0 : s.first_at, s.count == 0 ? 0 : s.last_at,
                                               static_cast<std::int64_t>(s.least), static_cast<std::int64_t>(s.most)});
    });
    for (const auto& [root, did] : h.people())
      for (const auto& one : of) {
        std::vector<std::int64_t> row(7);
        for (const auto& d : did) {
          if (!passes(d, one.what) || d.at < one.from_ms || d.at >= one.to_ms) continue;
          if (row[0]++ == 0) row[3] = d.at;
          row[4] = d.at;
          const auto value = one.property == "order" ? d.order : d.amount;
          if (value == 0) continue;
          row[5] = row[1] == 0 ? value : std::min(row[5], value);
          row[6] = row[1] == 0 ? value : std::max(row[6], value);
          ++row[1];
          row[2] += value;
        }
        want[root].push_back(row);
      }
    ASSERT_EQ(got, want) << seed;
  }
}

TEST(Questions, TouchesEarnWhatALoopGivesThem) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 15, 150);
    TouchQuestion q{.touch = {.kinds = {1, 2}}, .conversion = {.kinds = {6}}, .by = {.property = "channel"}, .lookback_ms = (1 + dice.below(5)) * kDay,
                    .credit = static_cast<Credit>(dice.below(3)), .from_ms = kT0 + 2 * kDay, .to_ms = kT0 + 15 * kDay, .source_of = {}};
    std::map<std::string, std::pair<double, std::int64_t>> want, got;
    std::int64_t all = 0;
    for (const auto& [root, did] : h.people())
      for (const auto& d : did) {
        if (d.kind != 6 || d.at < q.from_ms || d.at >= q.to_ms) continue;
        all += d.amount;
        // Of equal times the touch that stands behind the payment in the log comes after it.
        std::vector<std::string> touches;
        for (const auto* t = did.data(); t != &d; ++t)
          if (t->kind <= 2 && t->at >= d.at - q.lookback_ms) touches.push_back(t->channel);
        if (touches.empty()) {
          want["(none)"].first += 1;
          want["(none)"].second += d.amount;
        } else if (q.credit == Credit::linear) {
          const auto parts = split(Fen{d.amount}, std::vector<std::int64_t>(touches.size(), 1));
          for (std::size_t i = 0; i < touches.size(); ++i) {
            want[touches[i]].first += 1.0 / static_cast<double>(touches.size());
            want[touches[i]].second += parts[i].v;
          }
        } else {
          auto& row = want[q.credit == Credit::first ? touches.front() : touches.back()];
          row.first += 1;
          row.second += d.amount;
        }
      }
    std::int64_t credited = 0;
    for (const auto& group : touch(h.view, {.threads = 2}, q)) {
      if (group.conversions == 0) continue;
      got[group.untouched ? "(none)" : group.value] = {group.conversions, group.fen};
      credited += group.fen;
    }
    ASSERT_EQ(credited, all) << seed;
    ASSERT_EQ(got.size(), want.size()) << seed;
    for (const auto& [name, row] : want) {
      ASSERT_NEAR(got[name].first, row.first, 1e-9) << seed << name;
      ASSERT_EQ(got[name].second, row.second) << seed << name;
    }
  }
}

TEST(Questions, TrendsEqualLoops) {
  const auto zone = *Zone::find("Asia/Shanghai");
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 20, 150);
    TrendQuestion q{.what = step_of(dice), .periods = Periods(zone, Unit::day, from_ms(kT0 + 2 * kDay), from_ms(kT0 + 12 * kDay)), .by = {.property = dice.one_in(2) ? "channel" : ""},
                    .spread = true, .source_of = {}};
    struct Row { std::uint64_t events = 0; std::set<std::int64_t> people; std::int64_t sum = 0; std::map<double, std::uint64_t> spread; };
    std::map<std::pair<std::string, std::uint32_t>, Row> want;
    std::map<std::string, Row> total;
    for (const auto& [root, did] : h.people())
      for (const auto& d : did) {
        const auto period = q.periods.of(static_cast<std::uint32_t>(d.at / 1000));
        if (period == Periods::outside() || !passes(d, q.what)) continue;
        const auto group = q.by.property.empty() ? "" : d.channel;
        for (auto* row : {&want[{group, period}], &total[group]}) {
          ++row->events;
          row->people.insert(root);
          row->sum += d.amount;
          if (d.amount != 0) ++row->spread[static_cast<double>(d.amount)];
        }
      }
    const auto got = trend(h.view, {.threads = 2}, q);
    ASSERT_EQ(got.groups.size(), total.size()) << seed;
    for (const auto& group : got.groups) {
      const auto& all = total[group.value];
      ASSERT_EQ(group.total.events, all.events) << seed;
      ASSERT_EQ(group.total.people, all.people.size()) << seed;
      ASSERT_EQ(group.spread, all.spread) << seed;
      for (std::uint32_t p = 0; p < group.points.size(); ++p) {
        const auto row = want[{group.value, p}];
        ASSERT_EQ(group.points[p].events, row.events) << seed;
        ASSERT_EQ(group.points[p].people, row.people.size()) << seed;
        ASSERT_EQ(group.points[p].sum, row.sum) << seed;
      }
    }
  }
}

TEST(Questions, PathsEqualWalks) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 15, 120);
    PathsQuestion q{.anchor = step_of(dice), .backwards = dice.one_in(2), .depth = static_cast<std::size_t>(1 + dice.below(6)), .window_ms = (1 + dice.below(4)) * kDay,
                    .kinds = {}, .but = {}, .every = dice.one_in(2), .repeats = dice.one_in(2), .source_of = {}};
    if (dice.one_in(3)) q.kinds = {1, 2, 3, 4};
    if (dice.one_in(3)) q.but = {3};
    std::map<std::vector<std::int64_t>, std::uint64_t> want, got;
    std::uint64_t anchors = 0;
    for (const auto& [root, did] : h.people())
      for (std::size_t i = 0; i < did.size(); ++i) {
        if (!passes(did[i], q.anchor)) continue;
        ++anchors;
        std::vector<std::int64_t> path;
        auto last = did[i].kind;
        for (std::size_t n = 1; path.size() < q.depth && (q.backwards ? n <= i : i + n < did.size()); ++n) {
          const auto& d = did[q.backwards ? i - n : i + n];
          if (std::abs(d.at - did[i].at) > q.window_ms) break;
          const bool counts = (q.kinds.empty() || std::ranges::find(q.kinds, d.kind) != q.kinds.end()) && std::ranges::find(q.but, d.kind) == q.but.end();
          if (!counts || (!q.repeats && d.kind == last)) continue;
          path.push_back(last = d.kind);
        }
        ++want[path];
        if (!q.every) break;
      }
    const auto answer = paths(h.view, {.threads = 2}, q);
    for (const auto& path : answer.paths) got[path.steps] = path.times;
    ASSERT_EQ(answer.anchors, anchors) << seed;
    ASSERT_EQ(got, want) << seed;
  }
}

TEST(Questions, RfmGroupsAreRanks) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 60, 300);
    const auto tiles = static_cast<int>(2 + dice.below(4));
    struct One { std::int64_t last = 0, count = 0, fen = 0; };
    std::vector<One> buyers;
    for (const auto& [root, did] : h.people()) {
      One one;
      for (const auto& d : did)
        if (d.kind == 6) one = {d.at, one.count + 1, one.fen + d.amount};
      if (one.count > 0) buyers.push_back(one);
    }
    std::map<std::tuple<int, int, int>, std::pair<std::uint64_t, std::int64_t>> want, got;
    const auto tile = [&](auto member, const One& one) {
      const auto less = std::ranges::count_if(buyers, [&](const One& other) { return other.*member < one.*member; });
      return 1 + static_cast<int>(tiles * less / static_cast<std::ptrdiff_t>(buyers.size()));
    };
    for (const auto& one : buyers) {
      auto& cell = want[{tile(&One::last, one), tile(&One::count, one), tile(&One::fen, one)}];
      ++cell.first;
      cell.second += one.fen;
    }
    const auto answer = rfm(h.view, {.threads = 2}, {.of = {.what = {.kinds = {6}}}, .tiles = tiles, .cell = {}, .source_of = {}});
    for (const auto& cell : answer.cells) got[{cell.r, cell.f, cell.m}] = {cell.people, cell.fen};
    ASSERT_EQ(got, want) << seed;
  }
}

}  // namespace
}  // namespace koi::events::columns
