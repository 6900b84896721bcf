/// Who stands behind a number: person ids page by page, within the scope.
#pragma once
#include "insight/answers.h"

namespace koi::insight {

struct Drill {
  std::string metric;
  PersonId after;
  int limit = 50;
  std::optional<int> month;              // cohort.*: month of the first purchase
  std::int64_t offset = 0;               // … and how many months later
  std::optional<std::string> channel;    // growth.*
  std::optional<Instant> from, to;       // growth.*, sales.buyers
};
/// not_found "insight.no_drill" for a metric with nobody behind it; invalid "insight.bad_spec".
Result<std::vector<PersonId>> drill(Tx& tx, const Scope& scope, const Drill& cmd);

/// A buyer with the scores of a spec. `cell` is "rfm" as in "545"; `tier` a tier's name; neither: everyone.
struct RfmPeople {
  RfmSpec spec;
  std::optional<std::string> cell, tier;
  PersonId after;
  int limit = 50;
};
struct RfmPage { Instant as_of{}; std::int64_t high = 4; std::vector<Scored> rows; };
/// Scores are kept for a few minutes per scope and spec, so that pages of one list agree with each other.
Result<RfmPage> rfm_people(Tx& tx, const Scope& scope, const RfmPeople& cmd);

}  // namespace koi::insight
