/// A store with people, ties and orders for the tests of this room.
#pragma once
#include "commerce/commerce.h"
#include "commerce/tests/desk_call.h"
#include "entry/entry.h"
#include "events/events.h"
#include "insight/drill.h"
#include "insight/insight.h"
#include "people/people.h"
#include "people/profile.h"
#include "segments/segments.h"
#include "tests/support/world.h"

namespace koi::insight::testing {

using koi::testing::DeskCall;
using koi::testing::outcome;

class PondWorld : public koi::testing::World {
 public:
  PondWorld()
      : World({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(),
               insight::schema()}) {
    check(write([](Tx& tx) { return events::install_catalogue(tx); }));
  }
  template <class T>
  void check(const Result<T>& r) { EXPECT_TRUE(r) << outcome(r) << " " << (r ? "" : r.error().detail); }

  PersonId person(const std::string& no) {
    auto found = write([&](Tx& tx) { return resolve(tx, no); });
    check(found);
    return found.value_or(PersonId{});
  }
  static Result<PersonId> resolve(Tx& tx, const std::string& no) {
    const people::Ident ident{"order_buyer:test", no, true};
    TRY(const auto got, people::resolve(tx, std::span(&ident, 1), "test"));
    return got.person;
  }
  void order(const std::string& no, PersonId who, Instant at, std::int64_t fen, const std::string& status = "paid") {
    check(write([&](Tx& tx) { return commerce::upsert_order(tx, order_in(no, who, at, fen, status)); }));
  }
  static commerce::OrderIn order_in(const std::string& no, PersonId who, Instant at, std::int64_t fen,
                                    const std::string& status = "paid") {
    commerce::OrderIn in;
    in.source = "test";
    in.order_no = no;
    in.person = who;
    in.at = at;
    in.total = Fen{fen};
    in.status = status;
    return in;
  }
  void friend_of(PersonId who, std::int64_t staff, const std::string& state, Instant at) {
    check(write([&](Tx& tx) { return people::relate(tx, {who, "staff", staff, state, "wecom", "code:1", at}); }));
  }
  void consent(PersonId who, bool granted, Instant at) {
    check(write([&](Tx& tx) { return people::record_consent(tx, {who, "wecom", "marketing", granted, "form:1", "v1", at}); }));
  }
  std::string ask(std::string_view name, std::string_view spec = "{}") {
    auto got = read([&](Tx& tx) { return query_json(tx, name, spec); });
    check(got);
    return got.value_or("");
  }
};

}  // namespace koi::insight::testing
