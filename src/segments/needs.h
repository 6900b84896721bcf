/// What can change a rule's answer about a person: which events, which of their facts, time alone.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "segments/fields.h"
#include "segments/rule.h"

namespace koi::segments {

struct Needs {
  std::set<std::string> kinds;  // events it counts, and those that tell of a fact it reads
  bool every_kind = false;      // "*", a strict sequence: whatever happens
  bool by_time = false;
  bool facts_by_time = false;   // a fact may change by itself, or is held against the clock
  bool ranked = false;          // somebody among everybody: as of the last refresh
  bool inviter = false, referrals = false;  // facts that other people's news change
  bool tags = false, staff = false;         // facts whose names others define
  std::vector<Field> fields;                // each once
  std::vector<std::string> changed;         // attributes whose past is asked
  std::set<std::string> attributes;         // all that are named
  std::vector<std::string> segments, lists;
};
/// `standing`: kinds of events that what people/ folds of them is made of.
Needs needs_of(const Rule& rule, const std::vector<std::string>& standing);

}  // namespace koi::segments
