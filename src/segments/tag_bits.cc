#include "segments/tag_bits.h"

#include <algorithm>
#include <mutex>

#include "events/events.h"
#include "segments/compare.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;
using columns::Ordinal;
using columns::People;

constexpr std::string_view kEverybody = "SELECT person_id, tag_id FROM tag_assignment";
constexpr std::string_view kOfOne = "SELECT DISTINCT tag_id FROM tag_assignment WHERE person_id = $1";
constexpr std::string_view kNames =
    "SELECT t.id, COALESCE(g.name, ''), t.name FROM tag t LEFT JOIN tag_group g ON g.id = t.group_id ORDER BY t.id";
// Held by nobody whose time is not over.
constexpr std::string_view kOver =
    "SELECT e.person_id, e.tag_id FROM tag_assignment e WHERE e.expires_at <= $1 AND e.expires_at IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM tag_assignment a WHERE a.person_id = e.person_id AND a.tag_id = e.tag_id AND (a.expires_at IS NULL OR a.expires_at > $1))";
constexpr std::string_view kTagKinds[] = {"tag_added", "tag_removed", "data_erased"};
constexpr std::string_view kTieKinds[] = {"identity_linked", "identity_unlinked"};
constexpr events::Seq kGapMax = 400'000;  // beyond it, reading everybody is quicker
constexpr std::size_t kPeopleMax = 20'000;
constexpr int kEventsAPage = 4096;

using Bits = std::map<std::int64_t, std::shared_ptr<const People>>;  // by tag

/// Bits of whoever has a row, as of a place in the log.
struct Kept {
  std::mutex mutex;
  std::shared_ptr<const Bits> bits;
  events::Seq upto = 0;
};

void set(People& people, const columns::View& view, std::int64_t node) {
  if (const auto o = view.roster->find(node); o != columns::kNobody) people.add(o);
}

Result<std::shared_ptr<const Bits>> read_all(Tx& tx, const columns::View& view) {
  std::map<std::int64_t, People> read;
  TRY(tx.each_raw(kEverybody, {}, [&](const store::Statement& row) -> Result<> {
    set(read[row.integer(1)], view, row.integer(0));
    return {};
  }));
  auto out = std::make_shared<Bits>();
  for (auto& [tag, people] : read) out->emplace(tag, std::make_shared<const People>(std::move(people)));
  return out;
}

struct Ids { std::vector<std::int64_t> all, ties; };
Result<Ids> kinds_of(Tx& tx) {
  Ids out;
  TRY(const auto kinds, events::kinds(tx));
  for (const auto& kind : kinds) {
    const bool tie = std::ranges::find(kTieKinds, kind.name) != std::end(kTieKinds);
    if (!tie && std::ranges::find(kTagKinds, kind.name) == std::end(kTagKinds)) continue;
    out.all.push_back(kind.id);
    if (tie) out.ties.push_back(kind.id);
  }
  return out;
}

/// Whoever's rows may stand elsewhere since; nothing when they are too many to look at one by one.
Result<std::optional<std::vector<std::int64_t>>> changed(Tx& tx, events::Seq from, events::Seq to) {
  using Changed = std::optional<std::vector<std::int64_t>>;
  std::vector<std::int64_t> out;
  TRY(const auto kinds, kinds_of(tx));
  while (from < to) {
    events::Seq last = from;
    TRY(const auto page, events::after_of(tx, from, kEventsAPage, kinds.all, last));
    if (last == from) break;
    for (const auto& e : page) {
      out.push_back(e.person.v);
      if (std::ranges::find(kinds.ties, e.kind) == kinds.ties.end()) continue;
      TRY(const auto whole, events::after(tx, e.seq - 1, 1));
      for (const auto& tie : whole) out.push_back(tie.subject);
    }
    if (out.size() > kPeopleMax) return Changed();
    from = last;
  }
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return Changed(std::move(out));
}

/// Rows of these people, read again.
Result<std::shared_ptr<const Bits>> read_some(Tx& tx, const columns::View& view, const Bits& before, std::span<const std::int64_t> people) {
  std::map<std::int64_t, People> fresh;  // only of tags somebody of them had or has
  const auto editable = [&](std::int64_t tag) -> People& {
    const auto [at, made] = fresh.try_emplace(tag);
    if (made)
      if (const auto known = before.find(tag); known != before.end()) at->second = *known->second;
    return at->second;
  };
  for (const auto person : people) {
    const auto o = view.roster->find(person);
    if (o == columns::kNobody) continue;
    TRY(const auto has, tx.all<std::int64_t>(kOfOne, person));
    for (const auto& [tag, carriers] : before)
      if (carriers->has(o) && std::ranges::find(has, tag) == has.end()) editable(tag).remove(o);
    for (const auto tag : has) {
      const auto known = before.find(tag);
      if (known == before.end() || !known->second->has(o)) editable(tag).add(o);
    }
  }
  auto out = std::make_shared<Bits>(before);
  for (auto& [tag, carriers] : fresh) (*out)[tag] = std::make_shared<const People>(std::move(carriers));
  return out;
}

Result<std::shared_ptr<const Bits>> bring_up(Tx& tx, const columns::View& view, Kept& kept, events::Seq end) {
  if (kept.bits && kept.upto == end) return kept.bits;
  std::shared_ptr<const Bits> bits;
  if (kept.bits && end - kept.upto <= kGapMax) {
    TRY(const auto people, changed(tx, kept.upto, end));
    if (people) { TRY(bits, read_some(tx, view, *kept.bits, *people)); }
  }
  if (!bits) { TRY(bits, read_all(tx, view)); }
  kept.bits = bits;
  kept.upto = end;
  return bits;
}

}  // namespace

