#include <gtest/gtest.h>

#include <random>

#include "connect/connect.h"
#include "connect/tests/wechat_bank.h"
#include "connect/wechat/account.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/pay.h"
#include "entry/entry.h"
#include "people/people.h"
#include "store/rows.h"
#include "tests/support/world.h"

namespace koi::connect::wechat {
namespace pay_cases {

using koi::testing::outcome;
using koi::testing::World;
namespace json = boost::json;
using Luck = lab::Bank::Luck;

constexpr std::int64_t kPayNow = 1'795'000'000'000;
const std::string kPaySeal(32, 'p'), kMch = lab::pay_setting_of("mchid");

/// What a later room would have heard: one line for each end.
std::vector<std::string>& heard() {
  static std::vector<std::string> all;
  return all;
}
std::string& deaf() {
  static std::string no;
  return no;
}
Result<> hear(Tx&, const PayNotice& n) {
  if (n.no == deaf()) return fail(Errc::unavailable, "shop.not_now");
  heard().push_back(n.kind + " " + n.no + " " + n.state + " " + std::to_string(n.amount.v));
  return {};
}
const bool kHears = on_paid(hear);

struct Till {
  Till() : w({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()}), bank(w.clock()) {
    EXPECT_TRUE(kHears);
    heard().clear();
    deaf().clear();
    w.set_now_ms(kPayNow);
    desk = std::make_unique<Desk>(w.db(), bank, DeskOptions{.threads = 0, .seal_key = kPaySeal});
    put(true);
  }
  void put(bool public_key) {
    PutAccount cmd{.app = kMch, .kind = "pay", .api_key = lab::pay_setting_of("api_v3_key"), .private_key = lab::pay_setting_of("merchant_private_key_pem"), .serial_no = lab::pay_setting_of("merchant_serial_no")};
    cmd.public_key_id = public_key ? lab::pay_setting_of("platform_key_id") : "";
    cmd.public_key = public_key ? lab::pay_setting_of("platform_public_key_pem") : "";
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return put_account(tx, cmd, kPaySeal); })), "ok");
  }
  static NewPayment order(const std::string& no, std::int64_t fen = 3990) {
    return {.mch = kMch, .appid = "wxfaa587e801ee6691", .out_trade_no = no, .kind = "jsapi", .openid = "oPayer", .description = "示例小店", .attach = "campaign=77", .notify_url = "https://k.example.com/callback/wechat-pay/1903210131", .amount = {fen}};
  }
  NewRefund back(const std::string& no, const std::string& trade, std::int64_t fen) { return {.mch = kMch, .out_refund_no = no, .out_trade_no = trade, .reason = "退货", .amount = {fen}}; }
  std::string start(const std::string& no, std::int64_t fen = 3990) {
    const auto p = start_payment(*desk, order(no, fen));
    return p ? p->state : p.error().code;
  }
  std::string state(const std::string& no) {
    const auto p = w.read([&](Tx& tx) { return find_payment(tx, kMch, no); });
    return p ? p->state : p.error().code;
  }
  /// The whole way of a notice, without the wire.
  std::string tell(const lab::Notice& n) {
    const auto host = desk->pay(kMch);
    const auto opened = (*host)->open_notice(n.seal(), n.body);
    if (!opened) return opened.error().code;
    return outcome(w.write([&](Tx& tx) { return take_notice(tx, kMch, *opened); }));
  }
  std::string tell_paid(const std::string& no, const std::string& id) { return tell(bank.notice("TRANSACTION.SUCCESS", bank.trade_text(no), id)); }
  std::string tell_refund(const std::string& no, const std::string& id) { return tell(bank.notice("REFUND." + bank.backs.at(no).state, bank.refund_text(no, "refund_status"), id)); }
  void later(std::int64_t seconds) { w.clock().advance(std::chrono::seconds(seconds)); }

  World w;
  lab::Bank bank;
  std::unique_ptr<Desk> desk;
};

}  // namespace pay_cases
using namespace pay_cases;

