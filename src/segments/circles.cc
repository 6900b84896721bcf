#include "segments/circles.h"

#include <algorithm>
#include <set>

#include "segments/checker.h"

namespace koi::segments {
namespace {

struct Node {
  std::string name, tag;  // "": gives none
  Rule rule;
};

/// Depth first from node 0 back to node 0.
class Walk {
 public:
  explicit Walk(std::vector<Node> nodes) : nodes_(std::move(nodes)), met_(nodes_.size()) {}

  /// The way behind `at` that comes back, the last step first.
  bool comes_back(std::size_t at, bool by_tag) {
    const auto& node = nodes_[at];
    for (const auto& name : segments_in(node.rule))
      if (const auto to = std::ranges::find(nodes_, name, &Node::name); to != nodes_.end())
        if (step(static_cast<std::size_t>(to - nodes_.begin()), {}, by_tag)) return true;
    for (std::size_t to = 0; to < nodes_.size(); ++to)
      if (to != at && !nodes_[to].tag.empty() && asks_for_tag(node.rule.root, nodes_[to].tag) && step(to, nodes_[to].tag, true)) return true;
    return false;
  }
  std::string way() const {
    auto out = nodes_[0].name;
    for (auto step = way_.rbegin(); step != way_.rend(); ++step) out += " > " + *step;
    return out;
  }

 private:
  bool step(std::size_t to, const std::string& tag, bool by_tag) {
    auto& met = met_[to];
    const char bit = by_tag ? 2 : 1;
    if ((met & bit) != 0 || (to == 0 && !by_tag)) return false;  // names alone: check_rule says so
    met = static_cast<char>(met | bit);
    if (to != 0 && !comes_back(to, by_tag)) return false;
    way_.push_back(nodes_[to].name);
    if (!tag.empty()) way_.push_back("#" + tag);
    return true;
  }

  std::vector<Node> nodes_;
  std::vector<char> met_;  // 1: over names alone, 2: over a tag
  std::vector<std::string> way_;
};

}  // namespace

bool asks_for_tag(const Clause& c, std::string_view tag) {
  if (const auto* group = std::get_if<Group>(&c.is)) return std::ranges::any_of(group->of, [&](const Clause& inner) { return asks_for_tag(inner, tag); });
  const auto* compare = std::get_if<Compare>(&c.is);
  const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
  if (field == nullptr || field->name != "tags") return false;
  const auto slash = tag.find('/');
  const auto group = slash == std::string_view::npos ? std::string_view() : tag.substr(0, slash);
  const auto name = slash == std::string_view::npos ? tag : tag.substr(slash + 1);
  if (compare->lens == Lens::size || compare->values.empty()) return true;
  return std::ranges::any_of(compare->values, [&](const Value& v) {
    const auto* text = std::get_if<std::string>(&v);
    return text != nullptr && (compare->op == Op::under ? *text == group : *text == tag || *text == name);
  });
}

Result<std::string> tag_circle(Tx& tx, const Draft& draft) {
  std::vector<Node> nodes{{draft.name, draft.mode == Mode::live ? draft.tag : std::string(), draft.rule}};
  TRY(const auto all, segments(tx));
  for (const auto& s : all) {
    if (s.id == draft.id || s.name == draft.name) continue;
    TRY(auto rule, rule_of(tx, s.id));
    nodes.push_back({s.name, s.mode == Mode::live ? s.tag : std::string(), s.mode == Mode::fixed ? Rule{} : std::move(rule)});
  }
  Walk walk(std::move(nodes));
  return walk.comes_back(0, false) ? walk.way() : std::string();
}

Result<> free_of_tag_circles(Tx& tx, const Draft& draft) {
  TRY(auto circle, tag_circle(tx, draft));
  if (!circle.empty()) return fail(Errc::invalid, "segments.tag_cycle", std::move(circle));
  return {};
}

}  // namespace koi::segments
