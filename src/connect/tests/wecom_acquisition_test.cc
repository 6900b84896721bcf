// Acquisition links against the simulated corp: made once, leading to their code, watched.
#include "connect/tests/wecom_box.h"
#include "connect/wecom/inbox.h"
#include "entry/arrivals.h"
#include "entry/ways.h"

namespace koi::connect::wecom::testing {
namespace {

const std::string kCreate = "externalcontact/customer_acquisition/create_link";

/// Loses the answer to the next creation: after it was done, or before.
class ForgetfulPlatform final : public Platform {
 public:
  explicit ForgetfulPlatform(Platform& under) : under_(under) {}
  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    const std::scoped_lock lock(mutex_);  // ways are made in lanes
    ++calls[std::string(path)];
    if (path != kCreate || trouble == 0) return under_.send(method, path, std::move(query), std::move(body), std::move(done));
    if (trouble == 1) under_.send(method, path, std::move(query), std::move(body), [](Result<json::object>) {});
    trouble = 0;
    done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
  }
  std::map<std::string, int> calls;
  int trouble = 0;  // 1: done and not answered; 2: not even done

 private:
  Platform& under_;
  std::mutex mutex_;
};

struct LinkWorld : SyncWorld {
  LinkWorld() : SyncWorld(corp_shape(4, 6)), forgetful(platform) {
    sync();
    sim.world.books.quota = {100, 100, box::kStart + 365 * 86'400};
  }
  StaffId staff(simulate::StaffNo no) { return (*w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); }))->id; }
  entry::CodeSpec spec(int guides = 2) {
    entry::CodeSpec s;
    s.name = "抖音投放", s.acquisition = true, s.tags = {"抖音"};
    s.welcome.text = "欢迎";
    for (int i = 0; i < guides; ++i) {
      entry::Member m;
      m.staff = staff(static_cast<simulate::StaffNo>(i));
      s.members.push_back(m);
    }
    return s;
  }
  entry::CodeId code() {
    const auto made = w.write([&](Tx& tx) { return entry::create_code(tx, Scope::everything("test"), {spec(), "", ""}); });
    EXPECT_EQ(outcome(made), "ok") << (made ? "" : made.error().detail);
    return made ? made->code.id : entry::CodeId{};
  }
  void edit(entry::CodeId id, const entry::CodeSpec& s) {
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return entry::edit_code(tx, Scope::everything("test"), {id, {}, s}); })), "ok");
  }
  WaysDone make() {
    auto done = make_ways(db(), forgetful, corp, true);
    EXPECT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
    return done.value_or(WaysDone{});
  }
  entry::AcquisitionLink link(entry::CodeId id) {
    const auto got = w.read([&](Tx& tx) { return entry::acquisition_link(tx, id); });
    EXPECT_EQ(outcome(got), "ok") << (got ? "" : got.error().detail);
    return got.value_or(entry::AcquisitionLink{});
  }
  /// What the platform says, as the inbox works it.
  void hear() {
    for (const auto& h : sim.world.told) {
      if (h.seq <= heard) continue;
      heard = h.seq;
      std::string text = "<xml>";
      for (const auto& f : h.event.fields) text += "<" + std::string(f.name) + "><![CDATA[" + f.value + "]]></" + std::string(f.name) + ">";
      const auto xml = crypto::read_callback_xml(text + "</xml>");
      ASSERT_TRUE(xml);
      const auto meant = w.write([&](Tx& tx) { return take_meaning(tx, corp, h.event.event + "/" + h.event.change, *xml, from_ms(h.at * 1000)); });
      ASSERT_EQ(outcome(meant), "ok") << h.event.event << "/" << h.event.change;
    }
  }
  std::string alarms() { return rows("SELECT kind, CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END FROM entry_alarm ORDER BY id", 2); }
  ForgetfulPlatform forgetful;
  std::int64_t heard = 0;
};

TEST(WecomAcquisition, LeadsToItsCodeLikeAnyOtherWay) {
  LinkWorld c;
  const auto id = c.code();
  c.make();
  const auto link = c.link(id);
  EXPECT_TRUE(link.wanted);
  ASSERT_EQ(c.sim.world.books.links.size(), 1u);
  const auto& there = c.sim.world.books.links.begin()->second;
  EXPECT_EQ(there.users.size(), 2u);
  EXPECT_NE(link.url.find("?customer_channel=c"), std::string::npos);
  EXPECT_LE(link.url.size() - link.url.rfind('=') - 1, 30u) << "a state has 30 characters";
  const auto customer = c.sim.customer();
  ASSERT_EQ(c.sim.refusal("customer/scan", {{"external_userid", customer}, {"code", link.url}}), "");
  c.hear();
  const auto person = c.w.read([&](Tx& tx) { return people::find(tx, {"wecom_external_userid:" + c.corp, customer}); });
  ASSERT_TRUE(person && *person);
  EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM entry_arrival WHERE code_id = " + std::to_string(id.v)), 1);
  EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM tag_assignment a JOIN tag t ON t.id = a.tag_id WHERE t.name = '抖音'"), 1);
  const auto state = link.url.substr(link.url.rfind('=') + 1);
  const auto welcome = c.w.read([&](Tx& tx) { return entry::welcome_for(tx, state, c.staff(0), tx.now()); });
  ASSERT_TRUE(welcome && *welcome);
  EXPECT_EQ((*welcome)->text, "欢迎");
  EXPECT_EQ(c.sim.world.books.quota.balance, 99);
}

