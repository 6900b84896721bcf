/// What every question about behaviour begins with: whom it is about, when, and how lengths and groups are written.
#pragma once
#include <set>

#include "events/columns/funnel.h"
#include "events/columns/periods.h"
#include "events/columns/scan.h"
#include "insight/behaviour.h"
#include "segments/known.h"

namespace koi::insight {

/// The view and the people a caller asks about and may see. Without a view a spec is only checked.
struct Asking {
  events::columns::ViewPtr view;
  std::optional<events::columns::People> within;  // nothing: everyone
  Zone zone = Zone::utc();
  Instant now{};
  events::columns::SourceNames sources;
  std::set<std::string> unseen = {};              // kinds of the question that never happened
  events::columns::ScanOptions options() const { return {.only = within ? &*within : nullptr}; }
  Basis basis() const;
  segments::Moment moment() const { return {now, zone}; }
};
/// Whom a question is about besides the scope.
struct Whom { std::optional<std::string> segment, among; };
template <class Spec>
Whom whom_in(const Spec& spec) { return {spec.segment, spec.among}; }
Result<Asking> begin_asking(Tx& tx, const Scope& scope, const Whom& whom);
Result<Asking> begin_checking(Tx& tx, const Whom& whom);

/// `code` without "insight."; `detail` holds no words of a language: what may stand there, or what stood there.
std::unexpected<Error> bad_spec(std::string_view member, std::string_view code, std::string_view detail = {});
/// "7d", "12h", "30m", "90s", "2w": more than nothing, at most ten years.
Result<std::int64_t> length_ms(std::string_view member, std::string_view text);
Result<events::columns::Step> step_in(Tx& tx, Asking& asking, std::string_view member, std::string_view text);
Result<events::columns::Unit> unit_in(std::string_view member, std::string_view text);

/// What a spec says of its time.
struct Time { std::optional<Instant> from, to; };
Result<Time> time_of(const Asking& asking, Time given, std::optional<std::int64_t> days);
template <class Spec>
Result<Time> time_in(const Asking& asking, const Spec& spec) { return time_of(asking, {spec.from, spec.to}, spec.days); }
/// [from, to): what the spec says, else the last `usual` before now. invalid when it is empty.
struct Stretch { Instant from, to; };
Result<Stretch> stretch_of(const Time& time, Instant now, Millis usual);
Result<events::columns::By> by_in(Tx& tx, const Asking& asking, const ByText& by);
std::optional<double> share_of(std::uint64_t part, std::uint64_t whole);

inline constexpr std::size_t kPartsMax = 20;  // groups an answer shows

}  // namespace koi::insight
