/// Facts out of the tables of people: of everybody in a view, or of one person. Read when a rule asks, one statement a field.
#pragma once
#include <memory>

#include "segments/people.h"
#include "store/store.h"

namespace koi::segments {

/// Who is in a segment or a list, for whoever keeps them: the leaf is an InSegment or InList; null: nobody.
using MemberSets = std::function<const events::columns::People*(const Clause& leaf)>;
std::unique_ptr<FactTable> stored_facts(Tx& tx, const events::columns::View& view, MemberSets sets = {});

/// Of one root, with what this rule asks. `is_member` answers its InSegment and InList leaves. staff.store is the path of
/// the owner as people/ knows it. not_found "people.not_found".
using IsMember = std::function<bool(const Clause& leaf)>;
Result<std::unique_ptr<Facts>> stored_facts_of(Tx& tx, PersonId root, const Rule& rule, const Moment& m, IsMember is_member = {});

}  // namespace koi::segments
