/// Which people: a rule as plain data. One tree with three faces (text.h, json.h, sentence.h); check.h judges it against
/// what a merchant has. Values compare and copy like numbers. Source: model.md §11.2, §11.3.
///
/// A comparison on a missing value is false, and so is its negated operator ("!=", "not in", "not contains", "has
/// none"); a `none` group is plain negation of what it holds. A value of another type than the operand is missing.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/types.h"

namespace koi::segments {

inline constexpr int kDepthMax = 16;         // groups and conditions inside one another
inline constexpr std::size_t kClausesMax = 200;  // leaves of one rule, conditions on events included
inline constexpr std::size_t kListMax = 500;     // values of one "in (…)"
inline constexpr std::size_t kStepsMax = 10;     // steps of a sequence
inline constexpr std::int64_t kTimesMax = 100;   // repeats of one step

// ---- values --------------------------------------------------------------------------------------------------------

/// A number with at most six decimals, kept times 1,000,000 as people keeps it; |number| <= 9e12.
struct Decimal {
  std::int64_t micros = 0;
  friend auto operator<=>(const Decimal&, const Decimal&) = default;
};
inline constexpr std::int64_t kMicros = 1'000'000, kMicrosMax = 9'000'000'000'000 * kMicros;

/// Money says its unit, so that 50 yuan and 50 fen are never mixed up; the unit typed is the one printed.
struct Money {
  Fen fen;
  bool in_yuan = true;
  friend bool operator==(const Money&, const Money&) = default;
};

/// A length of time in the unit it was typed in. Exact: a day is 24 hours, a week 7 days, a month 30 days.
enum class Unit : std::uint8_t { second, minute, hour, day, week, month };
struct Duration {
  std::int64_t count = 0;
  Unit unit = Unit::day;
  friend bool operator==(const Duration&, const Duration&) = default;
};
Millis length_of(Duration d);
inline constexpr std::int64_t kDurationMax = 36'500;  // days

/// A span of the wall calendar around now. Weeks begin on Monday. `zone` is an IANA name; "": the customer's own.
enum class Span : std::uint8_t { today, yesterday, this_week, last_week, this_month, last_month, this_year, last_year };
struct Calendar {
  Span span = Span::today;
  std::string zone = {};
  friend bool operator==(const Calendar&, const Calendar&) = default;
};

/// An operand. A LocalDay is a date in the customer's zone.
using Value = std::variant<Decimal, Money, std::string, bool, LocalDay, Instant, Duration, Calendar>;

// ---- clauses -------------------------------------------------------------------------------------------------------

struct Clause;
using Clauses = std::vector<Clause>;

/// What of an event's time counts; events dated after now never do. Rolling windows are (now - d, now], others [from, to).
struct Last { Duration length; friend bool operator==(const Last&, const Last&) = default; };
/// (now - from, now - to]: "between 60d and 30d ago".
struct Ago { Duration from, to; friend bool operator==(const Ago&, const Ago&) = default; };
/// [from, to), each a date or an instant.
struct Between { Value from, to; friend bool operator==(const Between&, const Between&) = default; };
/// After the person's last such event, in the order of events; nothing is in it when there was none.
struct Since { std::string kind; Clauses where; bool operator==(const Since&) const; };
struct Lifetime { friend bool operator==(const Lifetime&, const Lifetime&) = default; };
using Window = std::variant<Lifetime, Last, Ago, Calendar, Between, Since>;

/// Some of a person's events: of one kind ("*": any), all conditions holding, in the window. Inside `where` a Field is a
/// property by its dotted path, or "amount" (money), "source", "at" of the event itself.
struct Events {
  std::string kind;
  Clauses where;
  Window window;
  bool operator==(const Events&) const;
};

/// A person's fact or attribute, or inside `where` a property. `args` are those of facts that take some
/// (fields.h): has_id("wx_unionid"), referrals(2). "attr.KEY" is the attribute even where a fact has its name.
struct Field {
  std::string name;
  std::vector<std::string> args = {};
  friend bool operator==(const Field&, const Field&) = default;
};

/// One number or value made of many events. `property` is the dotted path it is made of; none for count, streak,
/// recency, tenure, interval, and trend of the count.
///   count, sum: 0 without events · avg, min, max, first, last, most_frequent: missing without values
///   most_frequent: a tie goes to the value seen last · recency: now - last · tenure: now - first
///   streak: the most consecutive days with an event, in the customer's zone
///   interval: the median time between neighbours, the mean of the middle two; missing below two events
///   trend: this window over the one of equal length before it (Last only); missing when that one is 0
enum class Fn : std::uint8_t {
  count, count_distinct, sum, avg, min, max, first, last, most_frequent, recency, tenure, streak, interval, trend
};
struct Aggregate {
  Fn fn = Fn::count;
  Events events;
  std::string property = {};
  bool operator==(const Aggregate&) const;
};
using Subject = std::variant<Field, Aggregate>;

/// What of the subject is compared. length: characters; size: members of a set or list; depth: steps of a path
/// "华东/上海"; folded: width and case folded; pinyin: any usual reading, letters only; weekday: 1 Monday to 7 Sunday;
/// hour: 0 to 23; zscore: deviations from the mean of everybody, as of the last refresh.
enum class Lens : std::uint8_t { plain, length, size, depth, folded, pinyin, weekday, hour, zscore };

/// What is asked of it, with the operands each takes:
///   is_set, is_missing: none · eq, ne, lt, le, gt, ge, contains, not_contains, starts, ends, matches (RE2, anywhere): one
///   between: two, both included; of dates and instants the second is not · in, not_in, has_any, has_all, has_none: some
///   under: a path's beginning, whole steps; of tags the group · before, after: a date (after: its whole day) or instant
///   in_last: (now - d, now] · in_next: (now, now + d] · older: at or before now - d · ahead: after now + d
///   during: a Calendar · anniversary: the date's next one falls on today or the d days after (29 February: on the 28th)
///   top, bottom: per cent of everybody who has a value, as of the last refresh; whoever ties with the last one is in
enum class Op : std::uint8_t {
  is_set, is_missing, eq, ne, lt, le, gt, ge, between, in, not_in, contains, not_contains, starts, ends, matches,
  has_any, has_all, has_none, under, before, after, in_last, in_next, older, ahead, during, anniversary, top, bottom
};
struct Compare {
  Lens lens = Lens::plain;
  Subject subject;
  Op op = Op::eq;
  std::vector<Value> values = {};
  bool operator==(const Compare&) const;
};

/// At least one such event.
struct Did { Events events; bool operator==(const Did&) const; };

/// An event in the window, and for `length` after it none of `missing` (its window is Lifetime): true once the time is
/// over, at + length <= now. "After" is the order of events, [at, at + length]. `same`: properties both must share.
struct Without {
  Events did, missing;
  Duration length;
  std::vector<std::string> same = {};
  bool operator==(const Without&) const;
};

/// A step of a sequence: `times` events of one kind. All of it happens within `within` of the end of the step before
/// (the first step: of its own first event), that instant included. `unless`: no such event lies between the end of the
/// step before and the end of this one.
struct Step {
  std::string kind;
  Clauses where;
  std::int64_t times = 1;
  std::optional<Duration> within = {};
  std::vector<Events> unless;  // windows are Lifetime
  bool operator==(const Step&) const;
};
/// Steps one after the other. ordered: others may lie between; strict: no event of any kind lies between; any: the steps'
/// events are all there, in whatever order, each event for one step. `same`: properties all of them must share.
enum class Order : std::uint8_t { ordered, strict, any };
struct Sequence {
  Order order = Order::ordered;
  std::vector<Step> steps;
  std::vector<std::string> same = {};
  Window window;
  bool operator==(const Sequence&) const;
};

/// Some or each member of a list property, judged whole: `any lines where (sku_id = "tea" and qty >= 2)`. Only inside
/// `where`; its Fields are members of the element, and "it" is the element itself. `each` over an empty list holds; over
/// a missing one neither does.
struct Element {
  bool each = false;
  std::string list;
  Clauses where;
  bool operator==(const Element&) const;
};

/// An attribute took another value in the window; from and to as said, when said.
struct Changed {
  std::string attribute;
  std::optional<Value> from = {}, to = {};
  Window window;
  bool operator==(const Changed&) const;
};

struct InSegment { std::string segment; friend bool operator==(const InSegment&, const InSegment&) = default; };
struct InList { std::string list; friend bool operator==(const InList&, const InList&) = default; };

/// A steady share of everybody: bucket_of(seed, person) in [from, to), of 0 to 999.
struct Bucket {
  std::string seed;
  std::int64_t from = 0, to = 0;
  friend bool operator==(const Bucket&, const Bucket&) = default;
};
inline constexpr std::int64_t kBuckets = 1000;
/// hash64(seed, a zero byte, the person's number in decimal) modulo 1000: the same on every machine, store and restart.
std::int64_t bucket_of(std::string_view seed, PersonId root);

/// all: every one holds (an empty one: everyone). any: at least one (an empty one: nobody). none: not any.
struct Group {
  enum Kind : std::uint8_t { all, any, none } kind = all;
  Clauses of;
  bool operator==(const Group&) const;
};

struct Clause {
  std::variant<Group, Compare, Did, Without, Sequence, Element, Changed, InSegment, InList, Bucket> is;
  bool operator==(const Clause&) const = default;
};

struct Rule {
  Clause root;
  bool operator==(const Rule&) const = default;
};

}  // namespace koi::segments
