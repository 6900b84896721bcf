// What pages of ours need to use WeCom's JS-SDK: tickets, signatures, the call.
#include <future>
#include <latch>

#include "commerce/tests/desk_call.h"
#include "connect/crypto/callback.h"
#include "connect/tests/wecom_door.h"
#include "connect/wecom/doctor.h"
#include "connect/wecom/side/api.h"
#include "connect/wecom/side/js_sign.h"
#include "connect/wecom/side/tickets.h"
#include "simulate/simulate.h"

namespace koi::connect::wecom::testing {
namespace {

/// Gives what it is told to, and counts how often it was asked.
struct TicketOffice final : Platform {
  void send(std::string_view, std::string_view path, Query query, std::string, PlatformDone done) override {
    const auto n = ++asked;
    last = std::string(path) + (query.empty() ? "" : "?" + query.front().first + "=" + query.front().second);
    if (gate) gate->wait();
    if (trouble) return done(std::unexpected(*trouble));
    done(json::object{{"ticket", "t" + std::to_string(n)}, {"expires_in", life}});
  }
  std::atomic<int> asked = 0;
  std::string last;
  std::int64_t life = 7200;
  std::optional<Error> trouble;
  std::latch* gate = nullptr;
};

struct TicketWorld {
  std::string get(TicketKind kind = TicketKind::corp) {
    const auto ticket = tickets.get(kind);
    return ticket ? *ticket : ticket.error().code;
  }
  ManualClock clock;
  std::shared_ptr<TicketOffice> office = std::make_shared<TicketOffice>();
  Tickets tickets{office, clock};
};

TEST(WecomTickets, LiveUntilShortlyBeforeTheirEnd) {
  TicketWorld x;
  EXPECT_FALSE(x.tickets.at_hand(TicketKind::corp));
  EXPECT_EQ(x.get(), "t1");
  EXPECT_EQ(x.office->last, "get_jsapi_ticket");
  EXPECT_FALSE(x.tickets.at_hand(TicketKind::app)) << "each kind has its own";
  EXPECT_EQ(x.get(TicketKind::app), "t2");
  EXPECT_EQ(x.office->last, "ticket/get?type=agent_config");
  x.clock.advance(std::chrono::seconds(7200 - 301));
  EXPECT_EQ(x.get(), "t1");
  EXPECT_EQ(x.tickets.at_hand(TicketKind::app), "t2");
  x.clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(x.tickets.at_hand(TicketKind::corp)) << "five minutes before its end it is used no more";
  EXPECT_EQ(x.get(), "t3");
}

TEST(WecomTickets, OneAsksWhileTheOthersWait) {
  TicketWorld x;
  std::latch gate(8);  // the office answers when all stand before its door
  x.office->gate = &gate;
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::async(std::launch::async, [&] {
      gate.count_down();
      return x.get();
    }));
  for (auto& one : all) EXPECT_EQ(one.get(), "t1");
  EXPECT_EQ(x.office->asked, 1);
}

TEST(WecomTickets, WhatWasRefusedIsNotAskedAgainAtOnce) {
  const struct { const char* code; int rest; } cases[] = {{"connect.wecom_refused", 180}, {"connect.wecom_token", 180}, {"connect.wecom_unknown_outcome", 5}, {"connect.unreachable", 5}};
  for (const auto& c : cases) {
    TicketWorld x;
    x.office->trouble = Error{Errc::unavailable, c.code, "60011 no", {}, {}};
    EXPECT_EQ(x.get(), c.code);
    x.office->trouble.reset();
    x.clock.advance(std::chrono::seconds(c.rest) - Millis(1));
    EXPECT_EQ(x.get(), c.code) << "the same answer while it rests";
    EXPECT_EQ(x.office->asked, 1) << c.code;
    x.clock.advance(Millis(1));
    EXPECT_EQ(x.get(), "t2") << c.code;
  }
}

TEST(WecomTickets, StayFarBelowTheHoursLimit) {
  const struct { TicketKind kind; int most; } cases[] = {{TicketKind::corp, 80}, {TicketKind::app, 20}};
  for (const auto& c : cases) {
    TicketWorld x;
    x.clock.set(from_ms(1'700'000'000'000 / 3'600'000 * 3'600'000));
    x.office->life = 1;  // a platform whose tickets are over at once
    for (int i = 0; i < 200; ++i, x.clock.advance(std::chrono::seconds(2))) (void)x.get(c.kind);
    EXPECT_EQ(x.office->asked, c.most);
    EXPECT_EQ(x.get(c.kind), "connect.wecom_limit");
    x.clock.advance(std::chrono::hours(1));
    EXPECT_EQ(x.get(c.kind), "t" + std::to_string(c.most + 1));
  }
  TicketWorld quiet;
  quiet.office->trouble = Error{Errc::unavailable, "connect.unreachable", {}, {}, {}};
  for (int i = 0; i < 50; ++i, quiet.clock.advance(std::chrono::seconds(6))) (void)quiet.get(TicketKind::app);
  EXPECT_EQ(quiet.office->asked, 50) << "what nobody heard counts for nothing";
}

TEST(WecomTickets, AReplyWithoutATicketIsNone) {
  TicketWorld x;
  x.office->life = 0;
  EXPECT_EQ(x.get(), "connect.wecom_reply");
}

TEST(WecomPages, OnlyOurOwnAreSignedFor) {
  const std::string ours = "https://koi.example.com";
  const struct { std::string url, want; } cases[] = {
      {"https://koi.example.com/side?code=1&state=2#/people", "https://koi.example.com/side?code=1&state=2"},
      {"https://koi.example.com", "https://koi.example.com"},
      {"https://KOI.example.com/a", "https://KOI.example.com/a"},
      {"https://koi.example.com/客户?名=张", "https://koi.example.com/客户?名=张"},
      {"http://koi.example.com/side", "connect.page_elsewhere"},
      {"https://koi.example.com.evil.cn/", "connect.page_elsewhere"},
      {"https://koi.example.com:8443/", "connect.page_elsewhere"},
      {"https://koi.example.com@evil.cn/", "connect.page_elsewhere"},
      {"https://evil.cn/https://koi.example.com/", "connect.page_elsewhere"},
      {"https://koi.example.com\\@evil.cn/", "connect.page_url"},
      {"https://koi.example.com/a b", "connect.page_url"},
      {"https://koi.example.com/\n", "connect.page_url"},
      {"javascript:alert(1)", "connect.page_url"},
      {"ftp://koi.example.com/", "connect.page_url"},
      {"", "connect.page_url"},
      {"https://koi.example.com/" + std::string(2048, 'a'), "connect.page_url"},
  };
  for (const auto& c : cases) {
    const auto page = page_to_sign(c.url, ours + "/ignored");
    EXPECT_EQ(page ? *page : page.error().code, c.want) << c.url;
  }
  EXPECT_EQ(outcome(page_to_sign("https://koi.example.com/", "")), "connect.no_public_url");
}

/// A connected corp in a simulator behind a real connection.
struct SideWorld {
  SideWorld() : w(sync_schemas()) {
    set_seal_key(std::string(32, 'k'));
    auto started = simulate::Simulator::start(corp_shape(4, 0, 0));
    EXPECT_EQ(outcome(started), "ok");
    sim = std::move(*started);
    const auto told = json::parse(sim->greeting()).get_object();
    corp.corp_id = text_in(told, "corpid"), corp.secret = text_in(told, "secret"), corp.base_url = text_in(told, "address");
    corp.token = kDoorToken, corp.aes_key = kDoorAes, corp.agent_id = number_in(told, "agentid");
    w.set_now_ms(to_ms(system_clock().now()));
    put();
  }
  ~SideWorld() { desk.stop(); }
  void put() {
    const auto done = w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp.corp_id, .name = "锦鲤", .base_url = corp.base_url, .secret = corp.secret, .token = corp.token, .aes_key = corp.aes_key,
                           .agent_id = corp.agent_id, .disabled = corp.disabled}, std::string(32, 'k'));
    });
    EXPECT_EQ(outcome(done), "ok");
    corp_changed(w.db(), corp.corp_id);
  }
  std::string ask(const std::string& url) {
    koi::testing::DeskCall call(w.db(), Scope::everything("test"));
    call.at("corp", corp.corp_id).with("url", url);
    const auto said = call.send(side_routes(), "GET", "/v1/wecom/{corp}/js-config");
    if (!said.empty()) return said;
    std::promise<void> over;  // errands come one after the other
    EXPECT_EQ(outcome(at_desk(w.db(), [&](const std::string&) { over.set_value(); })), "ok");
    over.get_future().wait();
    return "asked";
  }
  World w;
  std::unique_ptr<Outgoing> outgoing = open_outgoing({.private_addresses = true});
  Desk desk{w.db(), *outgoing, "https://koi.example.com"};
  std::unique_ptr<simulate::Simulator> sim;
  Corp corp;
};

