/// What every question about behaviour begins with: whom it is about, when, and how lengths and groups are written.
#pragma once
#include "events/columns/funnel.h"
#include "events/columns/periods.h"
#include "events/columns/scan.h"
#include "insight/behaviour.h"
#include "segments/known.h"

namespace koi::insight {

/// The view and the people a caller may see.
struct Asking {
  events::columns::ViewPtr view;
  std::optional<events::columns::People> within;  // nothing: everyone
  Zone zone = Zone::utc();
  Instant now{};
  events::columns::SourceNames sources;
  events::columns::ScanOptions options() const { return {.only = within ? &*within : nullptr}; }
  Basis basis() const;
  segments::Moment moment() const { return {now, zone}; }
};
Result<Asking> begin_asking(Tx& tx, const Scope& scope);

std::unexpected<Error> bad_spec(std::string_view member, std::string_view why);
/// "7d", "12h", "30m", "90s", "2w": at least `least`, at most ten years.
Result<std::int64_t> length_ms(std::string_view member, std::string_view text, std::int64_t least = 1);
Result<events::columns::Step> step_in(Tx& tx, const Asking& asking, std::string_view member, std::string_view text);
Result<events::columns::Unit> unit_in(std::string_view member, std::string_view text);
/// [from, to): what the spec says, else the last `usual` before now. invalid when it is empty.
struct Stretch { Instant from, to; };
Result<Stretch> stretch_in(const std::optional<Instant>& from, const std::optional<Instant>& to, Instant now, Millis usual);
Result<events::columns::By> by_in(Tx& tx, const Asking& asking, const ByText& by);
std::optional<double> share_of(std::uint64_t part, std::uint64_t whole);

inline constexpr std::size_t kPartsMax = 20;  // groups an answer shows

}  // namespace koi::insight
