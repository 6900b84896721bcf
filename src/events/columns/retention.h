/// Who came back: people by the period of their first event of one behaviour, and the later periods in which they showed
/// another one.
#pragma once
#include "events/columns/funnel.h"
#include "events/columns/periods.h"

namespace koi::events::columns {

struct RetentionQuestion {
  Step first, back;
  Periods periods;              // cohorts and returns; what lies outside is not seen
  std::uint32_t cohorts = 0;    // the first so many periods make cohorts
  std::uint32_t columns = 12;   // returns are counted 0 .. columns periods later
  bool ever = true;             // a person's first event ever decides; else the first inside the periods
  bool rolling = false;         // a return in a later period counts for all before it
  SourceNames source_of = {};
  bool same = false;            // both behaviours are one: their order does not matter
  By by = {};                   // of the person, or a property of the event the cohort began with
  std::size_t parts = 20;       // so many groups are counted, those of most people
  /// Collect the people of one cell, of one group when it is named.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> cell = {};
  std::optional<std::string> group = {};
};
struct RetentionAnswer {
  struct Cohort { std::uint64_t people = 0; std::vector<std::uint64_t> back; };
  struct Part { std::string value; std::vector<Cohort> cohorts; };
  std::vector<Cohort> cohorts;        // of everybody
  std::vector<Part> parts;            // of each group of `by`, by people
  std::uint64_t more_parts = 0;       // groups there are besides
  People in;
};
RetentionAnswer retention(const View& view, const ScanOptions& options, const RetentionQuestion& question);

}  // namespace koi::events::columns
