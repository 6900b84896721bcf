#include "segments/stored_facts.h"

#include <boost/json/parse.hpp>
#include <map>

#include "people/attributes.h"
#include "segments/fact_column.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;
using columns::Ordinal;
using columns::People;

constexpr std::string_view kPerson = "SELECT CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END FROM person WHERE id = $1 AND merged_into IS NULL";
constexpr std::string_view kEverybody = "SELECT id FROM person WHERE merged_into IS NULL AND erased_at IS NULL";

std::string key_of(const Field& field) {
  auto out = field.name;
  for (const auto& arg : field.args) out.append(1, '\0').append(arg);
  return out;
}

/// What a rule asks of people, read once.
class Columns {
 public:
  Result<> load(Tx& tx, const Clause& c, const FactScope& scope, Instant now) {
    if (const auto* group = std::get_if<Group>(&c.is))
      for (const auto& inner : group->of) TRY(load(tx, inner, scope, now));
    if (const auto* changed = std::get_if<Changed>(&c.is)) TRY(load_changes(tx, changed->attribute, scope));
    const auto* compare = std::get_if<Compare>(&c.is);
    const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
    return field == nullptr ? Result<>{} : load(tx, *field, scope, now);
  }
  Result<> load(Tx& tx, const Field& field, const FactScope& scope, Instant now) {
    if (columns_.contains(key_of(field))) return {};
    TRY(auto column, read_fact(tx, field, scope, now));
    columns_.emplace(key_of(field), std::move(column));
    return {};
  }
  const FactColumn& of(const Field& field) const {
    const auto at = field.args.empty() ? columns_.find(field.name) : columns_.find(key_of(field));
    CHECK(at != columns_.end());
    return at->second;
  }
  std::span<const Change> changes(const std::string& attribute, std::uint32_t slot) const {
    const auto at = changes_.find(attribute);
    if (at == changes_.end()) return {};
    const auto mine = at->second.find(slot);
    return mine == at->second.end() ? std::span<const Change>() : mine->second;
  }
  void add_spread(const Field& field, std::vector<std::int64_t> numbers) { spreads_.emplace(key_of(field), Spread::of(std::move(numbers))); }
  const Spread* spread(const Field& field) const {
    if (spread_of_) return spread_of_(field);
    const auto at = spreads_.find(key_of(field));
    return at == spreads_.end() ? nullptr : &at->second;
  }
  void borrow_spreads(FactsOfSome::SpreadOf spread_of) { spread_of_ = std::move(spread_of); }

  Result<> load_changes(Tx& tx, const std::string& attribute, const FactScope& scope) {
    if (changes_.contains(attribute)) return {};
    auto& all = changes_[attribute];
    TRY(const auto rows, read_changes(tx, attribute, scope));
    TRY(const auto defs, people::attribute_defs(tx));
    const auto* def = people::find_def(defs, attribute);
    for (const auto& row : rows)
      all[row.slot].push_back({known(*def, row.before), known(*def, row.after), row.at});
    return {};
  }
 private:
  /// Nothing was said when the text is empty.
  std::optional<Known> known(const people::AttributeDef& def, const std::string& text) {
    if (text.empty()) return {};
    const auto number = people::number_of(def, text);
    if (number && def.type == "number") return Ratio{*number, 1};
    if (number && def.type == "money") return whole(*number);
    if (number && def.type == "date") return LocalDay{std::chrono::days(*number)};
    if (def.type != "multi") return std::string_view(texts_.emplace_back(text));
    auto& set = sets_.emplace_back();
    boost::system::error_code wrong;
    const auto list = boost::json::parse(text, wrong);
    if (!wrong && list.is_array())
      for (const auto& one : list.get_array())
        if (one.is_string()) set.push_back(texts_.emplace_back(one.get_string()));
    return Texts(set);
  }

  boost::unordered_flat_map<std::string, FactColumn> columns_;
  std::map<std::string, boost::unordered_flat_map<std::uint32_t, std::vector<Change>>> changes_;
  std::map<std::string, Spread> spreads_;
  FactsOfSome::SpreadOf spread_of_;
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> sets_;
};