TEST(WecomAcquisition, ALostAnswerIsFoundByName) {
  for (const int trouble : {1, 2}) {
    SCOPED_TRACE(trouble);
    LinkWorld c;
    const auto id = c.code();
    c.forgetful.trouble = trouble;
    c.make();
    EXPECT_EQ(c.link(id).url, "");
    c.make();
    EXPECT_EQ(c.forgetful.calls[kCreate], 1) << "not before it has settled";
    c.pass(61);
    c.make();
    EXPECT_NE(c.link(id).url, "");
    EXPECT_EQ(c.sim.world.books.links.size(), 1u);
    EXPECT_EQ(c.forgetful.calls[kCreate], trouble);
  }
}

TEST(WecomAcquisition, FollowsItsGuidesAndGoesWithTheSwitch) {
  LinkWorld c;
  const auto id = c.code();
  c.make();
  const auto before = c.link(id).url;
  c.edit(id, c.spec(3));
  c.make();
  EXPECT_EQ(c.sim.world.books.links.begin()->second.users.size(), 3u);
  EXPECT_EQ(c.link(id).url, before) << "what stands in an advertisement goes on";
  auto off = c.spec(3);
  off.acquisition = false;
  c.edit(id, off);
  c.pass(3600);
  c.make();
  EXPECT_TRUE(c.sim.world.books.links.empty());
  EXPECT_FALSE(c.link(id).wanted);
  EXPECT_EQ(c.w.read([](Tx& tx) { return entry::ways_there(tx); }).value_or(-1), 3) << "links are not contact ways";
}

TEST(WecomAcquisition, BalanceAndDeletedLinksRaiseAlarms) {
  LinkWorld c;
  const auto id = c.code();
  c.make();
  const auto link_id = c.sim.world.books.links.begin()->first;
  const auto say = [&](std::string change, std::string more = {}) {
    const auto xml = crypto::read_callback_xml("<xml>" + more + "</xml>");
    const auto meant = c.w.write([&](Tx& tx) { return take_meaning(tx, c.corp, "customer_acquisition/" + change, *xml, tx.now()); });
    EXPECT_EQ(outcome(meant), "ok");
    return meant.value_or(false);
  };
  EXPECT_TRUE(say("balance_low"));
  EXPECT_TRUE(say("balance_exhausted"));
  EXPECT_EQ(c.alarms(), "link_balance|open\n");
  EXPECT_TRUE(say("balance_increased"));
  EXPECT_EQ(c.alarms(), "link_balance|closed\n");
  EXPECT_TRUE(say("quota_expire_soon", "<ExpireTime>1</ExpireTime><ExpireQuotaNum>7</ExpireQuotaNum>"));
  EXPECT_TRUE(say("link_unavailable", "<LinkId><![CDATA[" + link_id + "]]></LinkId>"));
  EXPECT_EQ(c.alarms(), "link_balance|closed\nlink_balance|open\nlink_unavailable|open\n");
  EXPECT_TRUE(say("link_unavailable", "<LinkId><![CDATA[somebody-elses]]></LinkId>"));
  EXPECT_FALSE(say("open_profile")) << "kept raw and shown";
  // Deleted in the console: made anew, at another address, and the alarm says so.
  c.sim.world.books.links.clear();
  EXPECT_TRUE(say("delete_link", "<LinkId><![CDATA[" + link_id + "]]></LinkId>"));
  EXPECT_EQ(c.link(id).url, "");
  c.make();
  EXPECT_NE(c.link(id).url, "");
  EXPECT_EQ(c.sim.world.books.links.size(), 1u);
  EXPECT_NE(c.alarms().find("link_deleted|open"), std::string::npos);
}

TEST(WecomAcquisition, FirstWordsAreAnEventOfTheCustomer) {
  LinkWorld c;
  const auto id = c.code();
  c.make();
  const auto customer = c.sim.customer();
  c.sim.sim("customer/scan", {{"external_userid", customer}, {"code", c.link(id).url}});
  c.hear();
  const auto kinds = [&] {
    const auto all = c.w.read([](Tx& tx) { return events::count_kinds(tx); });
    for (const auto& k : *all)
      if (k.kind == "message_received_from_customer") return k.events;
    return std::int64_t{0};
  };
  EXPECT_EQ(kinds(), 0);
  const auto no = c.sim.world.corp.customer_no(customer);
  const auto user = c.sim.world.corp.staff[c.sim.world.corp.customers[no].staff.front()].userid;
  c.sim.sim("customer/say", {{"external_userid", customer}, {"userid", user}, {"text", "在吗"}});
  c.hear();
  EXPECT_EQ(kinds(), 1);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
