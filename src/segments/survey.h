/// A question about everybody: the columns, whom the caller may see, the moment, and who is in what a rule names.
#pragma once
#include <map>
#include <memory>
#include <set>

#include "segments/leaves.h"
#include "segments/segments.h"
#include "segments/stored_facts.h"
#include "segments/tag_bits.h"
#include "store/scope.h"

namespace koi::segments {

/// `at`: events as of then. Facts are today's, as far as attributes do not say what they were.
class Survey {
 public:
  /// unavailable "events.columns_building". Reads the columns: not on the Writer.
  static Result<std::unique_ptr<Survey>> begin(Tx& tx, const Scope& scope, std::optional<Instant> at = {});
  /// Over a view that is at hand.
  static Result<std::unique_ptr<Survey>> over(Tx& tx, const events::columns::View& view, std::optional<Instant> at = {});
  Survey(const Survey&) = delete;
  Survey& operator=(const Survey&) = delete;

  const events::columns::View& view() const { return *view_; }
  const Moment& moment() const { return m_; }
  const events::columns::People& everybody() const { return everybody_; }  // the caller may see, nobody erased
  Record& record() { return *record_; }
  Tx& tx() { return tx_; }
  bool is_past() const { return past_; }

  Result<events::columns::People> people(const Rule& rule);
  Result<events::columns::People> members(const Segment& segment);
  Result<LeafAnswers> leaves(std::span<const Clause* const> clauses);
  /// Events as of another instant from here on.
  void move_to(Instant at);
  /// Whether one person is in what the rule's leaves name; for judging that person.
  Result<IsMember> memberships(const Rule& rule);
  void look_at(events::columns::Ordinal root) { looked_at_ = root; }
  std::vector<std::int64_t> nodes(const events::columns::People& people) const;  // ascending
  /// Who carries which tag; null where tables are asked instead.
  Result<const TagBits*> tags();

 private:
  Survey(Tx& tx, events::columns::ViewPtr held, const events::columns::View& view);
  Result<> ready(const Scope& scope, std::optional<Instant> at);
  Result<> gather(const Clause& clause);
  Result<> meet_tags(const Clause& clause);
  Result<events::columns::People> named(const std::string& segment);

  Tx& tx_;
  events::columns::ViewPtr held_;
  const events::columns::View* view_;
  events::columns::People everybody_;
  Moment m_{};
  bool past_ = false;
  KindNumbers kinds_;
  std::unique_ptr<Record> record_;
  std::unique_ptr<FactTable> facts_;
  std::shared_ptr<const TagBits> tags_;
  bool asked_tags_ = false, met_tags_ = false;
  std::map<std::string, events::columns::People> segments_, lists_;  // who is in what is named
  std::set<std::string> open_;  // names on the way, so that a circle ends
  events::columns::Ordinal looked_at_ = 0;
};

}  // namespace koi::segments
