#include "app/box.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/sample/contact.h"
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/sms/sms.h"
#include "connect/wecom/albums/albums.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/login/login.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/rules/rules.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
#include "entry/joins.h"
#include "entry/ways.h"
#include "store/trail.h"
#include "team/team.h"

namespace koi::app {

namespace {

namespace json = boost::json;
namespace wecom = connect::wecom;

constexpr std::uint64_t kSeed = 7;  // the same corp at every start
constexpr int kCustomers = 80, kGroups = 4, kStaff = 2;
constexpr int kWaysAtOnce = 500;
constexpr std::string_view kGuidesKept = "simulator.guides", kChatsKept = "simulator.chats";

std::string shop_of(Tx& tx, UnitId unit) {
  const auto found = team::find_unit(tx, Scope::everything("the box"), unit);
  return found ? found->name : std::string();
}

/// The guides of the shop as they were when the box was first opened: who came later, from the box itself too, would make it another
/// corp with other customers.
Result<std::vector<simulate::Guide>> guides_of(Tx& tx) {
  std::vector<simulate::Guide> out;
  TRY(const auto kept, store::setting(tx, kGuidesKept));
  if (kept) {
    const auto lines = json::parse(*kept);
    for (const auto& line : lines.as_array())
      out.push_back({json::value_to<std::string>(line.at(0)), json::value_to<std::string>(line.at(1)), json::value_to<std::string>(line.at(2))});
    return out;
  }
  TRY(const auto all, team::staff_under(tx, Scope::everything("the box"), ""));
  json::array lines;
  for (const auto& one : all) {
    if (one.state != "active" || one.wecom_userid.empty()) continue;
    out.push_back({one.wecom_userid, one.name, shop_of(tx, one.unit)});
    lines.push_back(json::array{out.back().userid, out.back().name, out.back().shop});
  }
  TRY(store::set_setting(tx, kGuidesKept, json::serialize(lines)));
  return out;
}

/// The shops' groups a sample tells of.
Result<std::vector<simulate::Chat>> chats_of(Tx& tx) {
  std::vector<simulate::Chat> out;
  TRY(const auto kept, store::setting(tx, kChatsKept));
  if (!kept) return out;
  const auto lines = json::parse(*kept);
  for (const auto& line : lines.as_array())
    out.push_back({json::value_to<std::string>(line.at(0)), json::value_to<std::string>(line.at(1)), json::value_to<std::string>(line.at(2))});
  return out;
}

Result<simulate::Options> options_of(Db& db, const Config& config, int server_port) {
  simulate::Options o;
  o.port = config.simulator;
  o.seed = kSeed;
  o.luck = static_cast<std::uint64_t>(to_ms(db.clock().now()));  // who is made up today is nobody of yesterday
  o.customers = kCustomers;
  o.groups = kGroups;
  o.staff = kStaff;
  o.past = true;
  TRY(o.guides, db.write(guides_of));
  TRY(o.chats, db.read(chats_of));
  TRY(const auto name, db.read([](Tx& tx) { return store::setting(tx, "merchant.name"); }));
  o.name = name.value_or("");
  o.corp_id = "wwkoipondbox000001";
  o.callback = fmt::format("http://127.0.0.1:{}/callback/wecom/{}", server_port, o.corp_id);
  return o;
}

/// The box of before knew ways to friends and groups, pictures, rules on words, and products of the album that this one has never heard of.
Result<> forget_made(Db& db, const std::string& corp) {
  for (auto* forget : {entry::forget_made_ways, entry::forget_made_joins})
    for (int lost = kWaysAtOnce; lost == kWaysAtOnce;) { TRY(lost, db.write([&](Tx& tx) { return forget(tx, kWaysAtOnce); })); }
  return db.write([&](Tx& tx) -> Result<> {
    TRY(wecom::forget_brought_media(tx, corp));
    TRY(wecom::forget_made_rules(tx, corp));
    return wecom::forget_made_albums(tx, corp);
  });
}

Result<> connect_corp(Db& db, const json::object& greeting) {
  const auto text = [&](std::string_view key) { return std::string(greeting.at(key).get_string()); };
  TRY(const auto key, connect::seal_key(db));
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(wecom::put_corp(tx, {.corp_id = text("corpid"), .name = "模拟企业微信", .base_url = text("address"), .secret = text("secret"), .token = text("token"),
                             .aes_key = text("aes_key"), .agent_id = parse_int(text("agentid")).value_or(0), .disabled = false}, key));
    TRY(const auto login, wecom::login_setting(tx, text("corpid")));
    if (login.ver == 0) TRY(wecom::put_login(tx, text("corpid"), true));
    TRY(const auto before, wecom::latest_run(tx, text("corpid")));
    if (!before) TRY(wecom::begin_run(tx, text("corpid"), "first", "simulator"));
    return {};
  }));
  wecom::corp_changed(db, text("corpid"));
  return {};
}

/// Texts go to the phone in the box, unless a gateway of the merchant's own is there.
Result<> connect_texts(Db& db, const json::object& greeting) {
  const auto& sms = greeting.at("sms").as_object();
  const std::string url(sms.at("url").get_string()), secret(sms.at("secret").get_string());
  TRY(const auto key, connect::seal_key(db));
  return db.write([&](Tx& tx) -> Result<> {
    TRY(const auto there, connect::sms::gateway(tx));
    if (there && there->url != url) return {};
    TRY(connect::sms::put_gateway(tx, {.url = url, .sign = there ? std::nullopt : std::optional<std::string>("锦鲤池"), .secret = secret, .disabled = {}}, key));
    return {};
  });
}

}  // namespace

Result<std::unique_ptr<Box>> Box::open(Db& db, const Config& config, int server_port, const Io& io) {
  TRY(auto options, options_of(db, config, server_port));
  TRY(forget_made(db, options.corp_id));
  TRY(auto simulator, simulate::Simulator::start(std::move(options)));
  const auto greeting = json::parse(simulator->greeting()).as_object();
  TRY(connect_corp(db, greeting));
  TRY(connect_texts(db, greeting));
  TRY(furnish_contact(db, std::string(greeting.at("corpid").get_string())));
  io.line(fmt::format(fmt::runtime(io.chinese ? "模拟企业微信与手机: {}" : "The simulated WeCom and its phone: {}"), std::string_view(greeting.at("address").get_string())));
  return std::unique_ptr<Box>(new Box(std::move(simulator)));
}

}  // namespace koi::app
