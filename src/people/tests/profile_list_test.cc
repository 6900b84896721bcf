#include <algorithm>
#include <random>
#include <set>

#include "people/list.h"
#include "people/pinyin.h"
#include "people/profile.h"
#include "people/search.h"
#include "people/tests/pond.h"
#include "people/timeline.h"

namespace koi::people {
namespace {

/// One person as the test knows it: what lists are compared with.
struct ListFact {
  PersonId id;
  std::int64_t orders = 0, paid = 0, last_paid = 0, owner = 0;
  std::string stage, store, channel, path;
  std::set<int> tags;
};

class ListPond : public Pond {
 public:
  explicit ListPond(std::uint64_t seed, int people = 300) : Pond(seed), rng_(seed) {
    for (const char* name : {"a", "b", "c", "d"})
      tags_.push_back(write([&](Tx& tx) { return create_tag(tx, {.name = name}); })->id);
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      for (int i = 0; i < people; ++i) { TRY(add(tx, i)); }
      return {};
    }));
  }
  std::vector<ListFact> facts;
  std::vector<TagId> tags_;

  Filter random_filter() {
    Filter f;
    if (chance(3)) f.stage = {static_cast<Stage>(rng_() % 5)};
    else if (chance(6)) f.stage = {Stage::new_, Stage::lost};
    if (chance(4)) f.store = "s" + std::to_string(rng_() % 4);
    if (chance(4)) f.channel = "c" + std::to_string(rng_() % 3);
    if (chance(6)) f.owner = StaffId{static_cast<std::int64_t>(rng_() % 6 + 1)};
    if (chance(5)) f.orders_min = static_cast<std::int64_t>(rng_() % 4);
    if (chance(6)) f.orders_max = static_cast<std::int64_t>(rng_() % 5);
    if (chance(5)) f.paid_fen_min = static_cast<std::int64_t>(rng_() % 5000);
    if (chance(6)) f.last_paid_from = from_ms(static_cast<std::int64_t>(1000 + rng_() % 5000));
    if (chance(4)) f.tag_any = {tag(), tag()};
    if (chance(5)) f.tag_all = {tag(), tag()};
    if (chance(6)) f.tag_none = {tag()};
    return f;
  }
  Scope random_scope() {
    switch (rng_() % 5) {
      case 0: return Scope::everything("test");
      case 1: return Scope::of(Reach::own, StaffId{static_cast<std::int64_t>(rng_() % 7)}, "/1/");
      default: return Scope::of(static_cast<Reach>(1 + rng_() % 3), StaffId{1}, random_path());
    }
  }
  bool chance(unsigned n) { return rng_() % n == 0; }

  std::vector<PersonId> expected(const Scope& scope, const Filter& f, SortBy sort) const {
    std::vector<ListFact> found;
    for (const auto& x : facts)
      if (scope.covers(StaffId{x.owner}, x.path) && fits(x, f)) found.push_back(x);
    std::ranges::sort(found, std::greater{}, [&](const ListFact& x) {
      const auto key = sort == SortBy::created || x.orders == 0 ? 0 : sort == SortBy::paid ? x.paid : x.last_paid;
      return std::tuple(sort == SortBy::created || x.orders > 0, key, x.id.v);
    });
    std::vector<PersonId> out;
    for (const auto& x : found) out.push_back(x.id);
    return out;
  }

 private:
  TagId tag() { return tags_[rng_() % tags_.size()]; }
  std::string random_path() {
    std::string path = "/1/";
    for (auto depth = rng_() % 3; depth > 0; --depth) path += std::to_string(rng_() % 2 == 0 ? 1 : 12) + "/";
    return path;
  }
  Result<> add(Tx& tx, int i) {
    const std::vector<Ident> who{{"order_buyer:list", "x" + std::to_string(i + 1)}};
    TRY(const auto made, people::resolve(tx, who, "test"));
    ListFact x{.id = made.person, .stage = {}, .store = {}, .channel = {}, .path = {}, .tags = {}};
    x.orders = chance(3) ? 0 : static_cast<std::int64_t>(rng_() % 4);
    if (x.orders > 0) { x.paid = static_cast<std::int64_t>(rng_() % 40) * 200; x.last_paid = static_cast<std::int64_t>(1000 + rng_() % 60 * 100); }
    x.stage = kStageNames[rng_() % 5];
    x.store = "s" + std::to_string(rng_() % 4);
    x.channel = "c" + std::to_string(rng_() % 3);
    if (!chance(5)) { x.owner = static_cast<std::int64_t>(rng_() % 6 + 1); x.path = random_path(); }
    TRY(tx.exec("UPDATE person SET orders = $2, paid_fen = $3, last_paid_at = $4, stage = $5, store = $6, channel = $7, "
                "owner_staff_id = $8, unit_path = $9 WHERE id = $1",
                x.id, x.orders, x.paid, x.orders > 0 ? std::optional(x.last_paid) : std::nullopt, x.stage, x.store, x.channel,
                StaffId{x.owner}, x.path));
    for (int t = 0; t < 4; ++t) {
      if (!chance(3)) continue;
      x.tags.insert(t);
      TRY(give_tag(tx, {x.id, tags_[static_cast<std::size_t>(t)], "manual", {}, {}, {}}));
    }
    facts.push_back(std::move(x));
    return {};
  }
  bool holds(const ListFact& x, TagId tag) const {
    return x.tags.contains(static_cast<int>(std::ranges::find(tags_, tag) - tags_.begin()));
  }
  bool fits(const ListFact& x, const Filter& f) const {
    const auto holds_it = [&](TagId t) { return holds(x, t); };
    return (f.stage.empty() || std::ranges::any_of(f.stage, [&](Stage s) { return stage_name(s) == x.stage; })) &&
           (!f.store || *f.store == x.store) && (!f.channel || *f.channel == x.channel) && (!f.owner || f.owner->v == x.owner) &&
           (!f.orders_min || x.orders >= *f.orders_min) && (!f.orders_max || x.orders <= *f.orders_max) &&
           (!f.paid_fen_min || x.paid >= *f.paid_fen_min) &&
           (!f.last_paid_from || (x.orders > 0 && x.last_paid >= to_ms(*f.last_paid_from))) &&
           (f.tag_any.empty() || std::ranges::any_of(f.tag_any, holds_it)) && std::ranges::all_of(f.tag_all, holds_it) &&
           std::ranges::none_of(f.tag_none, holds_it);
  }
  std::mt19937_64 rng_;
};

