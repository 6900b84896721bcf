#include "segments/rule.h"

#include "base/crypto.h"

namespace koi::segments {

Millis length_of(Duration d) {
  constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
  constexpr std::int64_t kLengths[] = {kSecond, kMinute, kHour, kDay, 7 * kDay, 30 * kDay};
  return Millis{d.count * kLengths[static_cast<std::size_t>(d.unit)]};
}

std::int64_t bucket_of(std::string_view seed, PersonId root) {
  std::string text(seed);
  text.append(1, '\0').append(std::to_string(root.v));
  return static_cast<std::int64_t>(hash64(text) % static_cast<std::uint64_t>(kBuckets));
}

// Here, where a clause is known whole.
bool Since::operator==(const Since&) const = default;
bool Events::operator==(const Events&) const = default;
bool Aggregate::operator==(const Aggregate&) const = default;
bool Compare::operator==(const Compare&) const = default;
bool Did::operator==(const Did&) const = default;
bool Without::operator==(const Without&) const = default;
bool Step::operator==(const Step&) const = default;
bool Sequence::operator==(const Sequence&) const = default;
bool Element::operator==(const Element&) const = default;
bool Changed::operator==(const Changed&) const = default;
bool Group::operator==(const Group&) const = default;

}  // namespace koi::segments