TEST(WechatPay, PlacesOnceAndSignsForThePage) {
  Till t;
  EXPECT_EQ(t.start("CO20250103100001"), "open");
  const auto sent = json::parse(t.bank.last.body).as_object();
  EXPECT_EQ(json::serialize(sent), R"({"appid":"wxfaa587e801ee6691","mchid":"1903210131","description":"示例小店","out_trade_no":"CO20250103100001","time_expire":"2026-11-18T13:06:40+00:00",)"
                                   R"("notify_url":"https://k.example.com/callback/wechat-pay/1903210131","amount":{"total":3990,"currency":"CNY"},"attach":"campaign=77","payer":{"openid":"oPayer"}})");
  EXPECT_EQ(t.start("CO20250103100001"), "open");
  EXPECT_EQ(t.bank.asked.size(), 1u);
  EXPECT_EQ(t.start("CO20250103100001", 1), "connect.pay_differs");
  const auto client = client_payment(*t.desk, kMch, "CO20250103100001");
  ASSERT_TRUE(client);
  EXPECT_EQ(client->package, "prepay_id=wxCO20250103100001");
  EXPECT_EQ(client->timeStamp, std::to_string(kPayNow / 1000));
  const auto text = client->appId + "\n" + client->timeStamp + "\n" + client->nonceStr + "\n" + client->package + "\n";
  EXPECT_TRUE(crypto::RsaPublic::read(lab::pay_setting_of("merchant_public_key_pem"))->signed_sha256(text, *unbase64(client->paySign)));

  auto native = Till::order("NATIVE01");
  native.kind = "native", native.openid = "";
  EXPECT_EQ(start_payment(*t.desk, native)->prepay, "weixin://wxpay/NATIVE01");
  EXPECT_EQ(outcome(client_payment(*t.desk, kMch, "NATIVE01")), "connect.pay_not_open");
  // A prepay that is over is placed anew under the same number.
  t.later(111 * 60);
  EXPECT_EQ(t.start("CO20250103100001"), "open");
  EXPECT_EQ(t.bank.asked.back(), "POST /v3/pay/transactions/jsapi");
}

TEST(WechatPay, RefusesWhatThePlatformWould) {
  Till t;
  const auto with = [&](auto change) {
    auto o = Till::order("ORDER001");
    change(o);
    const auto got = start_payment(*t.desk, o);
    return got ? std::string("ok") : got.error().code + got.error().pointer;
  };
  const std::string bad = "connect.pay_order/";
  EXPECT_EQ(with([](auto& o) { o.out_trade_no = "short"; }), bad + "out_trade_no");
  EXPECT_EQ(with([](auto& o) { o.out_trade_no = std::string(33, 'a'); }), bad + "out_trade_no");
  EXPECT_EQ(with([](auto& o) { o.out_trade_no = "有中文的单号1"; }), bad + "out_trade_no");
  EXPECT_EQ(with([](auto& o) { o.kind = "h5"; }), bad + "kind");
  EXPECT_EQ(with([](auto& o) { o.openid = ""; }), bad + "openid");
  EXPECT_EQ(with([](auto& o) { o.amount = {0}; }), bad + "amount_fen");
  EXPECT_EQ(with([](auto& o) { o.notify_url = "http://k.example.com/"; }), bad + "notify_url");
  EXPECT_EQ(with([](auto& o) { o.notify_url += "?a=1"; }), bad + "notify_url");
  EXPECT_EQ(with([](auto& o) { o.description = std::string(128, 'a'); }), bad + "description");
  EXPECT_TRUE(t.bank.asked.empty());
  t.bank.refuse_next = "403 NO_AUTH";
  EXPECT_EQ(t.start("ORDER002"), "connect.pay_rights");
  EXPECT_EQ(t.state("ORDER002"), "failed");
  EXPECT_EQ(t.start("ORDER002"), "open");  // the right was given since
  const struct { const char *said, *want; } rows[] = {{"401 SIGN_ERROR", "connect.pay_our_signature"}, {"429 FREQUENCY_LIMITED", "connect.pay_limit"},
                                                      {"400 PARAM_ERROR", "connect.pay_refused"}, {"403 NOT_ENOUGH", "connect.pay_not_enough"}, {"500 SYSTEM_ERROR", "connect.pay_unknown"}};
  int n = 100;
  for (const auto& r : rows) {
    t.bank.refuse_next = r.said;
    EXPECT_EQ(t.start("ORDER" + std::to_string(n++)), r.want) << r.said;
  }
}

TEST(WechatPay, ALostAnswerIsAskedAboutBeforeItIsDoneAgain) {
  for (const auto luck : {Luck::lost_after, Luck::lost_before, Luck::broken_after, Luck::busy}) {
    Till t;
    t.bank.lucks = {luck};
    EXPECT_EQ(t.start("ORDER001"), "connect.pay_unknown");
    EXPECT_EQ(t.state("ORDER001"), "asked");
    EXPECT_EQ(t.start("ORDER001"), "open");
    ASSERT_EQ(t.bank.asked.size(), 3u);
    EXPECT_EQ(t.bank.asked[1], "GET /v3/pay/transactions/out-trade-no/ORDER001?mchid=1903210131");
    EXPECT_EQ(t.bank.asked[2], t.bank.asked[0]);
  }
  Till t;  // and somebody paid it in the meantime
  t.bank.lucks = {Luck::lost_after};
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_unknown");
  t.bank.pay("ORDER001");
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_paid");
  EXPECT_EQ(heard(), std::vector<std::string>{"payment ORDER001 paid 3990"});
}

TEST(WechatPay, ANoticeCountsOnceHoweverOftenItComes) {
  Till t;
  EXPECT_EQ(t.start("ORDER001"), "open");
  t.bank.pay("ORDER001");
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");
  EXPECT_EQ(t.tell_paid("ORDER001", "n2"), "ok");
  EXPECT_EQ(query_payment(*t.desk, kMch, "ORDER001")->state, "paid");
  EXPECT_EQ(heard(), std::vector<std::string>{"payment ORDER001 paid 3990"});
  const auto p = *t.w.read([&](Tx& tx) { return find_payment(tx, kMch, "ORDER001"); });
  EXPECT_EQ(p.transaction_id, "TORDER001");
  EXPECT_EQ(p.payer_openid, "oPayer");
  EXPECT_EQ(to_rfc3339(*p.paid_at), "2026-11-18T02:00:00.000Z");
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_paid");
}

TEST(WechatPay, NoticesThatAreNotOursOrNotRightChangeNothing) {
  Till t;
  EXPECT_EQ(t.start("ORDER001"), "open");
  t.bank.pay("ORDER001");
  const auto good = t.bank.notice("TRANSACTION.SUCCESS", t.bank.trade_text("ORDER001"), "n1");
  auto probe = good;
  probe.signature = "WECHATPAY/SIGNTEST/" + good.signature;
  EXPECT_EQ(t.tell(probe), "connect.pay_signature");
  auto altered = good;
  altered.body += " ";
  EXPECT_EQ(t.tell(altered), "connect.pay_signature");
  auto stranger = good;
  stranger.serial = "PUB_KEY_ID_0000";
  EXPECT_EQ(t.tell(stranger), "connect.pay_serial");
  t.later(301);
  EXPECT_EQ(t.tell(good), "connect.pay_expired");
  auto text = t.bank.trade_text("ORDER001");
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto out = text;
    out.replace(out.find(from), from.size(), to);
    return t.bank.notice("TRANSACTION.SUCCESS", out, "n3");
  };
  EXPECT_EQ(t.tell(changed("\"total\":3990", "\"total\":3991")), "connect.pay_differs");
  EXPECT_EQ(t.tell(changed("\"mchid\":\"1903210131\"", "\"mchid\":\"1900000000\"")), "connect.pay_differs");
  EXPECT_EQ(t.tell(t.bank.notice("TRANSACTION.SUCCESS", "[]", "n4")), "connect.pay_notice");
  EXPECT_EQ(t.state("ORDER001"), "open");
  EXPECT_EQ(t.tell(changed("ORDER001\"", "OTHERS001\"")), "ok");  // of another system of this merchant
  EXPECT_EQ(t.w.number("SELECT COUNT(*) FROM wechat_pay_notice WHERE outcome = 'foreign'"), 1);
  EXPECT_TRUE(heard().empty());
  EXPECT_EQ(t.tell_paid("ORDER001", "n5"), "ok");
  EXPECT_EQ(heard().size(), 1u);
}

