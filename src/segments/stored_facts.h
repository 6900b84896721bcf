/// Facts out of the tables of people: of everybody in a view, or of one person. Read when a rule asks, one statement a field.
#pragma once
#include <memory>

#include "segments/people.h"
#include "store/store.h"

namespace koi::segments {

/// Who is in a segment or a list, for whoever keeps them: the leaf is an InSegment or InList; null: nobody.
using MemberSets = std::function<const events::columns::People*(const Clause& leaf)>;
std::unique_ptr<FactTable> stored_facts(Tx& tx, const events::columns::View& view, MemberSets sets = {});

/// Of one root, with what this rule asks. `is_member` answers its InSegment and InList leaves. staff.store is the way
/// to the owner's place in names, as people/ is told of it. not_found "people.not_found".
using IsMember = std::function<bool(const Clause& leaf)>;
Result<std::unique_ptr<Facts>> stored_facts_of(Tx& tx, PersonId root, const Rule& rule, const Moment& m, IsMember is_member = {});

/// Of some people, with what several rules ask: each field is read of those who need it, many people a statement.
class FactsOfSome {
 public:
  using SpreadOf = std::function<const Spread*(const Field& field)>;
  /// `people`: ascending roots, borrowed; a slot is a place among them. Whoever a field was not read of is not asked for it.
  FactsOfSome(std::span<const PersonId> people, IsMember is_member, SpreadOf spread_of);
  ~FactsOfSome();
  FactsOfSome(const FactsOfSome&) = delete;
  FactsOfSome& operator=(const FactsOfSome&) = delete;
  Result<> read(Tx& tx, const Field& field, std::span<const PersonId> of, Instant now);
  Result<> read_changes(Tx& tx, const std::string& attribute, std::span<const PersonId> of);
  /// Of one slot, until the next call.
  const Facts& at(std::uint32_t slot);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace koi::segments