TEST(WecomSide, APageGetsBothSignatures) {
  SideWorld x;
  x.desk.start();
  const std::string page = "https://koi.example.com/side/?q=张三&x=1";
  EXPECT_EQ(x.ask(page + "#/here"), "asked") << "the first call waits for the tickets";
  const auto said = x.ask(page + "#/here");
  ASSERT_TRUE(said.starts_with("{")) << said;
  const auto out = json::parse(said).get_object();
  EXPECT_EQ(text_in(out, "corp_id"), x.corp.corp_id);
  EXPECT_EQ(number_in(out, "agent_id"), x.corp.agent_id);
  const auto platform = platform_of(x.w.db(), x.corp.corp_id);
  ASSERT_EQ(outcome(platform), "ok");
  const struct { const char *part, *path; Query query; } parts[] = {{"config", "get_jsapi_ticket", {}}, {"agent_config", "ticket/get", {{"type", "agent_config"}}}};
  std::set<std::string> signatures;
  for (const auto& p : parts) {
    const auto ticket = (*platform)->get(p.path, p.query);
    ASSERT_EQ(outcome(ticket), "ok");
    const auto& s = object_in(out, p.part);
    // By the simulator's own hand, from the words of the notes.
    const auto words = "jsapi_ticket=" + text_in(*ticket, "ticket") + "&noncestr=" + text_in(s, "nonceStr") + "&timestamp=" + std::to_string(number_in(s, "timestamp")) + "&url=" + page;
    EXPECT_EQ(text_in(s, "signature"), simulate::sha1_hex(words)) << p.part;
    EXPECT_EQ(number_in(s, "timestamp"), to_ms(x.w.clock().now()) / 1000);
    EXPECT_EQ(text_in(s, "nonceStr").size(), 16u);
    signatures.insert(text_in(s, "signature"));
  }
  EXPECT_EQ(signatures.size(), 2u);
  const auto other = json::parse(x.ask(page)).get_object();
  EXPECT_NE(text_in(object_in(other, "config"), "nonceStr"), text_in(object_in(out, "config"), "nonceStr"));
}

