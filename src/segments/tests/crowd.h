/// Several people's histories (history.h) as evaluators meet them: a view of several parts with late events, ties, merged and
/// erased people, and their facts.
#pragma once
#include "events/columns/rows.h"
#include "events/columns/shelf.h"
#include "events/columns/weave.h"
#include "segments/people.h"
#include "segments/tests/plain.h"

namespace koi::segments {

/// Facts of one history as of one moment, borrowed from what the oracle says they are.
class HistoryFacts final : public Facts {
 public:
  HistoryFacts(const plain::History& h, Instant now) : h_(&h), now_(now) {}
  PersonId person() const override { return h_->person; }
  bool erased() const override { return h_->erased; }
  std::optional<Known> of(const Field& field) const override { return known(plain::fact_of(field, *h_, now_)); }
  std::span<const Change> changes(const std::string& attribute) const override {
    auto& out = changes_.emplace_back();
    std::optional<plain::Datum> before;
    for (const auto& news : plain::attribute_past(*h_, attribute, now_)) {
      if (!same(before, news.value)) out.push_back({known(before), known(news.value), news.at});
      before = news.value;
    }
    return out;
  }
  Instant changes_at(const Field& field, Instant now) const override {
    auto out = Instant::max();
    if (field.name == "tags")
      for (const auto& tag : h_->tags)
        if (tag.expires && *tag.expires > now) out = std::min(out, *tag.expires);
    if (field.name == "relation.days")
      for (const auto& relation : h_->relations)
        if (relation.at <= now) out = std::min(out, next_day_since(relation.at, now));
    return out;
  }
  bool in_segment(const std::string& segment) const override { return h_->segments.contains(segment); }
  bool in_list(const std::string& list) const override { return h_->lists.contains(list); }
  const Spread* spread(const Field& field) const override {
    const auto at = h_->everybody.find(field.name);
    if (at == h_->everybody.end()) return nullptr;
    return &spreads_.emplace_back(Spread::of(at->second));
  }

 private:
  static bool same(const std::optional<plain::Datum>& a, const std::optional<plain::Datum>& b) {
    if (!a || !b) return !a && !b;
    const auto* members = std::get_if<plain::Members>(&*a);
    const auto* day = std::get_if<LocalDay>(&*a);
    if (members != nullptr && std::holds_alternative<plain::Members>(*b)) return *members == std::get<plain::Members>(*b);
    if (day != nullptr && std::holds_alternative<LocalDay>(*b)) return *day == std::get<LocalDay>(*b);
    return plain::same_datum(*a, *b);
  }
  std::optional<Known> known(const std::optional<plain::Datum>& d) const {
    if (!d) return {};
    if (const auto* n = std::get_if<plain::Number>(&*d)) return Ratio{n->over, n->under};
    if (const auto* text = std::get_if<std::string>(&*d)) return std::string_view(texts_.emplace_back(*text));
    if (const auto* yes = std::get_if<bool>(&*d)) return *yes;
    if (const auto* day = std::get_if<LocalDay>(&*d)) return *day;
    if (const auto* at = std::get_if<Instant>(&*d)) return *at;
    const auto* members = std::get_if<plain::Members>(&*d);
    if (members == nullptr) return {};
    auto& set = sets_.emplace_back();
    for (const auto& member : *members) set.push_back(texts_.emplace_back(member));
    return Texts(set);
  }