/// All pages put together.
Result<std::vector<PersonId>> list_all(ListPond& w, const Scope& scope, const Filter& filter, SortBy sort, int limit) {
  return w.read([&](Tx& tx) -> Result<std::vector<PersonId>> {
    std::vector<PersonId> out;
    Place place;
    for (int pages = 0; pages < 1000; ++pages) {
      TRY(const auto page, list_people(tx, scope, filter, sort, place, limit));
      for (const auto& row : page.rows) out.push_back(row.id);
      if (!page.next) return out;
      place = *page.next;
    }
    return fail(Errc::internal, "test.endless");
  });
}

class ListSim : public ::testing::TestWithParam<unsigned> {};
TEST_P(ListSim, FiltersScopesOrdersAndPagesEqualBruteForce) {
  ListPond w(GetParam());
  for (int i = 0; i < 60; ++i) {
    const auto filter = w.random_filter();
    const auto scope = w.random_scope();
    const auto sort = static_cast<SortBy>(i % 3);
    const auto got = list_all(w, scope, filter, sort, 7 + i % 50);
    ASSERT_TRUE(got) << got.error().code << " " << got.error().detail;
    const auto want = w.expected(scope, filter, sort);
    ASSERT_EQ(*got, want) << "seed " << GetParam() << " step " << i;
    const auto count = w.read([&](Tx& tx) { return count_people(tx, scope, filter); });
    ASSERT_TRUE(count);
    ASSERT_EQ(*count, static_cast<std::int64_t>(want.size()));
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, ListSim, ::testing::Range(1u, 6u));

TEST(Pinyin, ReadsNamesTheWayPeopleTypeThem) {
  struct { const char *name, *joined; } const rows[] = {
      {"张伟", "zhangwei"},        {"单雄信", "shanxiongxin"}, {"单雄信", "danxiongxin"}, {"曾国藩", "zengguofan"},
      {"解缙", "xiejin"},          {"仇英", "qiuying"},        {"区志航", "ouzhihang"},   {"查良镛", "zhaliangyong"},
      {"盖叫天", "gejiaotian"},    {"朴树", "piaoshu"},        {"尉迟恭", "yuchigong"},   {"万俟卨", "moqixie"},
      {"吕布", "lvbu"},            {"吕布", "lubu"},           {"Ann Lee", "annlee"},     {"小李 2 号", "xiaoli2hao"},
      {"ＡＢ张", "abzhang"},
  };
  for (const auto& row : rows) {
    const auto all = readings(row.name);
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Reading& r) { return r.joined == row.joined; })) << row.name << " as " << row.joined;
    EXPECT_LE(all.size(), kReadingsMax);
  }
  EXPECT_TRUE(readings("").empty());
  EXPECT_TRUE(readings("😀").empty());
}

class SearchPond : public Pond {
 public:
  SearchPond() {
    struct { const char *name, *phone; } const people[] = {
        {"张伟", "13812345678"}, {"张小伟", "13912340000"}, {"单雄信", "13700005678"}, {"曾小贤", "13600001111"},
        {"欧阳娜娜", "13500002222"}, {"Ann Lee", "13400003333"}, {"吕小布", "13300004444"}};
    for (const auto& p : people) {
      const auto id = person({{"phone_e164", p.phone}});
      EXPECT_EQ(testing::outcome(write([&](Tx& tx) { return set_attributes(tx, {.person = id, .values = {{"name", p.name}}, .source = "user:1"}); })), "ok");
      names[id] = p.name;
    }
  }
  /// Names found, in the order of the list.
  std::string find_names(const std::string& q) {
    auto page = read([&](Tx& tx) { return list_people(tx, Scope::everything("test"), {.q = q}, SortBy::created, {}, 50); });
    if (!page) return page.error().code;
    std::string out;
    for (const auto& row : page->rows) out += (out.empty() ? "" : " ") + names[row.id];
    return out;
  }
  std::map<PersonId, std::string> names;
};