TEST(WecomSide, SaysWhyThereIsNone) {
  SideWorld x;
  EXPECT_TRUE(x.ask("https://evil.cn/").starts_with("connect.page_elsewhere"));
  EXPECT_TRUE(x.ask("nothing").starts_with("connect.page_url"));
  x.corp.agent_id = 0, x.put();
  EXPECT_TRUE(x.ask("https://koi.example.com/").starts_with("connect.no_agent"));
  x.corp.disabled = true, x.put();
  EXPECT_TRUE(x.ask("https://koi.example.com/").starts_with("connect.no_corp"));
  x.corp.corp_id = "ww00000000000000ff";
  EXPECT_TRUE(x.ask("https://koi.example.com/").starts_with("connect.no_corp"));
}

TEST(WecomSide, TheDoctorLooksAtTheTickets) {
  SideWorld x;
  const auto found = [&] {
    for (auto& f : examine(x.w.db(), x.corp, ""))
      if (f.check == "sidebar") return f;
    return Finding{};
  };
  EXPECT_EQ(found().state, "good");
  const json::object body{{"path", "ticket/get"}, {"errcode", 60011}, {"times", 1}};
  (void)x.outgoing->ask({.method = "POST", .url = x.corp.base_url + "/sim/faults", .body = json::serialize(body)});
  const auto refused = found();
  EXPECT_EQ(refused.state, "bad");
  EXPECT_NE(refused.advice.zh.find("可见范围"), std::string::npos);
  x.corp.agent_id = 0;
  const auto nameless = found();
  EXPECT_EQ(nameless.state, "warn");
  EXPECT_NE(nameless.advice.zh.find("AgentId"), std::string::npos);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
