#include <algorithm>
#include <map>
#include <random>

#include "people/attributes.h"
#include "people/profile.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

constexpr int kSequences = 1000, kPeople = 5, kSteps = 8;

/// Everything about these nodes that merging may touch, as text; all their rows stand on one of them.
Result<std::string> merge_sim_snapshot(Tx& tx, const std::vector<PersonId>& nodes) {
  std::string in;
  for (const auto node : nodes) in += (in.empty() ? "" : ",") + std::to_string(node.v);
  std::vector<std::string> queries = {
      "SELECT CAST(id AS TEXT) || '|' || CAST(COALESCE(merged_into, 0) AS TEXT) || '|' || CAST(COALESCE(owner_staff_id, 0) AS TEXT) "
      "|| unit_path || '|' || COALESCE(channel, '-') || '|' || COALESCE(member_no, '-') || '|' || CAST(borrowed AS TEXT) "
      "FROM person WHERE id IN (" + in + ") AND merged_into IS NULL ORDER BY id",
      "SELECT CAST(id AS TEXT) || '>' || CAST(merged_into AS TEXT) FROM person WHERE id IN (" + in +
      ") AND merged_into IS NOT NULL ORDER BY id",
      "SELECT CAST(person_id AS TEXT) || '|' || CAST(attribute_id AS TEXT) || '|' || value || '|' || CAST(origin_id AS TEXT) "
      "|| '|' || source || CAST(at AS TEXT) FROM person_attribute WHERE person_id IN (" + in + ") ORDER BY person_id, attribute_id",
      "SELECT ns || value || '|' || CAST(person_id AS TEXT) || '|' || CAST(origin_id AS TEXT) FROM identifier WHERE person_id IN (" +
      in + ") ORDER BY ns, value",
  };
  for (const auto& table : followers())
    queries.push_back("SELECT CAST(person_id AS TEXT) || '<' || CAST(origin_id AS TEXT) FROM " + table + " WHERE person_id IN (" + in +
                      ") ORDER BY 1");
  std::string out;
  for (const auto& sql : queries) {
    TRY(const auto rows, tx.all<std::string>(sql));
    for (const auto& row : rows) out += row + "\n";
    out += "--\n";
  }
  return out;
}

/// Five people with identifiers, attributes of every rule and facts of their own.
Result<std::vector<PersonId>> merge_sim_people(Tx& tx, std::mt19937_64& rng, int sequence) {
  std::vector<PersonId> out;
  for (int i = 0; i < kPeople; ++i) {
    const auto name = std::to_string(sequence) + "-" + std::to_string(i);
    std::vector<Ident> idents{{"order_buyer:s", name}, {"anon:web", name}};
    if (rng() % 2 == 0) idents.push_back({"email", "e" + name + "@example.com"});
    TRY(const auto got, resolve(tx, idents, "sim"));
    out.push_back(got.person);
    SetAttributes said{.person = got.person, .values = {}, .source = "import:" + std::to_string(rng() % 3), .at = from_ms(static_cast<std::int64_t>(rng() % 1000) + 1)};
    if (rng() % 2 == 0) said.values.emplace_back("name", "人" + name);
    if (rng() % 2 == 0) said.values.emplace_back("city", "城" + std::to_string(rng() % 4));
    if (rng() % 2 == 0) said.values.emplace_back("sim_high", std::to_string(rng() % 9));
    if (rng() % 2 == 0) said.values.emplace_back("sim_set", "a" + std::to_string(rng() % 4) + ",b");
    if (rng() % 2 == 0) said.values.emplace_back("sim_long", std::string(rng() % 5 + 1, 'x'));
    TRY(set_attributes(tx, said));
    if (rng() % 2 == 0)
      TRY(tx.exec("UPDATE person SET owner_staff_id = $2, unit_path = $3 WHERE id = $1", got.person, static_cast<std::int64_t>(rng() % 5 + 1), "/1/"));
    if (rng() % 3 == 0) TRY(tx.exec("UPDATE person SET channel = $2 WHERE id = $1", got.person, "c" + std::to_string(rng() % 3)));
  }
  return out;
}

Result<> merge_sim_definitions(Tx& tx) {
  TRY(define_attribute(tx, {.key = "sim_high", .type = "number", .zh = "高", .en = "High", .rule = "max"}));
  TRY(define_attribute(tx, {.key = "sim_set", .type = "multi", .zh = "集", .en = "Set", .rule = "union"}));
  TRY(define_attribute(tx, {.key = "sim_long", .type = "text", .zh = "长", .en = "Long", .rule = "longest", .sensitive = true}));
  return {};
}

/// Random merges, each undone in reverse: after each unmerge the world is as it was before its merge.
Result<> merge_sim_there_and_back(Tx& tx, std::mt19937_64& rng, int sequence) {
  TRY(const auto people, merge_sim_people(tx, rng, sequence));
  struct Step { PersonId node; std::string before; };
  std::vector<Step> done;
  for (int i = 0; i < kPeople - 1; ++i) {
    TRY(const auto into, root_of(tx, people[rng() % kPeople]));
    TRY(const auto from, root_of(tx, people[rng() % kPeople]));
    if (into == from) continue;
    TRY(auto before, merge_sim_snapshot(tx, people));
    TRY(merge(tx, {.into = into, .from = from, .evidence = "sim", .by_user = 1}));
    done.push_back({from, std::move(before)});
  }
  while (!done.empty()) {
    TRY(unmerge(tx, done.back().node, "sim", 1));
    TRY(const auto after, merge_sim_snapshot(tx, people));
    EXPECT_EQ(after, done.back().before) << "sequence " << sequence;
    if (after != done.back().before) return fail(Errc::internal, "test.not_restored");
    done.pop_back();
  }
  return {};
}

