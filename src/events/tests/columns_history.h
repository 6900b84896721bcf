/// Small random histories with their views, for tests of the questions: several parts, late events, equal times, merged and
/// erased people, and such as the roster met out of order.
#pragma once
#include <map>
#include <random>
#include <set>

#include "events/columns/funnel.h"
#include "events/columns/rows.h"
#include "events/columns/shelf.h"

namespace koi::events::columns {

inline constexpr std::int64_t kT0 = 1'767'542'400'000, kHour = 3'600'000, kDay = 24 * kHour;  // Monday, midnight in Shanghai

struct Did {
  std::int64_t node, at, kind, amount;
  std::string channel;  // "": none
  std::int64_t order;   // 0: none
};

/// A history with its view; the oracle reads `people`: what each living root did, in order.
struct History {
  std::vector<Did> log;
  std::map<std::int64_t, std::int64_t> root_of;
  std::set<std::int64_t> erased;
  View view;

  std::map<std::int64_t, std::vector<Did>> people() const {
    std::map<std::int64_t, std::vector<Did>> out;
    for (Ordinal o = 0; o < view.people; ++o) {
      const auto node = view.roster->node(o);
      if (root_of.at(node) == node && !erased.contains(node)) out[node];
    }
    for (const auto& did : log)
      if (const auto at = out.find(root_of.at(did.node)); at != out.end()) at->second.push_back(did);
    for (auto& [root, list] : out)
      std::ranges::stable_sort(list, [](const Did& a, const Did& b) { return a.at != b.at ? a.at < b.at : a.node < b.node; });
    return out;
  }
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : rng_(seed) {}
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(n)); }
  bool one_in(std::int64_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 rng_;
};

inline void add_ties(History& h, Roster& roster, Dice& dice, std::int64_t nodes) {
  auto ties = std::make_shared<Ties>();
  auto erased = std::make_shared<People>();
  for (std::int64_t node = 1; node <= nodes; ++node) h.root_of[node] = node;
  for (std::int64_t i = 0; i < nodes / 5; ++i) {
    const auto a = 1 + dice.below(nodes), b = 1 + dice.below(nodes);
    if (a == b || h.root_of[a] != a || h.root_of[b] != b) continue;
    for (auto& [node, root] : h.root_of)
      if (root == b) root = a;
  }
  for (const auto& [node, root] : h.root_of) {
    if (node == root) continue;
    const auto n = roster.find(node), r = roster.find(root);
    ties->root_of[n] = r;
    ties->inner.add(n);
    ties->tied.add(n);
    ties->tied.add(r);
    ties->nodes_of[r];
  }
  for (auto& [r, list] : ties->nodes_of)
    for (const auto& [node, root] : h.root_of)
      if (root == roster.node(r)) list.push_back(roster.find(node));
  for (std::int64_t i = 0; i < nodes / 12; ++i) {
    const auto gone = h.root_of[1 + dice.below(nodes)];
    h.erased.insert(gone);
    for (const auto& [node, root] : h.root_of)
      if (root == gone) erased->add(roster.find(node));
  }
  h.view.ties = std::move(ties);
  h.view.erased = std::move(erased);
}

inline History make_history(Dice& dice, std::int64_t nodes, std::int64_t events, std::int64_t kinds = 7) {
  History h;
  auto roster = std::make_shared<Roster>();
  std::vector<std::int64_t> late_nodes;
  const bool in_order = dice.one_in(2);
  for (std::int64_t node = 1; node <= nodes; ++node)
    if (in_order || !dice.one_in(6)) roster->add(node);
    else late_nodes.push_back(node);
  auto late = std::make_shared<People>();
  for (const auto node : late_nodes)
    if (const auto o = roster->add(node); roster->late(o)) late->add(o);
  add_ties(h, *roster, dice, nodes);
  Overlaps overlaps;
  std::int64_t seq = 0;
  for (std::int64_t part = 0; part < 1 + dice.below(5); ++part) {
    Rows rows(seq);
    for (std::int64_t i = 0; i <= events / 3; ++i) {
      Did did{1 + dice.below(nodes), kT0 + part * 5 * kDay + dice.below(8 * 24) * kHour, 1 + dice.below(kinds), 0, "", 0};
      if (dice.one_in(3)) did.at += dice.below(3) == 0 ? 1 : dice.below(5000);
      if (did.kind == 6) did.amount = dice.below(500) * 10;
      if (!dice.one_in(4)) did.channel = "c" + std::to_string(dice.below(4));
      if (dice.one_in(2)) did.order = 1 + dice.below(4);
      std::string props = "{";
      if (!did.channel.empty()) props += R"("channel":")" + did.channel + "\"" + (did.order != 0 ? "," : "");
      if (did.order != 0) props += R"("order":)" + std::to_string(did.order);
      props += "}";
      RawRow row;
      row.seq = ++seq;
      row.kind = did.kind;
      row.person = {did.node};
      row.at = row.received_at = did.at;
      row.amount_fen = did.amount;
      row.props = props;
      rows.add(row);
      h.log.push_back(did);
    }
    auto places = std::make_shared<Places>();
    auto made = *rows.to_part();
    places->of = roster->ordinals(made->who());
    for (auto& o : places->of)
      if (late->has(o)) o = kNobody;
    places->block = {0, static_cast<std::uint32_t>(places->of.size())};
    overlaps.add(*made, *places);
    h.view.parts.push_back({made, places});
  }
  auto woven = std::make_shared<People>(overlaps.woven());
  *woven |= h.view.ties->tied;
  h.view.roster = roster;
  h.view.people = roster->size();
  *woven |= *late;
  h.view.woven = woven;
  h.view.late = late;
  return h;
}

inline Step step_of(Dice& dice) {
  Step step{.kinds = {1 + dice.below(7)}};
  if (dice.one_in(4)) step.kinds.push_back(1 + dice.below(7));
  if (!dice.one_in(4)) return step;
  Where one{.join = Where::Join::test};
  switch (dice.below(4)) {
    case 0: one.property = "channel", one.text = [](std::string_view v) { return v == "c1"; }; break;
    case 1: one.property = "channel", one.text = [](std::string_view v) { return v != "c1" && v != "c2"; }; break;
    case 2: one.property = "order", one.whole = [](std::int64_t v) { return v >= 2; }; break;
    default: one.property = "$amount", one.join = Where::Join::missing; break;
  }
  step.where = {.join = Where::Join::all, .parts = {one}};
  return step;
}

inline bool passes(const Did& did, const Step& step) {
  if (std::ranges::find(step.kinds, did.kind) == step.kinds.end()) return false;
  if (step.where.empty()) return true;
  const auto& one = step.where.parts[0];
  if (one.property == "$amount") return did.amount == 0;
  if (one.property == "order") return did.order != 0 && did.order >= 2;
  if (did.channel.empty()) return false;
  return one.text(did.channel);
}

}  // namespace koi::events::columns
