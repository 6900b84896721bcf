#include "segments/explain.h"

#include "segments/compare.h"
#include "segments/past.h"
#include "segments/text.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

constexpr std::size_t kMembersShown = 20;

std::string length_text(const Length& length) {
  const auto ms = static_cast<std::int64_t>(length.ms.over / length.ms.under);
  for (const auto unit : {Unit::day, Unit::hour, Unit::minute})
    if (const auto one = length_of({1, unit}).count(); ms >= one && ms % one == 0) return text_of(Duration{ms / one, unit});
  return text_of(Duration{ms / 1000, Unit::second});
}

/// Numbers are money when they are compared with money.
std::string number_text(const Ratio& n, const Compare& c) {
  const auto micros = static_cast<std::int64_t>(n.over / n.under);
  if (!c.values.empty())
    if (const auto* money = std::get_if<Money>(&c.values[0])) return text_of(Money{Fen{micros / kMicros}, money->in_yuan});
  return text_of(Decimal{micros});
}

std::string joined(std::size_t size, const auto& word) {
  std::string out;
  for (std::size_t i = 0; i < std::min(size, kMembersShown); ++i) out += (i == 0 ? "" : ", ") + std::string(word(i));
  return size > kMembersShown ? out + ", …" : out;
}

std::string text_of(const Known& k, const Compare& c) {
  if (const auto* n = std::get_if<Ratio>(&k)) return number_text(*n, c);
  if (const auto* text = std::get_if<std::string_view>(&k)) return std::string(*text);
  if (const auto* yes = std::get_if<bool>(&k)) return *yes ? "true" : "false";
  if (const auto* day = std::get_if<LocalDay>(&k)) return day_text(*day);
  if (const auto* at = std::get_if<Instant>(&k)) return to_rfc3339(*at);
  if (const auto* length = std::get_if<Length>(&k)) return length_text(*length);
  if (const auto* set = std::get_if<Texts>(&k)) return joined(set->size(), [&](std::size_t i) { return (*set)[i]; });
  const auto& list = std::get<List>(k);
  return joined(list.size(), [&](std::size_t i) { return list.word(i); });
}

class Explaining {
 public:
  Explaining(const Facts& facts, const Past& past) : facts_(facts), past_(past) {}

  Explained clause(const Clause& c) const {
    Explained out{.clause = print_clause(c), .holds = clause_holds(c, facts_, past_, past_.moment())};
    if (const auto* group = std::get_if<Group>(&c.is)) {
      out.clause = group->kind == Group::all ? "all" : group->kind == Group::any ? "any" : "none";
      for (const auto& inner : group->of) out.of.push_back(clause(inner));
    } else if (const auto* one = std::get_if<Compare>(&c.is)) compare(*one, out);
    else if (const auto* did = std::get_if<Did>(&c.is)) newest(past_.places_of(did->events), out);
    else if (const auto* without = std::get_if<Without>(&c.is)) {
      if (const auto place = past_.unanswered(*without)) out.events.push_back(evidence(*place));
    } else if (const auto* s = std::get_if<Sequence>(&c.is)) sequence(*s, out);
    return out;
  }

 private:
  void compare(const Compare& c, Explained& out) const {
    const auto* aggregate = std::get_if<Aggregate>(&c.subject);
    const auto known = aggregate == nullptr ? facts_.of(std::get<Field>(c.subject)) : past_.aggregate(*aggregate);
    if (known) out.found = text_of(*known, c);
    if (aggregate != nullptr) newest(past_.places_of(aggregate->events), out);
  }
  /// Events that could be its steps: what it was looked for among.
  void sequence(const Sequence& s, Explained& out) const {
    std::vector<std::uint32_t> places;
    for (const auto& step : s.steps) {
      const auto more = past_.places_of({step.kind, step.where, s.window});
      places.insert(places.end(), more.begin(), more.end());
    }
    std::ranges::sort(places);
    const auto twice = std::ranges::unique(places);
    places.erase(twice.begin(), twice.end());
    newest(places, out);
  }
  void newest(std::span<const std::uint32_t> places, Explained& out) const {
    for (const auto place : places.last(std::min(places.size(), kEvidenceMax))) out.events.push_back(evidence(place));
  }
  Evidence evidence(std::size_t place) const {
    const auto& deed = past_.at(place);
    const auto& kinds = past_.deeds().record().kinds();
    const auto name = std::ranges::find_if(kinds, [&](const auto& kind) { return kind.second == deed.kind; });
    return {name == kinds.end() ? "" : name->first, deed.at};
  }

  const Facts& facts_;
  const Past& past_;
};

}  // namespace

Explained explain(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m) {
  const Past past(deeds, m);
  auto out = Explaining(facts, past).clause(rule.root);
  if (facts.erased()) out.holds = false;
  return out;
}

}  // namespace koi::segments
