#include "http/router.h"

#include <algorithm>

#include "http/url.h"

namespace koi::http {

/// One method of one pattern.
struct Router::Leaf {
  std::string_view method;
  const Route* route;
  std::size_t index;
  std::vector<std::string> names;
};

struct Router::Node {
  struct Slot {
    std::string suffix;  // ":publish" of "{journey}:publish"
    std::unique_ptr<Node> next;
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> words;
  std::vector<Slot> slots;  // longest suffix first
  std::vector<std::unique_ptr<Leaf>> leaves;
};

namespace {

bool needs_permission(const Route& r) { return (r.flags & (kPublic | kLogin | kWriteKey)) == 0; }

std::string_view take_part(std::string_view& rest) {  // rest begins with '/'
  const auto end = rest.find('/', 1);
  const auto part = rest.substr(1, end == rest.npos ? rest.npos : end - 1);
  rest = end == rest.npos ? std::string_view() : rest.substr(end);
  return part;
}

}  // namespace

Router::~Router() = default;

Router::Router(const std::vector<std::span<const Route>>& tables) : root_(std::make_unique<Node>()) {
  for (const auto table : tables) {
    for (const auto& route : table) {
      add(route, routes_.size());
      routes_.push_back(&route);
    }
  }
}

void Router::add(const Route& route, std::size_t index) {
  CHECK(route.handler != nullptr && route.path.starts_with('/'));
  CHECK(!route.permission.empty() || !needs_permission(route));
  CHECK(!route.zh.empty() && !route.en.empty());
  auto leaf = std::make_unique<Leaf>(Leaf{route.method, &route, index, {}});
  Node* node = root_.get();
  for (auto rest = route.path; !rest.empty();) {
    const auto part = take_part(rest);
    std::unique_ptr<Node>* next = nullptr;
    if (part.starts_with('{')) {
      const auto close = part.find('}');
      CHECK(close != part.npos && close > 1);
      leaf->names.emplace_back(part.substr(1, close - 1));
      const auto suffix = part.substr(close + 1);
      auto slot = std::ranges::find(node->slots, suffix, &Node::Slot::suffix);
      if (slot == node->slots.end()) {
        slot = std::ranges::find_if(node->slots, [&](const auto& s) { return s.suffix.size() < suffix.size(); });
        slot = node->slots.insert(slot, Node::Slot{std::string(suffix), nullptr});
      }
      next = &slot->next;
    } else {
      next = &node->words[std::string(part)];
    }
    if (!*next) *next = std::make_unique<Node>();
    node = next->get();
  }
  for (const auto& other : node->leaves) CHECK(other->method != route.method);
  if (leaf->names.empty()) fixed_[std::string(route.method) + ' ' + std::string(route.path)] = leaf.get();
  node->leaves.push_back(std::move(leaf));
}

const Router::Node* Router::walk(const Node& node, std::string_view rest, std::vector<std::string>& values) const {
  if (rest.empty()) return node.leaves.empty() ? nullptr : &node;
  const auto part = take_part(rest);
  if (const auto word = node.words.find(part); word != node.words.end())
    if (const auto* found = walk(*word->second, rest, values)) return found;
  for (const auto& slot : node.slots) {
    if (!part.ends_with(slot.suffix) || part.size() == slot.suffix.size()) continue;
    auto value = percent_decoded(part.substr(0, part.size() - slot.suffix.size()), false);
    if (!value) continue;
    values.push_back(std::move(*value));
    if (const auto* found = walk(*slot.next, rest, values)) return found;
    values.pop_back();
  }
  return nullptr;
}

Match Router::find(std::string_view method, std::string_view path, std::string& allow) const {
  Match out;
  out.head = method == "HEAD";
  const auto asked = out.head ? std::string_view("GET") : method;
  char key[128];
  if (asked.size() + 1 + path.size() <= sizeof key) {
    auto* end = std::ranges::copy(asked, key).out;
    *end++ = ' ';
    end = std::ranges::copy(path, end).out;
    if (const auto hit = fixed_.find(std::string_view(key, end)); hit != fixed_.end()) {
      out.route = hit->second->route, out.index = hit->second->index, out.names = &hit->second->names;
      return out;
    }
  }
  const auto* node = path.starts_with('/') ? walk(*root_, path, out.values) : nullptr;
  if (!node) return out;
  for (const auto& leaf : node->leaves) {
    if (leaf->method == asked) {
      out.route = leaf->route, out.index = leaf->index, out.names = &leaf->names;
      return out;
    }
    if (!allow.empty()) allow += ", ";
    allow += leaf->method;
    if (leaf->method == "GET") allow += ", HEAD";
  }
  return out;
}

}  // namespace koi::http
