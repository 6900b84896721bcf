/// Why somebody is in, or is not.
#pragma once
#include "segments/judge.h"

namespace koi::segments {

/// The rule as a tree with the truth of each clause, what was found and the events that speak for it.
struct Evidence { std::string kind; Instant at; };
inline constexpr std::size_t kEvidenceMax = 5;
struct Explained {
  std::string clause;                // as text.h prints it; of a group "all", "any" or "none"
  bool holds = false;
  std::optional<std::string> found = {};  // the value compared, as text; nothing: missing, or no comparison
  std::vector<Evidence> events = {};  // that were counted, or could be a step; the newest kEvidenceMax
  std::vector<Explained> of = {};         // of a group
};
Explained explain(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m);

}  // namespace koi::segments
