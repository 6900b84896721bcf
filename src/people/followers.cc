#include <algorithm>
#include <deque>

#include "people/identity.h"

namespace koi::people {

namespace {

/// A table and the statements on it, built once: their address is what the store knows a prepared statement by.
struct Follower {
  std::string table, move_all, move_some, orphans;
  explicit Follower(std::string_view name) : table(name) {
    move_all = "UPDATE " + table + " SET person_id = $2 WHERE person_id = $1";
    move_some = move_all + " AND origin_id IN (SELECT id FROM person WHERE id = $3 OR merged_into = $3)";
    orphans = "SELECT COUNT(*) FROM " + table +
              " t LEFT JOIN person p ON p.id = t.origin_id WHERE t.origin_id IS NOT NULL AND "
              "(p.id IS NULL OR t.person_id <> COALESCE(p.merged_into, p.id))";
  }
};

template <class T>
bool add_once(std::vector<T>& list, T fn) {
  if (std::ranges::find(list, fn) == list.end()) list.push_back(fn);
  return true;
}
// Functions, because other files register before this one's statics would exist.
std::deque<Follower>& tables() {
  static std::deque<Follower> all{Follower("identifier"), Follower("identifier_past"), Follower("attribute_value"),
                                  Follower("attribute_history"), Follower("reveal")};
  return all;
}
std::vector<Refold>& refold_list() { static std::vector<Refold> all; return all; }
std::vector<Indexer>& indexer_list() { static std::vector<Indexer> all; return all; }
std::vector<Eraser>& eraser_list() { static std::vector<Eraser> all; return all; }

}  // namespace

bool follow(std::string_view table) {
  auto& all = tables();
  if (std::ranges::find(all, table, &Follower::table) == all.end()) all.emplace_back(table);
  return true;
}
std::vector<std::string> followers() {
  std::vector<std::string> out;
  for (const auto& f : tables()) out.push_back(f.table);
  return out;
}
bool on_refold(Refold fn) { return add_once(refold_list(), fn); }
bool on_clear_text(Indexer fn) { return add_once(indexer_list(), fn); }
bool on_erase(Eraser fn) { return add_once(eraser_list(), fn); }
std::span<const Refold> refolds() { return refold_list(); }
std::span<const Eraser> erasers() { return eraser_list(); }

Result<> tell_clear_text(Tx& tx, PersonId node, std::string_view field, std::string_view clear, bool first) {
  for (const auto tell : indexer_list()) { TRY(tell(tx, node, field, clear, first)); }
  return {};
}

Result<std::int64_t> repoint(Tx& tx, PersonId from, PersonId to, PersonId only_under) {
  std::int64_t moved = 0;
  for (const auto& f : tables()) {
    TRY(const auto rows, only_under ? tx.exec(f.move_some, from, to, only_under) : tx.exec(f.move_all, from, to));
    moved += rows;
  }
  return moved;
}

Result<std::int64_t> orphans(Tx& tx) {
  std::int64_t found = 0;
  for (const auto& f : tables()) {
    TRY(auto n, tx.one<std::int64_t>(f.orphans));
    found += n;
  }
  return found;
}

}  // namespace koi::people
