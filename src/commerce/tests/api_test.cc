#include "commerce/tests/desk_call.h"
#include "commerce/tests/shop_world.h"

namespace koi::commerce::testing {
namespace {

using koi::testing::DeskCall;

const Scope kAll = Scope::everything("test");

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr const char* kTwo = R"([
  {"order_no":"A1","at":"2026-03-01T10:00:00Z","buyer":{"phone":"13800001111"},
   "lines":[{"sku":"TEA","title":"Longjing","quantity":2,"unit_price_fen":5000,"amount_fen":10000}],
   "payments":[{"pay_no":"P1","amount_fen":10000,"at":"2026-03-01T10:01:00Z"}],
   "refunds":[{"refund_no":"R1","amount_fen":2500,"at":"2026-03-05T10:00:00Z","reason":"broken"}]},
  {"order_no":"","at":"2026-03-01T10:00:00Z","total_fen":100},
  {"order_no":"A2","at":"2026-03-02T10:00:00Z","status":"lost","total_fen":100}])";

TEST(OrdersApi, TakesWhatIsGoodAndNamesWhatIsNot) {
  ShopWorld w;
  const auto first = DeskCall(w.db(), kAll, kTwo).send(routes(), "POST", "/v1/orders");
  EXPECT_TRUE(has(first, R"("order_no":"A1","outcome":"created")")) << first;
  EXPECT_TRUE(has(first, R"("outcome":"refused")")) << first;
  EXPECT_TRUE(has(first, "commerce.no_order_no") && has(first, "commerce.bad_status")) << first;
  const auto again = DeskCall(w.db(), kAll, kTwo).send(routes(), "POST", "/v1/orders");
  EXPECT_TRUE(has(again, R"("order_no":"A1","outcome":"unchanged")")) << again;
  EXPECT_EQ(w.count("shop_order"), 1);
  EXPECT_EQ(w.number("SELECT net_fen FROM shop_order"), 7500);
  const auto one = DeskCall(w.db(), kAll, R"({"order_no":"A3","at":"2026-03-02T10:00:00Z"})").send(routes(), "POST", "/v1/orders");
  EXPECT_EQ(one.substr(0, 17), "commerce.no_lines");
}

TEST(OrdersApi, ListsPageByPageWithinTheScope) {
  ShopWorld w;
  const auto mine = w.person("a"), other = w.person("b");
  for (int i = 0; i < 7; ++i) {
    auto in = an_order(std::to_string(i), i % 2 == 0 ? mine : other, day(i), 100 + i);
    in.store = i < 4 ? "north" : "south";
    ASSERT_TRUE(w.order(in));
  }
  w.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec("UPDATE person SET owner_staff_id = 77, unit_path = '/1/12/' WHERE id = $1", mine));
    TRY(tx.exec("UPDATE person SET owner_staff_id = 78, unit_path = '/1/13/' WHERE id = $1", other));
    return {};
  });
  struct { Scope scope; int want; } const scopes[] = {
      {kAll, 7}, {Scope::of(Reach::own, StaffId{77}, "/1/12/"), 4}, {Scope::of(Reach::own, StaffId{9}, "/1/12/"), 0},
      {Scope::of(Reach::store, StaffId{9}, "/1/13/"), 3}, {Scope::of(Reach::region, StaffId{9}, "/1/"), 7},
      {Scope::of(Reach::team, StaffId{9}, ""), 0}};
  for (const auto& s : scopes) {
    OrderFilter filter;
    filter.limit = 2;
    std::vector<std::int64_t> seen;
    for (;;) {
      auto page = w.read([&](Tx& tx) { return list_orders(tx, s.scope, filter); });
      ASSERT_TRUE(page) << outcome(page);
      for (const auto& row : *page) seen.push_back(to_ms(row.ordered_at));
      if (page->size() < 2) break;
      filter.before = {page->back().ordered_at, page->back().id};
    }
    EXPECT_EQ(static_cast<int>(seen.size()), s.want);
    EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
  }
  auto south = w.read([&](Tx& tx) { OrderFilter f; f.store = "south"; return list_orders(tx, kAll, f); });
  EXPECT_EQ(south->size(), 3u);
  auto by_no = w.read([&](Tx& tx) { OrderFilter f; f.order_no = "3"; return list_orders(tx, kAll, f); });
  ASSERT_EQ(by_no->size(), 1u);
  EXPECT_FALSE((*by_no)[0].first_order);
  const auto id = to_text((*by_no)[0].id);
  const auto shown = DeskCall(w.db(), kAll).at("order", id).send(routes(), "GET", "/v1/orders/{order}");
  EXPECT_TRUE(has(shown, R"("sku":"TEA-1","title":"Tieguanyin")")) << shown;
  const auto hidden = DeskCall(w.db(), Scope::of(Reach::own, StaffId{77}, "")).at("order", id).send(routes(), "GET", "/v1/orders/{order}");
  EXPECT_EQ(hidden.substr(0, 17), "commerce.no_order");
  const auto his = DeskCall(w.db(), kAll).at("person", to_text(other)).with("limit", "1").send(routes(), "GET", "/v1/people/{person}/orders");
  EXPECT_TRUE(has(his, R"("order_no":"5")") && !has(his, R"("next":null)")) << his;
  const auto products = DeskCall(w.db(), kAll).with("code", "TEA").send(routes(), "GET", "/v1/products");
  EXPECT_TRUE(has(products, "TEA-1")) << products;
}

}  // namespace
}  // namespace koi::commerce::testing
