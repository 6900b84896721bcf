/// Random rules over random people, and who is in by our own evaluators: one JSON line a seed, for run.mjs beside this file,
/// which asks ClickHouse the same. usage: koi_rules_told FIRST_SEED LAST_SEED RULES PEOPLE
#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>

#include "segments/json.h"
#include "segments/judge.h"
#include "segments/people.h"
#include "segments/tests/crowd.h"
#include "segments/tests/random_rules.h"
#include "segments/text.h"

namespace koi::segments {
namespace {

namespace json = boost::json;

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
  for (const auto& e : h.events)
    events.push_back({e.kind, to_ms(e.at), e.node, e.position, e.amount_fen, e.source, e.id, json::serialize(e.props)});
  for (const auto& tag : h.tags) tags.push_back({tag.name, to_ms(tag.at), tag.expires ? json::value(to_ms(*tag.expires)) : json::value(nullptr)});
  for (const auto& news : h.attributes) attributes.push_back({news.key, to_ms(news.at), datum_json(news.value)});
  json::object facts;
  for (const auto& [name, value] : h.facts) facts[name] = datum_json(value);
  return {{"erased", h.erased}, {"events", std::move(events)}, {"tags", std::move(tags)}, {"attributes", std::move(attributes)}, {"facts", std::move(facts)}};
}

/// Every leaf alone as well: what a group hides shows there.
void add_leaves(const Clause& c, std::vector<Rule>& out) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_leaves(inner, out);
  else
    out.push_back({c});
}

/// Who is in by the scan, and by judging one after the other.
json::object rule_json(const Rule& rule, Crowd& crowd, const Moment& m) {
  HistoryTable facts(crowd, true);
  const auto all = people_of(rule, crowd.record(), facts, m).value();
  Deeds deeds(crowd.record());
  json::array scanned, judged;
  for (std::size_t i = 0; i < crowd.people().size(); ++i) {
    deeds.read(crowd.root(i));
    scanned.push_back(all.has(crowd.root(i)) ? 1 : 0);
    judged.push_back(judge(rule, HistoryFacts(crowd.people()[i], m.now), deeds, m) ? 1 : 0);
  }
  return {{"text", print_rule(rule)}, {"rule", json::parse(json_of(rule))}, {"scanned", std::move(scanned)}, {"judged", std::move(judged)}};
}

void tell(std::uint64_t seed, int rules, int people) {
  RandomRules random(seed);
  const auto now = random.now();
  std::vector<plain::History> histories;
  for (int i = 0; i < people; ++i) histories.push_back(random.history(now));
  Crowd crowd(std::move(histories), seed);
  const Moment m{now, crowd.zone()};
  json::array who, what;
  for (const auto& h : crowd.people()) who.push_back(person_json(h));
  for (int n = 0; n < rules; ++n) {
    std::vector<Rule> all{random.rule()};
    if (std::holds_alternative<Group>(all[0].root.is)) add_leaves(all[0].root, all);
    for (const auto& rule : all) what.push_back(rule_json(rule, crowd, m));
  }
  std::cout << json::serialize(json::object{{"seed", seed}, {"now", to_ms(now)}, {"zone", crowd.people()[0].zone}, {"people", std::move(who)}, {"rules", std::move(what)}})
            << "\n";
}

}  // namespace
}  // namespace koi::segments

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  for (auto seed = number(1); seed <= number(2); ++seed)
    koi::segments::tell(seed, static_cast<int>(number(3)), static_cast<int>(number(4)));
}
