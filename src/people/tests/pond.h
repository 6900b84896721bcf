/// A fresh store with people's tables, for the tests of this room.
#pragma once
#include "events/events.h"
#include "people/identity.h"
#include "tests/support/world.h"

namespace koi::people {

class Pond : public testing::World {
 public:
  /// `more`: schemas of later rooms whose rows follow people.
  explicit Pond(std::uint64_t seed = 1, Schemas more = {}) : World(with(std::move(more)), seed) {
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
  }
  Result<Resolved> resolve(const std::vector<Ident>& idents, std::string_view evidence = "test") {
    return write([&](Tx& tx) { return people::resolve(tx, idents, evidence); });
  }
  /// The person these lead to; nobody (0) on an error, which fails the test.
  PersonId person(const std::vector<Ident>& idents) {
    auto got = resolve(idents);
    EXPECT_TRUE(got) << got.error().code << " " << got.error().detail;
    return got ? got->person : PersonId{};
  }
  PersonId root(PersonId node) {
    return read([&](Tx& tx) { return root_of(tx, node); }).value_or(PersonId{});
  }
  Result<PersonId> merge(PersonId into, PersonId from, std::int64_t by_user = 0) {
    return write([&](Tx& tx) { return people::merge(tx, {.into = into, .from = from, .evidence = "test", .by_user = by_user}); });
  }
  Result<> unmerge(PersonId node, std::int64_t by_user = 0) {
    return write([&](Tx& tx) { return people::unmerge(tx, node, "test", by_user); });
  }
  std::int64_t orphans() {
    return read([](Tx& tx) { return people::orphans(tx); }).value_or(-1);
  }
  static Schemas with(Schemas more) {
    more.insert(more.begin(), {store::schema(), events::schema(), people::schema()});
    return more;
  }
  void pass_days(int days) { clock().advance(std::chrono::days(days)); }
};

}  // namespace koi::people
