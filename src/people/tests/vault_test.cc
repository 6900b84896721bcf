#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "people/attributes.h"
#include "people/graph.h"
#include "people/profile.h"
#include "people/tests/pond.h"
#include "people/vault.h"

namespace koi::people {
namespace {

TEST(Mask, ShowsEnoughToRecogniseAndNoMore) {
  struct { const char *field, *clear, *want; } const rows[] = {
      {"phone", "+8613812345678", "138****5678"}, {"phone", "13812345678", "138****5678"}, {"phone", "+14155550100", "+141****0100"},
      {"phone", "123456", "****56"},              {"name", "张三", "张*"},                 {"name", "张", "张*"},
      {"name", "王小明", "王**"},                 {"name", "欧阳娜娜", "欧阳**"},          {"name", "欧阳", "欧*"},
      {"name", "John Smith", "J***"},             {"email", "zoe@example.com", "z***@example.com"}, {"email", "x", "***"},
      {"birthday", "1990-05-17", "****-05-17"},   {"note", "秘密", "秘***"},               {"name", "", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(mask(row.field, row.clear), row.want) << row.clear;
}

struct VaultWorld : Pond {
  PersonId p = person({{"phone_e164", "13812345678"}, {"email", "canary@example.com"}});
  store::Author who{.kind = "user", .id = 7, .name = "u"};
  Result<> name(const std::string& text) {
    return write([&](Tx& tx) { return set_attributes(tx, {.person = p, .values = {{"name", text}}, .source = "form:1"}); });
  }
  Result<std::string> show(const std::string& field, const std::string& reason = "call back",
                           const Scope& scope = Scope::everything("test")) {
    return write([&](Tx& tx) { return reveal(tx, scope, {.person = p, .field = field, .reason = reason, .by = who}); });
  }
};

TEST(Reveal, NeedsAReasonARightAndLeavesATrace) {
  VaultWorld w;
  ASSERT_TRUE(w.name("王小明"));
  struct { const char *field, *reason, *want; } const rows[] = {
      {"name", "call back", "王小明"}, {"phone", "call back", "+8613812345678"}, {"email", "call back", "canary@example.com"},
      {"name", " ", "people.no_reason"}, {"birthday", "gift", "people.nothing_to_reveal"}, {"city", "x", "people.unknown_attribute"},
  };
  for (const auto& row : rows) {
    const auto got = w.show(row.field, row.reason);
    EXPECT_EQ(got ? *got : got.error().code, row.want) << row.field;
  }
  EXPECT_EQ(testing::outcome(w.show("name", "x", Scope::of(Reach::own, StaffId{9}, "/9/"))), "people.not_found");
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM audit_log WHERE action = 'person.reveal'"), 3);
}

TEST(Reveal, FiftyADayAndUser) {
  VaultWorld w;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(w.show("phone")) << i;
  EXPECT_EQ(testing::outcome(w.show("phone")), "people.reveal_cap");
  w.who.id = 8;
  EXPECT_EQ(testing::outcome(w.show("phone")), "ok");
  w.who.id = 7;
  w.pass_days(2);
  EXPECT_EQ(testing::outcome(w.show("phone")), "ok");
}

TEST(Vault, TheMasterKeyIsAFileOnlyItsOwnerReads) {
  VaultWorld w;
  struct stat file {};
  ASSERT_EQ(::stat((w.dir() + "/keys/master").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  EXPECT_EQ(file.st_size, 32);
  w.reopen();
  EXPECT_EQ(w.show("phone").value_or(""), "+8613812345678");
}

/// Every byte the store keeps on disk.
std::string vault_test_bytes(const std::string& dir) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

TEST(Erase, LeavesNoNameBehindAndKeepsTheTotals) {
  VaultWorld w;
  ASSERT_TRUE(w.name("金丝雀某"));
  const auto other = w.person({{"wx_openid:x", "canaryopenid"}});
  ASSERT_TRUE(w.merge(other, w.p));
  ASSERT_TRUE(w.write([&](Tx& tx) { return tx.exec("UPDATE person SET orders = 3, paid_fen = 900 WHERE id = $1", other); }));
  EXPECT_EQ(vault_test_bytes(w.dir()).find("canary@example.com"), std::string::npos) << "sealed from the start";
  EXPECT_EQ(vault_test_bytes(w.dir()).find("金丝雀某"), std::string::npos);

  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, w.p); }));
  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, w.p); })) << "repeat-safe";
  for (const auto* table : {"person_key", "identifier", "identifier_past", "attribute_value", "attribute_history", "person_attribute"})
    EXPECT_EQ(w.count(table), 0) << table;
  EXPECT_EQ(w.number("SELECT paid_fen FROM person WHERE merged_into IS NULL"), 900);
  EXPECT_EQ(testing::outcome(w.show("phone")), "people.nothing_to_reveal");
  const auto log = w.read([](Tx& tx) { return events::after(tx, 0, 10); });
  ASSERT_TRUE(log);
  EXPECT_EQ(log->back().kind, "data_erased");
  EXPECT_EQ(std::ranges::count(*log, "data_erased", &events::Stored::kind), 1);

  const auto again = w.resolve({{"phone_e164", "13812345678"}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->created) << "who comes back is somebody new";
  EXPECT_EQ(testing::outcome(w.merge(again->person, other, 7)), "people.erased");
}

TEST(IdentityGraph, ShowsNodesIdentifiersAndWhatWasUndone) {
  Pond w;
  const auto a = w.person({{"wx_openid:x", "o1"}}), b = w.person({{"phone_e164", "13812345678"}});
  ASSERT_TRUE(w.merge(a, b, 7));
  const auto graph = [&](PersonId who, const Scope& scope) { return w.read([&](Tx& tx) { return identity_graph(tx, scope, who); }); };
  const auto one = graph(b, Scope::everything("test"));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->person, a);
  ASSERT_EQ(one->nodes.size(), 2U);
  ASSERT_EQ(one->identifiers.size(), 2U);
  EXPECT_EQ(one->identifiers[0].ns, "wx_openid:x");
  EXPECT_EQ(one->identifiers[1].value, "138****5678");
  EXPECT_EQ(one->identifiers[1].node, b);
  ASSERT_EQ(one->edges.size(), 1U);
  ASSERT_TRUE(w.unmerge(b, 7));
  const auto two = graph(a, Scope::everything("test"));
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->edges.empty());
  EXPECT_EQ(two->undone.size(), 1U);
  EXPECT_EQ(testing::outcome(graph(a, Scope::of(Reach::own, StaffId{9}, "/9/"))), "people.not_found");
}

}  // namespace
}  // namespace koi::people