  const plain::History* h_;
  Instant now_;
  mutable std::deque<std::string> texts_;
  mutable std::deque<std::vector<std::string_view>> sets_;
  mutable std::deque<std::vector<Change>> changes_;
  mutable std::deque<Spread> spreads_;
};

class Crowd {
 public:
  using Ordinal = events::columns::Ordinal;
  /// Everybody gets a number of their own, by which `seed` says which of their nodes is the root; all live
  /// in the zone of the first.
  Crowd(std::vector<plain::History> people, std::uint64_t seed) : people_(std::move(people)), rng_(seed) {
    for (const auto& kind : {"code_scanned", "friend_added", "order_paid", "refund_done", "加入购物车", "cart_added", "page_viewed"})
      kinds_.emplace(kind, static_cast<std::int64_t>(kinds_.size()) + 3);
    name_people();
    tie_people();
    add_parts();
    view_.people = roster_->size();
    view_.roster = roster_;
    record_.emplace(view_, kinds_, [](std::int64_t id) { return std::string(kSources[static_cast<std::size_t>(id)]); });
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  const std::vector<plain::History>& people() const { return people_; }
  const events::columns::View& view() const { return view_; }
  Record& record() { return *record_; }
  Ordinal root(std::size_t i) const { return roster_->find(people_[i].person.v); }
  Zone zone() const { return plain::zone_named(people_[0].zone); }

 private:
  static constexpr std::string_view kSources[] = {"", "web", "o1", "shop"};
  static std::int64_t source_of(const std::string& name) {
    return std::ranges::find(kSources, std::string_view(name)) - std::begin(kSources);
  }
  std::int64_t node_of(std::size_t i, std::int64_t node) const { return static_cast<std::int64_t>(i) * 10 + 1 + (several_[i] ? node : 0); }

  void name_people() {
    for (std::size_t i = 0; i < people_.size(); ++i) {
      auto& h = people_[i];
      several_.push_back(std::ranges::any_of(h.events, [](const plain::Event& e) { return e.node != 0; }));
      h.zone = people_[0].zone;
      h.person = {node_of(i, static_cast<std::int64_t>(rng_() % 3))};
    }
  }
  void tie_people() {
    auto ties = std::make_shared<events::columns::Ties>();
    auto erased = std::make_shared<events::columns::People>();
    for (std::size_t i = 0; i < people_.size(); ++i) {
      const auto first = roster_->add(node_of(i, 0));
      if (people_[i].erased) erased->add(first);
      if (!several_[i]) continue;
      roster_->add(node_of(i, 1));
      roster_->add(node_of(i, 2));
      const auto root = roster_->find(people_[i].person.v);
      for (auto node = first; node < first + 3; ++node) {
        if (people_[i].erased) erased->add(node);
        ties->tied.add(node);
        ties->nodes_of[root].push_back(node);
        if (node == root) continue;
        ties->root_of[node] = root;
        ties->inner.add(node);
      }
    }
    view_.ties = std::move(ties);
    view_.erased = std::move(erased);
  }

  /// The log of a part, in the order of positions; what came twice is there once.
  events::columns::PartPtr part(std::int64_t from, std::int64_t to) {
    events::columns::Rows rows(seq_);
    for (std::int64_t position = from; position < to; ++position)
      for (std::size_t i = 0; i < people_.size(); ++i)
        for (const auto& event : people_[i].events)
          if (event.position == position && (event.id.empty() || seen_.insert({i, event.source, event.id}).second)) add(rows, i, event);
    return *rows.to_part();
  }
  void add(events::columns::Rows& rows, std::size_t i, const plain::Event& event) {
    events::RawRow row;
    row.seq = ++seq_;
    row.kind = kinds_.at(event.kind);
    row.person = {node_of(i, event.node)};
    row.at = row.received_at = to_ms(event.at);
    row.amount_fen = event.amount_fen;
    row.source = source_of(event.source);
    const auto props = boost::json::serialize(event.props);
    row.props = props;
    rows.add(row);
  }
  void add_parts() {
    std::int64_t end = 1;
    for (const auto& h : people_)
      for (const auto& event : h.events) end = std::max(end, event.position + 1);
    std::vector<events::columns::PartPtr> made;
    const auto parts = 1 + static_cast<std::int64_t>(rng_() % 4);
    for (std::int64_t p = 0; p < parts; ++p) made.push_back(part(p * end / parts, (p + 1) * end / parts));
    if (made.size() > 2 && rng_() % 2 == 0) {
      events::columns::ImageWriter out;
      made[0] = *events::columns::weave(out, std::span(made).first(2));
      made.erase(made.begin() + 1);
    }
    events::columns::Overlaps overlaps;
    for (auto& one : made) {
      auto places = std::make_shared<events::columns::Places>();
      places->of = roster_->ordinals(one->who());
      places->block = {0, static_cast<std::uint32_t>(places->of.size())};
      overlaps.add(*one, *places);
      view_.parts.push_back({std::move(one), std::move(places)});
    }
    auto woven = std::make_shared<events::columns::People>(overlaps.woven());
    *woven |= view_.ties->tied;
    view_.woven = std::move(woven);
  }

  std::vector<plain::History> people_;
  std::vector<bool> several_;
  std::mt19937_64 rng_;
  KindNumbers kinds_;
  std::shared_ptr<events::columns::Roster> roster_ = std::make_shared<events::columns::Roster>();
  std::set<std::tuple<std::size_t, std::string, std::string>> seen_;
  std::int64_t seq_ = 0;
  events::columns::View view_;
  std::optional<Record> record_;
};

/// Facts of a crowd; `sets`: lists answer for everybody at once.
class HistoryTable final : public FactTable {
 public:
  HistoryTable(const Crowd& crowd, bool sets) : crowd_(crowd), sets_(sets) {}
  Result<> load(const Rule&, const Moment& m) override {
    for (std::size_t i = 0; i < crowd_.people().size(); ++i) of_.try_emplace(crowd_.root(i), crowd_.people()[i], m.now);
    return {};
  }
  std::optional<events::columns::People> having(const Clause& leaf) const override {
    const auto* list = std::get_if<InList>(&leaf.is);
    if (!sets_ || list == nullptr) return {};
    events::columns::People out;
    for (const auto& [o, facts] : of_)
      if (facts.in_list(list->list)) out.add(o);
    return out;
  }
  const Facts& at(Crowd::Ordinal root) override { return of_.at(root); }

 private:
  const Crowd& crowd_;
  bool sets_;
  std::map<Crowd::Ordinal, HistoryFacts> of_;
};

}  // namespace koi::segments
