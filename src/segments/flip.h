/// When time alone can change an answer.
#pragma once
#include "segments/judge.h"
#include "segments/past.h"

namespace koi::segments {

/// The instants at which many rules may change by what somebody did: windows slide past an event, an absence has lasted, an
/// event dated ahead arrives. Rules watch the same edges, so each is looked for once a person and not once a rule.
class Flips {
 public:
  /// The rule is borrowed.
  void add(const Rule& rule);
  /// The earliest one after the moment of the past. Instant::max(): never.
  Instant next(const Past& past) const;

 private:
  struct Kind {
    std::string kind;
    std::vector<Millis> edges;  // how far behind now: the longest first
    std::vector<Calendar> periods;
  };
  struct Conditions { const Clauses* where; const std::string* kind; };

  void add_clause(const Clause& c);
  void add_window(const Window& window, const std::string& kind);
  void add_conditions(const Clauses& where, const std::string& kind);
  void add_events(const Events& events);
  void add_edge(const std::string& kind, Millis length);
  Kind& of(const std::string& kind);

  std::vector<Kind> kinds_;
  std::vector<Conditions> conditions_;      // that look at the clock
  std::vector<const Compare*> aggregates_;  // whose value grows with the clock, or is held against it
};

/// As far as facts name them: a day or month begins, an anniversary nears, a tag expires.
Instant next_flip_of_facts(const Rule& rule, const Facts& facts, const Moment& m);

/// The earliest instant after `now` at which judge may answer otherwise although nothing new is known. Never later than the
/// true one; often earlier, but always after now. Instant::max(): never.
Instant next_flip(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m);

}  // namespace koi::segments