TEST(WechatPay, WhenTheShopCannotTakeItNothingIsTaken) {
  Till t;
  EXPECT_EQ(t.start("ORDER001"), "open");
  t.bank.pay("ORDER001");
  deaf() = "ORDER001";
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "shop.not_now");
  EXPECT_EQ(t.state("ORDER001"), "open");
  deaf().clear();
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");  // the platform tells again
  EXPECT_EQ(t.state("ORDER001"), "paid");
}

TEST(WechatPay, NoticesThatNeverComeAreFoundByAsking) {
  Till t;
  EXPECT_EQ(t.start("ORDER001"), "open");
  EXPECT_EQ(t.start("ORDER002"), "open");
  t.bank.pay("ORDER001");
  EXPECT_EQ(settle_payments(*t.desk), 0);
  t.later(61);
  EXPECT_EQ(settle_payments(*t.desk), 2);
  EXPECT_EQ(t.state("ORDER001"), "paid");
  EXPECT_EQ(t.state("ORDER002"), "open");
  EXPECT_EQ(settle_payments(*t.desk), 0);  // not again at once
  t.later(3 * 3600);
  EXPECT_EQ(settle_payments(*t.desk), 1);  // its time is over: nobody may pay it any more
  EXPECT_EQ(t.state("ORDER002"), "closed");
  EXPECT_EQ(t.bank.orders["ORDER002"].state, "CLOSED");
  t.later(24 * 3600);
  EXPECT_EQ(settle_payments(*t.desk), 0);
  // One that never reached the platform.
  t.bank.lucks = {Luck::lost_before};
  EXPECT_EQ(t.start("ORDER003"), "connect.pay_unknown");
  t.later(3 * 3600);
  settle_payments(*t.desk);
  EXPECT_EQ(t.state("ORDER003"), "failed");
}