Result<std::shared_ptr<const TagBits>> TagBits::of(Tx& tx, const columns::View& view, Instant now) {
  using Out = std::shared_ptr<const TagBits>;
  static const int kKey = 0;
  if (tx.kind() != store::Kind::sqlite) return Out();
  auto& kept = tx.shared<Kept>(&kKey, [] { return std::make_shared<Kept>(); });
  TRY(const auto end, events::end_of_log(tx));
  std::shared_ptr<const Bits> bits;
  {
    const std::scoped_lock lock(kept.mutex);
    if (kept.bits && kept.upto > end) return Out();
    TRY(bits, bring_up(tx, view, kept, end));
  }
  std::map<std::int64_t, People> over;
  const std::array params{store::Param(now)};
  TRY(tx.each_raw(kOver, params, [&](const store::Statement& row) -> Result<> {
    set(over[row.integer(1)], view, row.integer(0));
    return {};
  }));
  auto out = std::make_shared<TagBits>();
  TRY(tx.each_raw(kNames, {}, [&](const store::Statement& row) -> Result<> {
    const auto carriers = bits->find(row.integer(0));
    if (carriers == bits->end()) return {};
    const std::string group(row.text(1)), name(row.text(2));
    auto people = carriers->second;
    if (const auto gone = over.find(row.integer(0)); gone != over.end()) {
      auto left = *people;
      left -= gone->second;
      people = std::make_shared<const People>(std::move(left));
    }
    out->tags_.push_back({group.empty() ? name : group + "/" + name, std::move(people)});
    return {};
  }));
  return Out(std::move(out));
}

namespace {

bool is_tags(const Field& field) { return field.name == "tags"; }
const Compare* compares_tags(const Clause& c) {
  const auto* compare = std::get_if<Compare>(&c.is);
  const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
  return field != nullptr && is_tags(*field) ? compare : nullptr;
}

/// One person's facts with tags out of the bits.
class TaggedFacts final : public Facts {
 public:
  explicit TaggedFacts(const TagBits& bits) : bits_(bits) {}
  void stand_at(const Facts& others, Ordinal o) { others_ = &others; at_ = o; }
  PersonId person() const override { return others_->person(); }
  bool erased() const override { return others_->erased(); }
  std::optional<Known> of(const Field& field) const override {
    if (!is_tags(field)) return others_->of(field);
    held_.clear();
    for (std::size_t i = 0; i < bits_.tags().size(); ++i)
      if (bits_.carries(i, at_)) held_.push_back(bits_.tags()[i].text);
    return Texts(held_);
  }
  /// Bits do not say when a tag's time is over: look again at once.
  Instant changes_at(const Field& field, Instant now) const override { return is_tags(field) ? now + Millis{1} : others_->changes_at(field, now); }
  std::span<const Change> changes(const std::string& attribute) const override { return others_->changes(attribute); }
  bool in_segment(const std::string& segment) const override { return others_->in_segment(segment); }
  bool in_list(const std::string& list) const override { return others_->in_list(list); }
  const Spread* spread(const Field& field) const override { return others_->spread(field); }

 private:
  const TagBits& bits_;
  const Facts* others_ = nullptr;
  Ordinal at_ = 0;
  mutable std::vector<std::string_view> held_;
};

class TaggedTable final : public FactTable {
 public:
  TaggedTable(std::unique_ptr<FactTable> others, std::shared_ptr<const TagBits> bits, const columns::View& view)
      : others_(std::move(others)), bits_(std::move(bits)), view_(view), one_(*bits_) {}

  Result<> load(const Rule& rule, const Moment& m) override {
    auto without = rule;
    leave_out(without.root);
    m_ = m;
    return others_->load(without, m);
  }
  std::optional<People> having(const Clause& leaf) const override {
    const auto* c = compares_tags(leaf);
    if (c == nullptr) return others_->having(leaf);
    if (c->lens != Lens::plain) return {};
    if (c->op == Op::is_set || c->op == Op::is_missing)  // who carries none has a set of none
      return compare_holds(*c, Known(Texts({})), true, m_) ? view_.everyone() : People(view_.people);
    if (c->op == Op::has_any || c->op == Op::under) return with_one(*c);
    auto any = *c;
    any.op = Op::has_any;
    if (c->op == Op::has_none) {
      auto out = view_.everyone();
      out -= with_one(any);
      return out;
    }
    if (c->op != Op::has_all) return {};
    auto out = view_.everyone();
    for (const auto& value : c->values) {
      any.values = {value};
      out &= with_one(any);
    }
    return out;
  }
  const Facts& at(Ordinal root) override {
    one_.stand_at(others_->at(root), root);
    return one_;
  }

 private:
  static void leave_out(Clause& c) {
    if (compares_tags(c) != nullptr) c.is = Group{};
    if (auto* group = std::get_if<Group>(&c.is))
      for (auto& inner : group->of) leave_out(inner);
  }
  /// Carriers of any tag that satisfies by itself.
  People with_one(const Compare& c) const {
    People out(view_.people);
    for (const auto& tag : bits_->tags()) {
      const std::string_view alone[] = {tag.text};
      if (compare_holds(c, Known(Texts(alone)), true, m_)) out |= *tag.people;
    }
    return out;
  }

  std::unique_ptr<FactTable> others_;
  std::shared_ptr<const TagBits> bits_;
  const columns::View& view_;
  TaggedFacts one_;
  Moment m_{};
};

}  // namespace

std::unique_ptr<FactTable> with_tags(std::unique_ptr<FactTable> table, std::shared_ptr<const TagBits> bits, const columns::View& view) {
  return std::make_unique<TaggedTable>(std::move(table), std::move(bits), view);
}

}  // namespace koi::segments
