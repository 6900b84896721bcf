#include "insight/asking.h"

#include "events/events.h"
#include "insight/facts.h"
#include "people/attributes.h"
#include "segments/conditions.h"
#include "segments/keep.h"
#include "segments/merchant.h"
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
constexpr std::int64_t kDaysMax = 3660, kTenYearsMs = kDaysMax * 86'400'000;

struct Named { std::int64_t id = 0; std::string value; };
BOOST_DESCRIBE_STRUCT(Named, (), (id, value))

/// What is wrong inside a member, said of the member.
std::unexpected<Error> inside(std::string_view member, Error error) {
  error.pointer = "/" + std::string(member) + (error.pointer.empty() ? "" : ": " + error.pointer);
  return std::unexpected(std::move(error));
}

Result<> narrow(Asking& asking, std::string_view member, Result<columns::People> people) {
  if (!people) return inside(member, std::move(people.error()));
  if (asking.within) *asking.within &= *people;
  else asking.within = std::move(*people);
  return {};
}

Result<columns::People> in_scope(Tx& tx, const columns::View& view, const Scope& scope) {
  columns::People out(view.people);
  const ScopeParams in(scope);
  TRY(tx.each<std::int64_t>(kInScope, [&](std::int64_t&& id) -> Result<> {
    if (const auto o = view.roster->find(id); o < view.people) out.add(o);
    return {};
  }, in.unlimited, in.staff, in.path));
  return out;
}

Result<columns::People> in_segment(Tx& tx, const columns::View& view, std::string_view segment) {
  TRY(const auto found, segments::find_segment(tx, segment));
  return segments::members_of(tx, view, found);
}

Result<columns::SourceNames> source_names(Tx& tx) {
  std::map<std::int64_t, std::string> names;
  TRY(tx.each<Named>(kSources, [&](Named&& row) -> Result<> { names[row.id] = std::move(row.value); return {}; }));
  return [names = std::move(names)](std::int64_t id) { const auto at = names.find(id); return at == names.end() ? std::string() : at->second; };
}

/// Kinds of a step that no part of the log has; by their names.
Result<> note_unseen(Tx& tx, Asking& asking, const columns::Step& step) {
  const auto seen = [&](std::int64_t kind) {
    return std::ranges::any_of(asking.view->parts, [&](const auto& shelved) { return shelved.part->code_of(kind).has_value(); });
  };
  if (std::ranges::all_of(step.kinds, seen)) return {};
  TRY(const auto kinds, events::kinds(tx));
  for (const auto& kind : kinds)
    if (std::ranges::find(step.kinds, kind.id) != step.kinds.end() && !seen(kind.id)) asking.unseen.insert(kind.name);
  return {};
}

}  // namespace

Basis Asking::basis() const {
  const auto people = within ? within->count() : view->everyone().count();
  return {now, static_cast<std::int64_t>(view->events()), static_cast<std::int64_t>(people), {unseen.begin(), unseen.end()}};
}

Result<Asking> begin_asking(Tx& tx, const Scope& scope, const Whom& whom) {
  Asking out;
  TRY(out.view, columns::view(tx));
  TRY(out.zone, merchant_zone(tx));
  out.now = tx.now();
  TRY(out.sources, source_names(tx));
  if (!scope.unlimited()) { TRY(narrow(out, "scope", in_scope(tx, *out.view, scope))); }
  if (whom.segment) { TRY(narrow(out, "segment", in_segment(tx, *out.view, *whom.segment))); }
  if (whom.among) { TRY(narrow(out, "among", segments::people_of_text(tx, *out.view, *whom.among))); }
  return out;
}

Result<Asking> begin_checking(Tx& tx, const Whom& whom) {
  Asking out;
  TRY(out.zone, merchant_zone(tx));
  out.now = tx.now();
  if (whom.segment) {
    if (auto found = segments::find_segment(tx, *whom.segment); !found) return inside("segment", std::move(found.error()));
  }
  if (whom.among) {
    TRY(const auto words, segments::merchant_vocabulary(tx));
    if (auto rule = segments::read_rule({.text = *whom.among, .json = {}}, words); !rule) return inside("among", std::move(rule.error()));
  }
  return out;
}

std::unexpected<Error> bad_spec(std::string_view member, std::string_view code, std::string_view detail) {
  return fail(Errc::invalid, "insight." + std::string(code), std::string(detail), "/" + std::string(member));
}

Result<std::int64_t> length_ms(std::string_view member, std::string_view text) {
  const auto duration = segments::duration_of(text);
  if (!duration) return bad_spec(member, "bad_length", text);
  const auto ms = segments::length_of(*duration).count();
  if (ms < 1) return bad_spec(member, "zero_length", text);
  if (ms > kTenYearsMs) return bad_spec(member, "long_length", text);
  return ms;
}

Result<columns::Step> step_in(Tx& tx, Asking& asking, std::string_view member, std::string_view text) {
  auto step = segments::step_of(tx, text, asking.moment());
  if (!step) return inside(member, std::move(step.error()));
  if (asking.view) { TRY(note_unseen(tx, asking, *step)); }
  return step;
}

Result<columns::Unit> unit_in(std::string_view member, std::string_view text) {
  if (text == "day") return columns::Unit::day;
  if (text == "week") return columns::Unit::week;
  if (text == "month") return columns::Unit::month;
  return bad_spec(member, "bad_choice", "day, week, month");
}

Result<Time> time_of(const Asking& asking, Time given, std::optional<std::int64_t> days) {
  if (days) {
    if (given.from || given.to) return bad_spec("days", "days_alone");
    if (*days < 1 || *days > kDaysMax) return bad_spec("days", "days_count");
    given.from = asking.zone.start_of(asking.zone.day_of(asking.now) - std::chrono::days(*days - 1));
  }
  if (given.from && given.to && *given.from >= *given.to) return bad_spec("from", "empty_stretch");
  return given;
}

Result<Stretch> stretch_of(const Time& time, Instant now, Millis usual) {
  const auto end = time.to.value_or(now + Millis{1});
  const Stretch out{time.from.value_or(end - usual), end};
  if (out.from >= out.to) return bad_spec("from", "empty_stretch");
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
    if (def == nullptr || def->sensitive) return bad_spec("by", "no_attribute", key);
    attribute = def->id;
    sql = kAttribute;
  }
  if (!asking.view) return out;
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
