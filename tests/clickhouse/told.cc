/// Random rules over random people, and who is in by each of our own evaluators: one JSON line a step of each world, for
/// run.mjs beside this file, which asks ClickHouse the same. usage: koi_rules_told FIRST_SEED LAST_SEED RULES STEPS PEOPLE_A_STEP
#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>

#include "events/columns/columns.h"
#include "events/log.h"
#include "segments/json.h"
#include "segments/judge.h"
#include "segments/people.h"
#include "segments/text.h"
#include "tests/clickhouse/world.h"

namespace koi::segments {
namespace {

namespace json = boost::json;
using told::ToldWorld;

/// A value as [type, value]: "n" a number in millionths, "t" a text, "d" a date, "i" an instant, "s" a set; null when cleared.
json::value datum_json(const std::optional<plain::Datum>& d) {
  if (!d) return nullptr;
  if (const auto* n = std::get_if<plain::Number>(&*d)) return json::array{"n", static_cast<std::int64_t>(n->over)};
  if (const auto* text = std::get_if<std::string>(&*d)) return json::array{"t", *text};
  if (const auto* day = std::get_if<LocalDay>(&*d)) return json::array{"d", day_text(*day)};
  if (const auto* at = std::get_if<Instant>(&*d)) return json::array{"i", to_ms(*at)};
  const auto* set = std::get_if<plain::Members>(&*d);
  CHECK(set != nullptr);
  return json::array{"s", json::array(set->begin(), set->end())};
}

json::object person_json(const plain::History& h) {
  json::array events, tags, attributes;
  std::set<std::int64_t> nodes;  // a reader's numbers may end at 2^53, and only their order counts
  for (const auto& e : h.events) nodes.insert(e.node);
  for (const auto& e : h.events)
    events.push_back({e.kind, to_ms(e.at), std::distance(nodes.begin(), nodes.find(e.node)), e.position, e.amount_fen, e.source, e.id, json::serialize(e.props)});
  for (const auto& tag : h.tags) tags.push_back({tag.name, to_ms(tag.at), tag.expires ? json::value(to_ms(*tag.expires)) : json::value(nullptr)});
  for (const auto& news : h.attributes) attributes.push_back({news.key, to_ms(news.at), datum_json(news.value)});
  json::object facts;
  for (const auto& [name, value] : h.facts) facts[name] = datum_json(value);
  return {{"erased", h.erased}, {"segments", json::array(h.segments.begin(), h.segments.end())}, {"lists", json::array(h.lists.begin(), h.lists.end())},
          {"events", std::move(events)}, {"tags", std::move(tags)}, {"attributes", std::move(attributes)}, {"facts", std::move(facts)}};
}

using events::columns::People;

/// Sets that rules name, worked out from what they mean and not from what is kept.
class Sets {
 public:
  Sets(Tx& tx, const events::columns::View& view, Record& record, const ToldWorld& world, const Moment& m) : tx_(tx), view_(view), record_(record), world_(world), m_(m) {}
  Result<> find() {
    auto& list = sets_["名单一"] = People(view_.people);
    TRY(tx_.each<PersonId>("SELECT person_id FROM person_list_member", [&](PersonId id) -> Result<> { list.add(view_.root(view_.roster->find(id.v))); return {}; }));
    TRY(sets_["新客"], people_of(world_.asked()));
    TRY(sets_["老客"], people_of(world_.segments()[0].rule));
    return {};
  }
  Result<People> people_of(const Rule& rule) {
    const auto facts = stored_facts(tx_, view_, [this](const Clause& leaf) { return of(leaf); });
    return segments::people_of(rule, record_, *facts, m_);
  }
  const People* of(const Clause& leaf) const {
    const auto* in = std::get_if<InSegment>(&leaf.is);
    const auto at = sets_.find(in != nullptr ? in->segment : std::get<InList>(leaf.is).list);
    return at == sets_.end() ? nullptr : &at->second;
  }

 private:
  Tx& tx_;
  const events::columns::View& view_;
  Record& record_;
  const ToldWorld& world_;
  Moment m_;
  std::map<std::string, People> sets_;
};

/// Who is in, as [0, 1, ...] in the order of the people: by what is kept live, by the scan over columns, by judging one after the
/// other, and by the oracle over plain lists.
Result<json::object> rule_json(Tx& tx, const ToldWorld::One& one, std::span<const plain::History> people, const events::columns::View& view, Record& record, Sets& sets,
                               const Moment& m) {
  TRY(const auto kept, kept_people(tx, view, one.id));
  TRY(const auto all, sets.people_of(one.rule));
  Deeds deeds(record);
  json::array live, scanned, judged, brute;
  for (const auto& h : people) {
    const auto o = view.roster->find(h.person.v);
    const auto member = [&](const Clause& leaf) { const auto* set = sets.of(leaf); return set != nullptr && set->has(o); };
    TRY(const auto facts, stored_facts_of(tx, h.person, one.rule, m, member));
    deeds.read(o);
    live.push_back(kept.has(o) ? 1 : 0);
    scanned.push_back(all.has(o) ? 1 : 0);
    judged.push_back(judge(one.rule, *facts, deeds, m) ? 1 : 0);
    brute.push_back(plain::matches(one.rule, h, m.now) ? 1 : 0);
  }
  return json::object{{"text", print_rule(one.rule)}, {"rule", json::parse(json_of(one.rule))},
                      {"ours", {{"live", std::move(live)}, {"scanned", std::move(scanned)}, {"judged", std::move(judged)}, {"brute", std::move(brute)}}}};
}

/// The world as it is now, on one line.
Result<> tell(Tx& tx, ToldWorld& world, std::uint64_t seed, std::size_t step) {
  const auto m = world.moment();
  TRY(const auto people, world.histories(tx));
  TRY(const auto view, events::columns::view(tx));
  TRY(const auto book, events::Log::of(tx).reload(tx));
  KindNumbers kinds;
  for (const auto& kind : book->kinds()) kinds[kind.name] = kind.id;
  Record record(*view, kinds, [&](std::int64_t id) { return std::string(book->source_name(id)); });
  Sets sets(tx, *view, record, world, m);
  TRY(sets.find());
  json::array who, what;
  for (const auto& h : people) who.push_back(person_json(h));
  for (const auto& one : world.segments()) {
    TRY(auto said, rule_json(tx, one, people, *view, record, sets, m));
    what.push_back(std::move(said));
  }
  std::cout << json::serialize(json::object{{"seed", seed}, {"step", step}, {"now", to_ms(m.now)}, {"zone", people[0].zone}, {"people", std::move(who)}, {"rules", std::move(what)}})
            << "\n";
  return {};
}

bool tell(std::uint64_t seed, int rules, int steps, int people) {
  ToldWorld world(seed, rules, steps, people);
  for (std::size_t step = 0; step < world.steps(); ++step) {
    world.step();
    const auto done = world.read([&](Tx& tx) { return tell(tx, world, seed, step); });
    if (!done) std::cerr << "seed " << seed << " step " << step << ": " << done.error().code << " " << done.error().detail << "\n";
    if (!done || ::testing::Test::HasFailure()) return false;
  }
  return true;
}

}  // namespace
}  // namespace koi::segments

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  ::testing::InitGoogleTest();
  const auto number = [&](int i) { return std::atoi(argv[i]); };
  for (int seed = number(1); seed <= number(2); ++seed)
    if (!koi::segments::tell(static_cast<std::uint64_t>(seed), number(3), number(4), number(5))) return 1;
  return 0;
}
