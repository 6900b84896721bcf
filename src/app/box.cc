#include "app/box.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
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

std::string shop_of(Tx& tx, UnitId unit) {
  const auto found = team::find_unit(tx, Scope::everything("the box"), unit);
  return found ? found->name : std::string();
}

Result<std::vector<simulate::Guide>> guides_of(Tx& tx) {
  TRY(const auto all, team::staff_under(tx, Scope::everything("the box"), ""));
  std::vector<simulate::Guide> out;
  for (const auto& one : all)
    if (one.state == "active" && !one.wecom_userid.empty()) out.push_back({one.wecom_userid, one.name, shop_of(tx, one.unit)});
  return out;
}

Result<simulate::Options> options_of(Db& db, const Config& config, int server_port) {
  simulate::Options o;
  o.port = config.simulator;
  o.seed = kSeed;
  o.customers = kCustomers;
  o.groups = kGroups;
  o.staff = kStaff;
  TRY(o.guides, db.read(guides_of));
  TRY(const auto name, db.read([](Tx& tx) { return store::setting(tx, "merchant.name"); }));
  o.name = name.value_or("");
  o.corp_id = "wwkoipondbox000001";
  o.callback = fmt::format("http://127.0.0.1:{}/callback/wecom/{}", server_port, o.corp_id);
  return o;
}

/// The box of before knew contact ways that this one has never heard of.
Result<> forget_ways(Db& db) {
  for (;;) {
    TRY(const auto lost, db.write([](Tx& tx) { return entry::forget_made_ways(tx, kWaysAtOnce); }));
    if (lost < kWaysAtOnce) return {};
  }
}

Result<> connect_corp(Db& db, const json::object& greeting) {
  const auto text = [&](std::string_view key) { return std::string(greeting.at(key).get_string()); };
  TRY(const auto key, connect::seal_key(db));
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(wecom::put_corp(tx, {.corp_id = text("corpid"), .name = "模拟企业微信", .base_url = text("address"), .secret = text("secret"), .token = text("token"),
                             .aes_key = text("aes_key"), .agent_id = parse_int(text("agentid")).value_or(0), .disabled = false}, key));
    TRY(const auto before, wecom::latest_run(tx, text("corpid")));
    if (!before) TRY(wecom::begin_run(tx, text("corpid"), "first", "simulator"));
    return {};
  }));
  wecom::corp_changed(db, text("corpid"));
  return {};
}

}  // namespace

Result<std::unique_ptr<Box>> Box::open(Db& db, const Config& config, int server_port, const Io& io) {
  TRY(auto options, options_of(db, config, server_port));
  TRY(forget_ways(db));
  TRY(auto simulator, simulate::Simulator::start(std::move(options)));
  const auto greeting = json::parse(simulator->greeting()).as_object();
  TRY(connect_corp(db, greeting));
  io.line(fmt::format(fmt::runtime(io.chinese ? "模拟企业微信与手机: {}" : "The simulated WeCom and its phone: {}"), std::string_view(greeting.at("address").get_string())));
  return std::unique_ptr<Box>(new Box(std::move(simulator)));
}

}  // namespace koi::app
