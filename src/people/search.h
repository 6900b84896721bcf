/// Finding people by what a colleague types: a name or a part of it, its pinyin or initials, the last four digits or
/// the whole of a phone, a member no., a tag. Names are sealed, so what is kept are keyed hashes (SipHash-2-4 under a
/// key derived from the master key); without that key they say nothing. Owns search_token.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "people/people.h"

namespace koi::people {

/// Rewrites the search tokens of one field of a node: "name" or "phone" (other fields have none); "" takes them away.
/// Registered with on_clear_text, so whoever writes a name has it searchable in the same transaction.
Result<> index_person(Tx& tx, PersonId node, std::string_view field, std::string_view clear, bool first = false);

/// What a query text means: any one of `ways` must hold, each way is all of its tokens.
struct Lookup {
  std::vector<std::vector<std::int64_t>> ways;
  std::vector<PersonId> exact;  // found by identifier: member no., phone
  std::vector<std::int64_t> tags;
  bool empty() const { return ways.empty() && exact.empty() && tags.empty(); }
};
/// At most kQueryCharsMax characters count.
inline constexpr std::size_t kQueryCharsMax = 32;
Result<Lookup> look_up(Tx& tx, std::string_view query);

}  // namespace koi::people
