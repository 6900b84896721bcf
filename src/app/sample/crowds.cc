#include "app/sample/crowds.h"

#include "events/columns/columns.h"
#include "segments/keep.h"
#include "segments/lists.h"
#include "segments/live.h"
#include "segments/packs.h"
#include "segments/survey.h"

namespace koi::app {

namespace {

constexpr std::string_view kPack = R"(segment "新客未下单" asked {
  description "来了一个月以内,还没有买过"
  created_at in last 30d and orders = 0
}
segment "逛了没买" live {
  description "一周里看过商品,没有付款"
  did(product_viewed within last 7d) and not did(order_paid within last 7d)
}
segment "加购未付款" asked {
  description "加进购物车后一天里没有付款"
  did(cart_added within last 7d without order_paid within 24h after)
}
segment "高价值沉睡" live tag "运营/高价值沉睡" {
  description "累计花了不少,两个月没有来"
  paid >= 200元 and no order_paid for 60d
}
segment "带来朋友的老客" asked {
  description "买过两次以上,还带来过朋友"
  orders >= 2 and referrals(1) >= 1
}
segment "可触达的活跃会员" live {
  description "近一个月买过,允许企业微信营销"
  did(order_paid within last 30d) and reachable("wecom", "marketing")
}
tiers "会员分层" live {
  tier "钻石" {
    description "一年里花了五百元以上"
    sum(order_paid.amount within last 365d) >= 500元
  }
  tier "金卡" {
    sum(order_paid.amount within last 365d) >= 200元
  }
  tier "普卡" {
    orders >= 1
  }
}
)";
constexpr std::string_view kBest = "SELECT id FROM person WHERE merged_into IS NULL AND erased_at IS NULL AND orders > 0 ORDER BY paid_fen DESC, id LIMIT $1";
constexpr int kGuests = 40;

Result<> invite_guests(Tx& tx) {
  TRY(const auto list, segments::create_list(tx, "春茶品鉴会", "门店邀请的客人"));
  segments::Meant guests;
  TRY(guests.people, tx.all<PersonId>(kBest, kGuests));
  TRY(segments::add_to_list(tx, list.id, guests));
  return {};
}

}  // namespace

Result<> draw_segments(Db& db) {
  TRY(const auto brought, db.write([](Tx& tx) -> Result<segments::Imported> {
    TRY(invite_guests(tx));
    return segments::import_pack(tx, kPack, "sample", false);
  }));
  for (const auto& line : brought.lines)
    if (line.result == segments::PackResult::error) return fail(Errc::internal, "sample.segments", line.name + ": " + line.code + " " + line.detail);
  TRY(events::columns::settle(db));
  struct Taken { segments::Rule rule; std::vector<std::int64_t> people; };
  TRY(const auto taken, db.read([](Tx& tx) -> Result<Taken> {
    TRY(const auto segment, segments::find_segment(tx, "加购未付款"));
    TRY(auto rule, segments::rule_of(tx, segment.id));
    TRY(const auto survey, segments::Survey::begin(tx, Scope::everything("sample")));
    TRY(const auto people, survey->people(rule));
    return Taken{std::move(rule), survey->nodes(people)};
  }));
  TRY(db.write([&](Tx& tx) { return segments::create_snapshot(tx, {"召回活动名单", "加购未付款的人,活动开始那一刻", taken.rule, taken.people, "sample"}); }));
  return segments::settle_live(db);  // sizes are there when somebody looks for the first time
}

}  // namespace koi::app