TEST(WechatPay, ClosingWhatWasPaidFindsItPaid) {
  Till t;
  EXPECT_EQ(t.start("ORDER001"), "open");
  EXPECT_EQ(close_payment(*t.desk, kMch, "ORDER001")->state, "closed");
  EXPECT_EQ(close_payment(*t.desk, kMch, "ORDER001")->state, "closed");
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_closed");
  EXPECT_EQ(t.start("ORDER002"), "open");
  t.bank.pay("ORDER002");
  EXPECT_EQ(close_payment(*t.desk, kMch, "ORDER002")->state, "paid");
  EXPECT_EQ(outcome(close_payment(*t.desk, kMch, "NOBODYS1")), "connect.no_payment");
}

TEST(WechatPay, RefundsNeverExceedWhatWasPaid) {
  Till t;
  EXPECT_EQ(t.start("ORDER001", 1000), "open");
  const auto refund = [&](const std::string& no, std::int64_t fen) {
    const auto r = start_refund(*t.desk, t.back(no, "ORDER001", fen));
    return r ? r->state : r.error().code;
  };
  EXPECT_EQ(refund("R1", 100), "connect.pay_not_paid");
  EXPECT_EQ(outcome(start_refund(*t.desk, t.back("R1", "NOBODYS1", 5))), "connect.no_payment");
  t.bank.pay("ORDER001");
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");
  EXPECT_EQ(refund("R1", 600), "processing");
  EXPECT_EQ(refund("R1", 600), "processing");
  EXPECT_EQ(refund("R1", 500), "connect.pay_differs");
  EXPECT_EQ(refund("R2", 401), "connect.refund_too_much");
  t.bank.refuse_next = "403 NOT_ENOUGH";
  EXPECT_EQ(refund("R3", 400), "connect.pay_not_enough");  // refused: the room is free again
  EXPECT_EQ(refund("R3", 400), "processing");
  EXPECT_EQ(refund("R4", 1), "connect.refund_too_much");
  t.bank.backs["R1"].state = "SUCCESS", t.bank.backs["R3"].state = "CLOSED";
  EXPECT_EQ(t.tell_refund("R1", "n2"), "ok");
  EXPECT_EQ(t.tell_refund("R1", "n3"), "ok");
  EXPECT_EQ(query_refund(*t.desk, kMch, "R3")->state, "closed");
  const auto p = *t.w.read([&](Tx& tx) { return find_payment(tx, kMch, "ORDER001"); });
  EXPECT_EQ(p.refunded_fen.v, 600);
  EXPECT_EQ(p.refund_asked_fen.v, 600);
  EXPECT_EQ(heard(), (std::vector<std::string>{"payment ORDER001 paid 1000", "refund R1 success 600", "refund R3 closed 400"}));
}