TEST(Search, FindsByNamePinyinInitialsPhoneMemberAndTag) {
  SearchPond w;
  struct { const char *q, *want; } const rows[] = {
      {"张", "张小伟 张伟"},   {"张伟", "张伟"},       {"小伟", "张小伟"},     {"张小伟", "张小伟"}, {"zhang", "张小伟 张伟"},
      {"zhangw", "张伟"},      {"ZhangXiao", "张小伟"}, {"zw", "张伟"},         {"zxw", "张小伟"},    {"shan", "单雄信"},
      {"dan", "单雄信"},       {"sxx", "单雄信"},      {"zeng", "曾小贤"},     {"oynn", "欧阳娜娜"}, {"ouyang", "欧阳娜娜"},
      {"阳娜", "欧阳娜娜"},    {"ann", "Ann Lee"},     {"al", "Ann Lee"},      {"5678", "单雄信 张伟"}, {"13812345678", "张伟"},
      {"8613812345678", "张伟"}, {"lvxiao", "吕小布"}, {"luxiao", "吕小布"},   {"王", ""},           {"9999", ""},
      {"  张　伟 ", "张伟"},   {"'; DROP TABLE person; --", ""}, {"😀", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(w.find_names(row.q), row.want) << row.q;

  const auto somebody = w.names.begin()->first;
  ASSERT_TRUE(w.write([&](Tx& tx) { return tag_person(tx, {somebody, {"老茶客"}, "manual", {}, true, {}}); }));
  EXPECT_EQ(w.find_names("老茶客"), w.names[somebody]);
}

TEST(Search, ForgetsTheOldNameAndFollowsMerges) {
  SearchPond w;
  const auto a = std::ranges::find_if(w.names, [](auto& n) { return n.second == "张伟"; })->first;
  const auto b = std::ranges::find_if(w.names, [](auto& n) { return n.second == "单雄信"; })->first;
  ASSERT_EQ(testing::outcome(w.merge(a, b, 1)), "ok");
  EXPECT_EQ(w.find_names("shanxiong"), "张伟");  // the root that has him now
  ASSERT_EQ(testing::outcome(w.unmerge(b, 1)), "ok");
  EXPECT_EQ(w.find_names("shanxiong"), "单雄信");
  w.pass_days(1);
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_attributes(tx, {.person = a, .values = {{"name", "李四"}}, .source = "user:1"}); }));
  w.names[a] = "李四";
  EXPECT_EQ(w.find_names("张伟"), "");
  EXPECT_EQ(w.find_names("lisi"), "李四");
  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, a); }));
  EXPECT_EQ(w.find_names("lisi"), "");
  EXPECT_EQ(w.find_names("13812345678"), "");
}

TEST(Timeline, IsOneLineOverAllNodesByGroupAndCursor) {
  Pond w;
  const auto a = w.person({{"wx_openid:x", "a"}}), b = w.person({{"wx_openid:x", "b"}});
  const auto start = w.clock().now();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(w.write([&](Tx& tx) -> Result<> {
      events::Event e;
      e.kind = i % 3 == 0 ? "checkin_done" : "page_viewed";
      e.person = i % 2 == 0 ? a : b;
      e.at = start + std::chrono::minutes(i);
      TRY(events::append(tx, e));
      return {};
    }));
  ASSERT_EQ(testing::outcome(w.merge(a, b, 1)), "ok");
  w.pass_days(1);
  const auto walk = [&](TimelineAsk ask) {
    std::vector<Instant> times;
    for (;;) {
      const auto page = w.read([&](Tx& tx) { return person_timeline(tx, Scope::everything("test"), ask); });
      EXPECT_TRUE(page) << page.error().code;
      for (const auto& item : *page) if (item.kind == "checkin_done" || item.kind == "page_viewed") times.push_back(item.at);
      if (!page || page->size() < static_cast<std::size_t>(ask.limit)) return times;
      ask.before_at = page->back().at;
      ask.before_seq = page->back().seq;
    }
  };
  const auto all = walk({.person = b, .groups = {}, .limit = 7});
  ASSERT_EQ(all.size(), 30u);
  EXPECT_TRUE(std::ranges::is_sorted(all, std::greater{}));
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return person_timeline(tx, Scope::everything("test"), {.person = a, .groups = {"nothing"}}); })), "people.timeline_group");
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return person_timeline(tx, Scope::of(Reach::own, StaffId{3}, "/1/"), {.person = a, .groups = {}}); })), "people.not_found");
}

}  // namespace
}  // namespace koi::people