/// Fields whose ranks among everybody are asked.
void add_ranked(const Clause& c, std::vector<const Field*>& out) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_ranked(inner, out);
  const auto* compare = std::get_if<Compare>(&c.is);
  if (compare != nullptr && (compare->lens == Lens::zscore || compare->op == Op::top || compare->op == Op::bottom))
    if (const auto* field = std::get_if<Field>(&compare->subject)) out.push_back(field);
}

/// Of slots that count, in millionths.
std::vector<std::int64_t> numbers_of(const FactColumn& column, std::uint32_t slots, auto&& counts) {
  std::vector<std::int64_t> out;
  if (column.kind() != FactColumn::Kind::micros && column.kind() != FactColumn::Kind::whole) return out;
  for (std::uint32_t slot = 0; slot < slots; ++slot)
    if (const auto number = column.number(slot); number && counts(slot))
      out.push_back(column.kind() == FactColumn::Kind::whole ? *number * kMicros : *number);
  return out;
}

/// One slot's, for as long as its columns live; moved from person to person.
class SlotFacts final : public Facts {
 public:
  SlotFacts(const Columns& columns, IsMember is_member) : columns_(&columns), is_member_(std::move(is_member)) {}
  void stand_at(std::uint32_t slot, PersonId person, bool erased) {
    slot_ = slot;
    person_ = person;
    erased_ = erased;
  }
  PersonId person() const override { return person_; }
  bool erased() const override { return erased_; }
  std::optional<Known> of(const Field& field) const override { return columns_->of(field).of(slot_); }
  Instant changes_at(const Field& field, Instant) const override { return columns_->of(field).changes_at(slot_); }
  std::span<const Change> changes(const std::string& attribute) const override { return columns_->changes(attribute, slot_); }
  bool in_segment(const std::string& segment) const override { return is_member_ && is_member_({InSegment{segment}}); }
  bool in_list(const std::string& list) const override { return is_member_ && is_member_({InList{list}}); }
  const Spread* spread(const Field& field) const override { return columns_->spread(field); }

 private:
  const Columns* columns_;
  IsMember is_member_;
  std::uint32_t slot_ = 0;
  PersonId person_{};
  bool erased_ = false;
};

class Table final : public FactTable {
 public:
  Table(Tx& tx, const columns::View& view, MemberSets sets)
      : tx_(tx), view_(view), sets_(std::move(sets)), one_(columns_, [this](const Clause& leaf) { return is_member(leaf); }) {}

  Result<> load(const Rule& rule, const Moment& m) override {
    const FactScope scope{.slots = view_.people, .slot_of = [this](std::int64_t root) -> std::optional<std::uint32_t> {
      const auto o = view_.roster->find(root);
      return o < view_.people ? std::optional(o) : std::nullopt;
    }};
    TRY(columns_.load(tx_, rule.root, scope, m.now));
    std::vector<const Field*> ranked;
    add_ranked(rule.root, ranked);
    const auto everyone = ranked.empty() ? People() : view_.everyone();
    for (const auto* field : ranked)
      columns_.add_spread(*field, numbers_of(columns_.of(*field), view_.people, [&](std::uint32_t slot) { return everyone.has(slot); }));
    return {};
  }
  std::optional<People> having(const Clause& leaf) const override {
    if (!std::holds_alternative<InSegment>(leaf.is) && !std::holds_alternative<InList>(leaf.is)) return {};
    const auto* set = sets_ ? sets_(leaf) : nullptr;
    return set == nullptr ? People(view_.people) : *set;
  }
  const Facts& at(Ordinal root) override {
    ordinal_ = root;
    one_.stand_at(root, {view_.roster->node(root)}, view_.erased->has(root));
    return one_;
  }

 private:
  bool is_member(const Clause& leaf) const {
    const auto* set = sets_ ? sets_(leaf) : nullptr;
    return set != nullptr && set->has(ordinal_);
  }
  Tx& tx_;
  const columns::View& view_;
  MemberSets sets_;
  Columns columns_;
  SlotFacts one_;
  Ordinal ordinal_ = 0;
};

struct One final : Facts {
  One(IsMember is_member) : facts(columns, std::move(is_member)) {}
  PersonId person() const override { return facts.person(); }
  bool erased() const override { return facts.erased(); }
  std::optional<Known> of(const Field& field) const override { return facts.of(field); }
  Instant changes_at(const Field& field, Instant now) const override { return facts.changes_at(field, now); }
  std::span<const Change> changes(const std::string& attribute) const override { return facts.changes(attribute); }
  bool in_segment(const std::string& segment) const override { return facts.in_segment(segment); }
  bool in_list(const std::string& list) const override { return facts.in_list(list); }
  const Spread* spread(const Field& field) const override { return facts.spread(field); }