TEST(WechatPay, ALostRefundIsAskedAbout) {
  Till t;
  EXPECT_EQ(t.start("ORDER001", 1000), "open");
  t.bank.pay("ORDER001");
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");
  t.bank.lucks = {Luck::lost_after};
  EXPECT_EQ(outcome(start_refund(*t.desk, t.back("R1", "ORDER001", 1000))), "connect.pay_unknown");
  EXPECT_EQ(start_refund(*t.desk, t.back("R1", "ORDER001", 1000))->state, "processing");
  EXPECT_EQ(std::ranges::count(t.bank.asked, "POST /v3/refund/domestic/refunds"), 1);
  EXPECT_EQ(t.start("ORDER002", 500), "open");
  t.bank.pay("ORDER002");
  EXPECT_EQ(t.tell_paid("ORDER002", "n2"), "ok");
  t.bank.lucks = {Luck::lost_before};
  EXPECT_EQ(outcome(start_refund(*t.desk, t.back("R2", "ORDER002", 500))), "connect.pay_unknown");
  t.later(11 * 60);
  settle_payments(*t.desk);  // it never came there: its room is free again
  EXPECT_EQ(t.w.number("SELECT refund_asked_fen FROM wechat_payment WHERE out_trade_no = 'ORDER002'"), 0);
  EXPECT_EQ(t.w.number("SELECT COUNT(*) FROM wechat_refund WHERE state = 'failed'"), 1);
}

