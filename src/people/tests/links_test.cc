#include "people/links.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

constexpr std::string_view kNs = "user_id:app";

Result<> set(Tx& tx, std::string_view value, std::int64_t person) {
  TRY(const auto link, add_link(tx, {.name = link_name(kNs, value), .person = PersonId{person}, .evidence = "test"}));
  return link ? Result<>{} : fail(Errc::conflict, "test.taken");
}

std::int64_t owner(Pond& p, std::string_view value) {
  const auto link = p.read([&](Tx& tx) { return find_link(tx, link_name(kNs, value)); });
  EXPECT_TRUE(link) << testing::outcome(link);
  return link && *link ? (*link)->person.v : 0;
}

void expect_all_found(Pond& p) {
  const auto lost = p.read([](Tx& tx) { return lost_links(tx); });
  ASSERT_TRUE(lost) << testing::outcome(lost);
  EXPECT_EQ(*lost, 0);
}

TEST(Links, AreFoundAgainWhereTheyWereTakenOffAndAfterARestart) {
  Pond p;
  ASSERT_TRUE(p.write([](Tx& tx) -> Result<> {
    for (int i = 1; i <= 50; ++i) TRY(set(tx, "u" + std::to_string(i), i));
    TRY(end_link(tx, link_name(kNs, "u7"), "by hand"));
    return end_link(tx, link_name(kNs, "u50"), "by hand");
  }));
  EXPECT_EQ(owner(p, "u7"), 0);
  EXPECT_EQ(owner(p, "u50"), 0);
  EXPECT_EQ(owner(p, "u8"), 8);
  ASSERT_TRUE(p.write([](Tx& tx) -> Result<> {
    TRY(set(tx, "u7", 107));
    TRY(set(tx, "u51", 51));
    return set(tx, "u50", 150);
  }));
  for (const bool restarted : {false, true}) {
    if (restarted) p.reopen();
    EXPECT_EQ(owner(p, "u7"), 107) << restarted;
    EXPECT_EQ(owner(p, "u50"), 150) << restarted;
    EXPECT_EQ(owner(p, "u51"), 51) << restarted;
    EXPECT_EQ(owner(p, "u9"), 9) << restarted;
    expect_all_found(p);
  }
}

TEST(Links, OfAnUndoneOperationLeaveNothingBehind) {
  Pond p;
  ASSERT_TRUE(p.write([](Tx& tx) { return set(tx, "kept", 1); }));
  EXPECT_FALSE(p.write([](Tx& tx) -> Result<> {
    TRY(set(tx, "gone", 2));
    TRY(end_link(tx, link_name(kNs, "kept"), "by hand"));
    return fail(Errc::conflict, "test.undo");
  }));
  EXPECT_EQ(owner(p, "gone"), 0);
  EXPECT_EQ(owner(p, "kept"), 1);
  ASSERT_TRUE(p.write([](Tx& tx) { return set(tx, "gone", 3); }));
  EXPECT_EQ(owner(p, "gone"), 3);
  expect_all_found(p);
}

}  // namespace
}  // namespace koi::people
