/// How operators and lenses meet values: the meaning of one comparison. A value that cannot be compared, or is missing, makes
/// every operator false but "is missing".
#pragma once
#include <boost/json/value.hpp>

#include "segments/known.h"

namespace koi::segments {

/// Below 0, 0, above 0; nothing when the two cannot be compared.
std::optional<int> compare_values(const Known& k, const Value& v, const Moment& m);

/// `c`'s lens and operator on a value of its subject. `tags`: members answer to the name behind their group as well. Ranks
/// among everybody (zscore, top, bottom) are judge.cc's.
bool compare_holds(const Compare& c, const std::optional<Known>& k, bool tags, const Moment& m);

/// A number against one bound, made ready for whoever asks very often.
struct Bound {
  Op op = Op::eq;
  __int128 micros = 0;
  bool operator()(__int128 value) const;  // in millionths
};
/// Nothing when the comparison is not as plain as that.
std::optional<Bound> bound_of(const Compare& c);

/// Calls fn(const boost::json::value&) for each member of a list until it says false.
template <class F>
void each_member(const List& list, F&& fn);
boost::json::value member_of(const List& list, std::size_t i);
/// What a dotted path leads to in a member that is an object.
std::optional<Known> member_property(const boost::json::value& member, std::string_view path);
/// A scalar of JSON; nothing for null and for objects.
std::optional<Known> known_of(const boost::json::value& v);
/// Whether a list or set has the value among its members.
bool has_member(const Known& k, const Value& v, bool tags, const Moment& m);

/// The next time a date comes around, today included; 29 February comes on the 28th in other years.
LocalDay next_anniversary(LocalDay date, LocalDay today);

template <class F>
void each_member(const List& list, F&& fn) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!fn(member_of(list, i))) return;
}

}  // namespace koi::segments