TEST(WechatPay, TransfersKeepTheirNumberAndTheirWords) {
  Till t;
  NewTransfer cmd{.mch = kMch, .appid = "wxfaa587e801ee6691", .out_bill_no = "TB20250103000001", .openid = "oPayer", .scene_id = "1000", .remark = "裂变奖励",
                  .notify_url = "https://k.example.com/n", .perception = "活动奖励", .reports = {{"活动名称", "新客邀请"}, {"奖励说明", "邀请 3 人奖励"}}, .amount = {188}};
  t.bank.lucks = {Luck::lost_after};
  EXPECT_EQ(outcome(start_transfer(*t.desk, cmd)), "connect.pay_unknown");
  const auto first = t.bank.last.body;
  EXPECT_EQ(first, R"({"appid":"wxfaa587e801ee6691","out_bill_no":"TB20250103000001","transfer_scene_id":"1000","openid":"oPayer","transfer_amount":188,"transfer_remark":"裂变奖励",)"
                   R"("transfer_scene_report_infos":[{"info_type":"活动名称","info_content":"新客邀请"},{"info_type":"奖励说明","info_content":"邀请 3 人奖励"}],"notify_url":"https://k.example.com/n","user_recv_perception":"活动奖励"})");
  const auto again = start_transfer(*t.desk, cmd);
  EXPECT_EQ(again->state, "confirm");
  EXPECT_EQ(again->package, "pkg");
  auto other = cmd;
  other.amount = {189};
  EXPECT_EQ(outcome(start_transfer(*t.desk, other)), "connect.pay_differs");
  t.bank.bills["TB20250103000001"].state = "SUCCESS";
  EXPECT_EQ(t.tell(t.bank.notice("MCHTRANSFER.BILL.FINISHED", t.bank.bill_text("TB20250103000001"), "n1")), "ok");
  EXPECT_EQ(t.tell(t.bank.notice("MCHTRANSFER.BILL.FINISHED", t.bank.bill_text("TB20250103000001"), "n2")), "ok");
  EXPECT_EQ(heard(), std::vector<std::string>{"transfer TB20250103000001 success 188"});
  cmd.out_bill_no = "TB2";
  t.bank.lucks = {Luck::lost_before};
  EXPECT_EQ(outcome(start_transfer(*t.desk, cmd)), "connect.pay_unknown");
  EXPECT_EQ(start_transfer(*t.desk, cmd)->state, "confirm");  // never heard of: sent as it was
  t.bank.bills["TB2"].state = "FAIL";
  t.later(61);
  settle_payments(*t.desk);
  EXPECT_EQ(start_transfer(*t.desk, cmd)->state, "failed");
  EXPECT_EQ(heard().back(), "transfer TB2 failed 188");
}

TEST(WechatPay, CertificatesAreFetchedKeptAndRenewed) {
  Till t;
  t.put(false);
  const auto pem = lab::certificate_of(lab::pay_setting_of("platform_private_key_pem"), 0x5157F09E);
  t.bank.serial = *crypto::certificate_serial(pem);
  const auto list = [&](const std::string& key) {
    return json::serialize(json::object{{"data", json::array{json::object{{"serial_no", t.bank.serial}, {"effective_time", "2026-01-01T00:00:00+08:00"}, {"expire_time", "2030-01-01T00:00:00+08:00"},
        {"encrypt_certificate", json::object{{"algorithm", "AEAD_AES_256_GCM"}, {"nonce", "61f9c719728a"}, {"associated_data", "certificate"}, {"ciphertext", lab::gcm_sealed(key, "61f9c719728a", "certificate", pem)}}}}}}});
  };
  const auto fetches = [&] { return std::ranges::count(t.bank.asked, "GET /v3/certificates"); };
  t.bank.certificates = list(std::string(32, 'x'));  // sealed by somebody who has not our key
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_unknown");
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_unknown");
  EXPECT_EQ(fetches(), 1);  // at most once a minute
  t.later(61);
  t.bank.certificates = list(lab::pay_setting_of("api_v3_key"));
  t.bank.lucks = {Luck::good, Luck::broken_after};  // the question, and certificates whose answer was altered
  EXPECT_EQ(t.start("ORDER001"), "connect.pay_unknown");
  t.bank.lucks.clear();
  EXPECT_EQ(t.w.count("wechat_pay_cert"), 0);
  t.later(61);
  EXPECT_EQ(t.start("ORDER001"), "open");
  EXPECT_EQ(fetches(), 3);
  EXPECT_EQ(t.w.count("wechat_pay_cert"), 1);
  t.bank.pay("ORDER001");
  EXPECT_EQ(t.tell_paid("ORDER001", "n1"), "ok");
  EXPECT_EQ(fetches(), 3);
  // Another process, or the next start, has them from the store.
  Desk other(t.w.db(), t.bank, DeskOptions{.threads = 0, .seal_key = kPaySeal});
  EXPECT_EQ(query_payment(other, kMch, "ORDER001")->state, "paid");
  EXPECT_EQ(fetches(), 3);
  t.later(12 * 3600);
  EXPECT_EQ(query_payment(other, kMch, "ORDER001")->state, "paid");
  EXPECT_EQ(fetches(), 4);
  // A probe asks for no keys.
  auto probe = t.bank.notice("TRANSACTION.SUCCESS", "{}", "n9");
  probe.serial = "FFFF", probe.signature = "WECHATPAY/SIGNTEST/xx";
  EXPECT_NE(t.tell(probe), "ok");
  EXPECT_EQ(fetches(), 4);
}

/// Many orders, payers, refunds, lost answers and notices that come twice, late or never: in the end both sides agree, and every
/// end was told once.
class WechatPaySim : public ::testing::TestWithParam<unsigned> {};
TEST_P(WechatPaySim, BothSidesAgreeInTheEnd) {
  std::mt19937_64 rng(GetParam());
  Till t;
  const auto below = [&](std::uint64_t n) { return static_cast<int>(rng() % n); };
  const auto trade = [&] { return "ORDER0" + std::to_string(below(5)); };
  int notices = 0;
  for (int step = 0; step < 120; ++step) {
    if (below(3) == 0) t.bank.lucks.push_back(static_cast<Luck>(below(5)));
    const auto no = trade();
    switch (below(7)) {
      case 0: case 1: t.start(no, 1000); break;
      case 2: if (t.bank.orders.contains(no) && t.bank.orders[no].state == "NOTPAY") t.bank.pay(no); break;
      case 3: if (t.bank.orders.contains(no) && t.bank.orders[no].state != "NOTPAY" && t.bank.orders[no].state != "CLOSED") { EXPECT_EQ(t.tell_paid(no, "n" + std::to_string(notices++ / 2)), "ok"); } break;
      case 4: (void)start_refund(*t.desk, t.back("R" + no + std::to_string(below(4)), no, 400)); break;
      case 5: if (below(4) == 0) (void)close_payment(*t.desk, kMch, no); break;
      default:
        for (auto& [name, r] : t.bank.backs)
          if (r.state == "PROCESSING" && below(2) == 0) {
            r.state = "SUCCESS";
            if (below(2) == 0) { EXPECT_EQ(t.tell_refund(name, "m" + std::to_string(notices++)), "ok"); }
          }
    }
    t.later(below(90));
  }
  t.bank.lucks.clear();
  for (auto& [name, r] : t.bank.backs) r.state = "SUCCESS";
  for (int i = 0; i < 40; ++i) t.later(3700), settle_payments(*t.desk);
  std::map<std::string, int> told;
  for (const auto& line : heard()) ++told[line];
  for (const auto& [line, times] : told) EXPECT_EQ(times, 1) << line << " seed " << GetParam();
  for (const auto& [no, o] : t.bank.orders) {
    const bool paid = o.state == "SUCCESS" || o.state == "REFUND";
    EXPECT_EQ(t.state(no), paid ? "paid" : "closed") << no << " seed " << GetParam();
    EXPECT_EQ(told.contains("payment " + no + " paid 1000"), paid);
    EXPECT_EQ(t.w.number("SELECT refunded_fen FROM wechat_payment WHERE out_trade_no = '" + no + "'"), o.refunded) << no << " seed " << GetParam();
  }
  for (const auto& [no, r] : t.bank.backs) EXPECT_TRUE(told.contains("refund " + no + " success 400")) << no << " seed " << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Seeds, WechatPaySim, ::testing::Range(1u, 21u));

}  // namespace koi::connect::wechat
