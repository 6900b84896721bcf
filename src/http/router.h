/// From method and path to a line of the route table: a trie over path parts; words win over placeholders.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"

namespace koi::http {

struct Match {
  const Route* route = nullptr;
  std::size_t index = 0;            // of the route, in the order of the table: its metrics slot
  bool head = false;                // HEAD answered by a GET route
  std::vector<std::string> values;  // path parts, in the order of names
  const std::vector<std::string>* names = nullptr;
};

class Router {
 public:
  /// CHECKs that no two routes answer the same method and path, that a permission stands where one must, and that
  /// each pattern is well formed.
  explicit Router(const std::vector<std::span<const Route>>& tables);
  ~Router();
  /// route is null when nothing matches; then `allow` lists the methods that would ("GET, POST"), or is empty.
  Match find(std::string_view method, std::string_view path, std::string& allow) const;
  const std::vector<const Route*>& routes() const { return routes_; }

 private:
  struct Node;
  struct Leaf;
  const Node* walk(const Node& node, std::string_view rest, std::vector<std::string>& values) const;
  void add(const Route& route, std::size_t index);

  std::unique_ptr<Node> root_;
  std::map<std::string, const Leaf*, std::less<>> fixed_;  // "GET /v1/people": the common paths in one look-up
  std::vector<const Route*> routes_;
};

}  // namespace koi::http
