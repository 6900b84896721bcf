#include "insight/asking.h"

#include "events/events.h"
#include "insight/facts.h"
#include "people/attributes.h"
#include "segments/conditions.h"
#include "segments/words.h"
#include "store/rows.h"

namespace koi::insight {

namespace {

namespace columns = events::columns;

constexpr std::string_view kInScope =
    "SELECT p.id FROM person p WHERE p.merged_into IS NULL AND " KOI_INSIGHT_SCOPE("p");
constexpr std::string_view kSources = "SELECT id, name FROM event_source";
constexpr std::string_view kStages = "SELECT id, stage AS value FROM person WHERE merged_into IS NULL";
constexpr std::string_view kChannels = "SELECT id, channel AS value FROM person WHERE merged_into IS NULL AND channel IS NOT NULL";
constexpr std::string_view kStores = "SELECT id, store AS value FROM person WHERE merged_into IS NULL AND store IS NOT NULL";
constexpr std::string_view kAttribute = "SELECT person_id AS id, value FROM person_attribute WHERE attribute_id = $1";
constexpr std::int64_t kTenYearsMs = std::int64_t{3660} * 86'400'000;

struct Named { std::int64_t id = 0; std::string value; };
BOOST_DESCRIBE_STRUCT(Named, (), (id, value))

}  // namespace

Basis Asking::basis() const {
  return {now, static_cast<std::int64_t>(view->events()), static_cast<std::int64_t>(within ? within->count() : view->everyone().count())};
}

Result<Asking> begin_asking(Tx& tx, const Scope& scope) {
  Asking out;
  TRY(out.view, columns::view(tx));
  TRY(out.zone, merchant_zone(tx));
  out.now = tx.now();
  std::map<std::int64_t, std::string> names;
  TRY(tx.each<Named>(kSources, [&](Named&& row) -> Result<> { names[row.id] = std::move(row.value); return {}; }));
  out.sources = [names = std::move(names)](std::int64_t id) { const auto at = names.find(id); return at == names.end() ? std::string() : at->second; };
  if (scope.unlimited()) return out;
  const ScopeParams in(scope);
  out.within.emplace(out.view->people);
  TRY(tx.each<std::int64_t>(kInScope, [&](std::int64_t&& id) -> Result<> {
    const auto o = out.view->roster->find(id);
    if (o < out.view->people) out.within->add(o);
    return {};
  }, in.unlimited, in.staff, in.path));
  return out;
}

std::unexpected<Error> bad_spec(std::string_view member, std::string_view why) {
  return fail(Errc::invalid, "insight.bad_spec", std::string(why), "/" + std::string(member));
}

Result<std::int64_t> length_ms(std::string_view member, std::string_view text, std::int64_t least) {
  const auto duration = segments::duration_of(text);
  if (!duration) return bad_spec(member, "a length such as 7d, 12h or 30m");
  const auto ms = segments::length_of(*duration).count();
  if (ms < least || ms > kTenYearsMs) return bad_spec(member, ms < least ? "longer than nothing" : "at most ten years");
  return ms;
}

Result<columns::Step> step_in(Tx& tx, const Asking& asking, std::string_view member, std::string_view text) {
  auto step = segments::step_of(tx, text, asking.moment());
  if (!step) {
    auto error = std::move(step.error());
    error.pointer = "/" + std::string(member) + (error.pointer.empty() ? "" : ": " + error.pointer);
    return std::unexpected(std::move(error));
  }
  return step;
}

Result<columns::Unit> unit_in(std::string_view member, std::string_view text) {
  if (text == "day") return columns::Unit::day;
  if (text == "week") return columns::Unit::week;
  if (text == "month") return columns::Unit::month;
  return bad_spec(member, "day, week or month");
}

Result<Stretch> stretch_in(const std::optional<Instant>& from, const std::optional<Instant>& to, Instant now, Millis usual) {
  const auto end = to.value_or(now + Millis{1});
  const Stretch out{from.value_or(end - usual), end};
  if (out.from >= out.to) return bad_spec("from", "before to");
  return out;
}

Result<columns::By> by_in(Tx& tx, const Asking& asking, const ByText& by) {
  columns::By out;
  if (!by || by->empty()) return out;
  if (!by->starts_with("person.")) {
    out.property = *by == "source" ? std::string(columns::kSource) : *by;
    return out;
  }
  const auto key = by->substr(7);
  auto sql = key == "stage" ? kStages : key == "channel" ? kChannels : key == "store" ? kStores : std::string_view();
  std::optional<people::AttributeId> attribute;
  if (sql.empty()) {
    TRY(const auto defs, people::attribute_defs(tx));
    const auto* def = people::find_def(defs, key);
    if (def == nullptr || def->sensitive) return bad_spec("by", "no such attribute");
    attribute = def->id;
    sql = kAttribute;
  }
  out.person.assign(asking.view->people, 0);
  out.names = {""};
  std::map<std::string, std::uint32_t> numbers;
  const auto take = [&](Named&& row) -> Result<> {
    const auto o = asking.view->roster->find(row.id);
    if (o >= asking.view->people || row.value.empty()) return {};
    const auto [at, fresh] = numbers.try_emplace(row.value, static_cast<std::uint32_t>(out.names.size()));
    if (fresh) out.names.push_back(row.value);
    out.person[o] = at->second;
    return {};
  };
  if (attribute) { TRY(tx.each<Named>(sql, take, *attribute)); }
  else { TRY(tx.each<Named>(sql, take)); }
  return out;
}

std::optional<double> share_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace koi::insight