  Columns columns;
  SlotFacts facts;
};

/// A rank is among everybody, whoever is asked about.
Result<> load_spreads(Tx& tx, const Rule& rule, Columns& columns, Instant now) {
  std::vector<const Field*> ranked;
  add_ranked(rule.root, ranked);
  if (ranked.empty()) return {};
  boost::unordered_flat_map<std::int64_t, std::uint32_t> slots;
  TRY(tx.each<std::int64_t>(kEverybody, [&](std::int64_t id) -> Result<> {
    slots.emplace(id, static_cast<std::uint32_t>(slots.size()));
    return {};
  }));
  const FactScope scope{.slots = static_cast<std::uint32_t>(slots.size()), .slot_of = [&](std::int64_t root) -> std::optional<std::uint32_t> {
    const auto at = slots.find(root);
    return at == slots.end() ? std::nullopt : std::optional(at->second);
  }};
  for (const auto* field : ranked) {
    TRY(const auto column, read_fact(tx, *field, scope, now));
    columns.add_spread(*field, numbers_of(column, scope.slots, [](std::uint32_t) { return true; }));
  }
  return {};
}

}  // namespace

std::unique_ptr<FactTable> stored_facts(Tx& tx, const columns::View& view, MemberSets sets) {
  return std::make_unique<Table>(tx, view, std::move(sets));
}

Result<std::unique_ptr<Facts>> stored_facts_of(Tx& tx, PersonId root, const Rule& rule, const Moment& m, IsMember is_member) {
  TRY(const auto erased, tx.maybe<std::int64_t>(kPerson, root));
  if (!erased) return fail(Errc::not_found, "people.not_found");
  auto out = std::make_unique<One>(std::move(is_member));
  const FactScope scope{.slots = 1, .slot_of = [root](std::int64_t who) { return who == root.v ? std::optional(0U) : std::nullopt; }, .one = root};
  TRY(out->columns.load(tx, rule.root, scope, m.now));
  TRY(load_spreads(tx, rule, out->columns, m.now));
  out->facts.stand_at(0, root, *erased != 0);
  return out;
}

struct FactsOfSome::Inside {
  Inside(std::span<const PersonId> all, IsMember is_member) : people(all), facts(columns, std::move(is_member)) {
    for (std::uint32_t slot = 0; slot < people.size(); ++slot) slots.emplace(people[slot].v, slot);
  }
  FactScope scope(std::span<const PersonId> of) const {
    return {.slots = static_cast<std::uint32_t>(people.size()), .slot_of = [this](std::int64_t root) -> std::optional<std::uint32_t> {
      const auto at = slots.find(root);
      return at == slots.end() ? std::nullopt : std::optional(at->second);
    }, .some = of};
  }
  std::span<const PersonId> people;
  boost::unordered_flat_map<std::int64_t, std::uint32_t> slots;
  Columns columns;
  SlotFacts facts;
};

FactsOfSome::FactsOfSome(std::span<const PersonId> people, IsMember is_member, SpreadOf spread_of)
    : inside_(std::make_unique<Inside>(people, std::move(is_member))) {
  inside_->columns.borrow_spreads(std::move(spread_of));
}
FactsOfSome::~FactsOfSome() = default;

// Nobody to read of is not everybody: nothing is asked then.
Result<> FactsOfSome::read(Tx& tx, const Field& field, std::span<const PersonId> of, Instant now) {
  if (of.empty()) return {};
  return inside_->columns.load(tx, field, inside_->scope(of), now);
}

Result<> FactsOfSome::read_changes(Tx& tx, const std::string& attribute, std::span<const PersonId> of) {
  if (of.empty()) return {};
  return inside_->columns.load_changes(tx, attribute, inside_->scope(of));
}

const Facts& FactsOfSome::at(std::uint32_t slot) {
  inside_->facts.stand_at(slot, inside_->people[slot], false);
  return inside_->facts;
}

}  // namespace koi::segments