/// Merges and unmerges in any order against a plain map of parents.
Result<> merge_sim_any_order(Tx& tx, std::mt19937_64& rng, int sequence) {
  TRY(const auto people, merge_sim_people(tx, rng, sequence));
  TRY(const auto untouched, merge_sim_snapshot(tx, people));
  std::map<PersonId, PersonId> parent;
  const auto root = [&](PersonId node) {
    int hops = 0;
    while (parent.contains(node) && ++hops <= kPeople) node = parent[node];
    EXPECT_LE(hops, kPeople) << "a ring";
    return node;
  };
  for (int step = 0; step < kSteps; ++step) {
    const auto a = people[rng() % kPeople], b = people[rng() % kPeople];
    if (rng() % 5 < 3) {
      TRY(merge(tx, {.into = a, .from = b, .evidence = "sim", .by_user = 1}));
      if (root(a) != root(b)) parent[root(b)] = root(a);
    } else {
      const auto cut = unmerge(tx, a, "sim", 1);
      EXPECT_EQ(testing::outcome(cut), parent.contains(a) ? "ok" : "people.not_merged");
      parent.erase(a);
    }
    for (const auto node : people) {
      TRY(const auto got, root_of(tx, node));
      EXPECT_EQ(got, root(node)) << "sequence " << sequence << " step " << step;
    }
  }
  for (const auto node : people)
    if (parent.contains(node)) { TRY(unmerge(tx, node, "sim", 1)); }
  TRY(const auto after, merge_sim_snapshot(tx, people));
  EXPECT_EQ(after, untouched) << "sequence " << sequence;
  return {};
}

TEST(MergeSim, AThousandSequencesRestoreTheExactEarlierState) {
  Pond w;
  std::mt19937_64 rng(20261122);
  const auto defined = w.write([](Tx& tx) { return merge_sim_definitions(tx); });
  ASSERT_TRUE(defined) << defined.error().code << " " << defined.error().detail;
  for (int sequence = 0; sequence < kSequences && !::testing::Test::HasFailure(); ++sequence) {
    const auto done = w.write([&](Tx& tx) {
      return sequence % 2 == 0 ? merge_sim_there_and_back(tx, rng, sequence) : merge_sim_any_order(tx, rng, sequence);
    });
    ASSERT_TRUE(done) << sequence << " " << done.error().code << " " << done.error().detail;
    w.clock().advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(w.orphans(), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM person_redirect WHERE revoked_at IS NULL"), 0);
}

/// Which identifiers stand together after some calls: people by the order they are first met.
Result<std::string> merge_sim_partition(Tx& tx, std::vector<std::vector<Ident>> calls, std::uint64_t shuffle) {
  std::mt19937_64 rng(shuffle);
  std::map<PersonId, std::size_t> met;
  std::string out;
  for (auto& call : calls) {
    if (shuffle != 0) std::ranges::shuffle(call, rng);
    TRY(const auto got, resolve(tx, call, "sim"));
    out += std::to_string(met.try_emplace(got.person, met.size()).first->second) + (got.merged ? "m" : "") + (got.conflict ? "c" : "") + " ";
  }
  for (const auto& call : calls) {
    auto sorted = call;
    std::ranges::sort(sorted, {}, [](const Ident& i) { return i.ns + i.value; });
    for (const auto& ident : sorted) {
      TRY(const auto who, find(tx, ident));
      out += who ? std::to_string(met.try_emplace(*who, met.size()).first->second) : "-";
    }
  }
  return out;
}

TEST(MergeSim, TheOrderOfIdentifiersDoesNotMatter) {
  Pond w;
  constexpr const char* kNames[] = {"member_no", "wx_unionid", "wx_openid:a", "phone_e164", "email", "order_buyer:s", "anon:web"};
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    std::mt19937_64 rng(seed);
    std::vector<std::vector<Ident>> calls(12);
    for (auto& call : calls)
      for (std::size_t n = rng() % 4 + 1; n > 0; --n) {
        const std::string ns = kNames[rng() % std::size(kNames)], digit = std::to_string(rng() % 5 + 1);
        const auto value = ns == "phone_e164" ? "1381234567" + digit : ns == "email" ? "e" + digit + "@example.com" : "v" + digit;
        call.push_back({ns, value, rng() % 6 != 0});
      }
    std::vector<std::string> seen;
    for (const std::uint64_t shuffle : {0, 1, 2, 3}) {
      const auto undone = w.write([&](Tx& tx) -> Result<> {
        TRY(auto partition, merge_sim_partition(tx, calls, shuffle));
        seen.push_back(std::move(partition));
        return fail(Errc::invalid, "test.undo");
      });
      ASSERT_EQ(testing::outcome(undone), "test.undo") << undone.error().detail;
    }
    ASSERT_EQ(seen.size(), 4U) << seed;
    for (const auto& one : seen) ASSERT_EQ(one, seen[0]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace koi::people
