#include "segments/survey.h"

#include <algorithm>
#include <utility>

#include "events/columns/columns.h"
#include "events/events.h"
#include "segments/chunks.h"
#include "segments/keep.h"
#include "segments/lists.h"
#include "segments/merchant.h"
#include "segments/text.h"
#include "segments/check.h"
#include "store/rows.h"

namespace koi::segments {

namespace columns = events::columns;
using columns::People;

struct SourceRow { std::int64_t id = 0; std::string name; };
BOOST_DESCRIBE_STRUCT(SourceRow, (), (id, name))

namespace {

constexpr std::string_view kSources = "SELECT id, name FROM event_source";
constexpr std::string_view kOwn = "SELECT id FROM person WHERE merged_into IS NULL AND owner_staff_id = $1";
constexpr std::string_view kUnder =
    "SELECT id FROM person WHERE merged_into IS NULL AND substr(unit_path, 1, length(CAST($1 AS TEXT))) = CAST($1 AS TEXT)";

Result<People> in_scope(Tx& tx, const columns::View& view, const Scope& scope) {
  People out(view.people);
  const auto take = [&](std::int64_t id) -> Result<> {
    if (const auto o = view.roster->find(id); o < view.people) out.add(o);
    return {};
  };
  if (scope.reach() == Reach::own && scope.staff()) { TRY(tx.each<std::int64_t>(kOwn, take, scope.staff())); }
  if (scope.reach() != Reach::own && !scope.unit_path().empty()) { TRY(tx.each<std::int64_t>(kUnder, take, scope.unit_path())); }
  return out;
}

}  // namespace

Survey::Survey(Tx& tx, columns::ViewPtr held, const columns::View& view) : tx_(tx), held_(std::move(held)), view_(&view) {}

Result<std::unique_ptr<Survey>> Survey::begin(Tx& tx, const Scope& scope, std::optional<Instant> at) {
  TRY(auto held, columns::view(tx));
  const auto& view = *held;
  std::unique_ptr<Survey> out(new Survey(tx, std::move(held), view));
  TRY(out->ready(scope, at));
  return out;
}

Result<std::unique_ptr<Survey>> Survey::over(Tx& tx, const columns::View& view, std::optional<Instant> at) {
  std::unique_ptr<Survey> out(new Survey(tx, {}, view));
  TRY(out->ready(Scope::everything("whoever asks keeps to its own"), at));
  return out;
}

Result<> Survey::ready(const Scope& scope, std::optional<Instant> at) {
  everybody_ = view_->everyone();
  if (!scope.unlimited()) {
    TRY(const auto mine, in_scope(tx_, *view_, scope));
    everybody_ &= mine;
  }
  TRY(m_.zone, merchant_zone(tx_));
  m_.now = at.value_or(tx_.now());
  past_ = at.has_value() && *at < tx_.now();
  TRY(const auto kinds, events::kinds(tx_));
  for (const auto& kind : kinds) kinds_.emplace(kind.name, kind.id);
  std::map<std::int64_t, std::string> names;
  TRY(tx_.each<SourceRow>(kSources, [&](SourceRow&& row) -> Result<> { names[row.id] = std::move(row.name); return {}; }));
  record_ = std::make_unique<Record>(*view_, kinds_, [names = std::move(names)](std::int64_t id) {
    const auto known = names.find(id);
    return known == names.end() ? std::string() : known->second;
  });
  facts_ = stored_facts(tx_, *view_, [this](const Clause& leaf) -> const People* {
    const auto* segment = std::get_if<InSegment>(&leaf.is);
    const auto* list = std::get_if<InList>(&leaf.is);
    const auto& sets = segment != nullptr ? segments_ : lists_;
    const auto found = sets.find(segment != nullptr ? segment->segment : list->list);
    return found == sets.end() ? nullptr : &found->second;
  });
  return {};
}

void Survey::move_to(Instant at) {
  m_.now = at;
  past_ = at < tx_.now();
  segments_.clear();
}

Result<const TagBits*> Survey::tags() {
  if (!std::exchange(asked_tags_, true)) { TRY(tags_, TagBits::of(tx_, *view_, tx_.now())); }
  return tags_.get();
}

/// Tags come out of the bits from the first clause on that asks for them.
Result<> Survey::meet_tags(const Clause& clause) {
  const auto* compare = std::get_if<Compare>(&clause.is);
  const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
  if (field == nullptr || field->name != "tags" || std::exchange(met_tags_, true)) return {};
  TRY(tags());
  if (tags_) facts_ = with_tags(std::move(facts_), tags_, *view_);
  return {};
}

/// Finds out who is in what the clause names, before it is asked.
Result<> Survey::gather(const Clause& clause) {
  TRY(meet_tags(clause));
  if (const auto* group = std::get_if<Group>(&clause.is))
    for (const auto& inner : group->of) TRY(gather(inner));
  if (const auto* in = std::get_if<InSegment>(&clause.is); in != nullptr && !segments_.contains(in->segment)) {
    TRY(auto people, named(in->segment));
    segments_.emplace(in->segment, std::move(people));
  }
  if (const auto* in = std::get_if<InList>(&clause.is); in != nullptr && !lists_.contains(in->list)) {
    People people(view_->people);
    TRY(const auto roots, people_of_list(tx_, in->list));
    for (const auto root : roots)
      if (const auto o = view_->roster->find(root.v); o < view_->people) people.add(o);
    lists_.emplace(in->list, std::move(people));
  }
  return {};
}

Result<People> Survey::named(const std::string& name) {
  const auto segment = find_segment(tx_, name);
  if (!segment && segment.error().kind == Errc::not_found) return People(view_->people);  // nobody
  if (!segment) return std::unexpected(segment.error());
  if (!open_.insert(name).second) return People(view_->people);
  auto people = members(*segment);
  open_.erase(name);
  return people;
}

Result<People> Survey::members(const Segment& segment) {
  TRY(const auto state, state_of(tx_, segment.id));
  if (segment.mode == Mode::fixed || (is_ready(segment, state) && !past_)) {
    TRY(auto kept, kept_people(tx_, *view_, segment.id));
    kept &= everybody_;
    return kept;
  }
  TRY(const auto rule, rule_of(tx_, segment.id));
  return people(rule);
}

Result<People> Survey::people(const Rule& rule) {
  TRY(gather(rule.root));
  return people_of(rule, *record_, *facts_, m_, &everybody_);
}

Result<LeafAnswers> Survey::leaves(std::span<const Clause* const> clauses) {
  for (const auto* clause : clauses) TRY(gather(*clause));
  return LeafAnswers::ask(clauses, *record_, *facts_, m_, &everybody_);
}

Result<IsMember> Survey::memberships(const Rule& rule) {
  TRY(gather(rule.root));
  return IsMember([this](const Clause& leaf) {
    const auto* segment = std::get_if<InSegment>(&leaf.is);
    const auto& sets = segment != nullptr ? segments_ : lists_;
    const auto found = sets.find(segment != nullptr ? segment->segment : std::get<InList>(leaf.is).list);
    return found != sets.end() && found->second.has(looked_at_);
  });
}

std::vector<std::int64_t> Survey::nodes(const People& people) const {
  std::vector<std::int64_t> out;
  people.each([&](columns::Ordinal o) { out.push_back(view_->roster->node(o)); });
  std::ranges::sort(out);
  return out;
}

Result<People> members_of(Tx& tx, const columns::View& view, const Segment& segment) {
  TRY(const auto survey, Survey::over(tx, view));
  return survey->members(segment);
}

Result<People> people_of_text(Tx& tx, const columns::View& view, std::string_view text) {
  TRY(const auto words, merchant_vocabulary(tx));
  TRY(const auto rule, read_rule({.text = std::string(text), .json = {}}, words));
  TRY(const auto survey, Survey::over(tx, view));
  return survey->people(rule);
}

}  // namespace koi::segments
