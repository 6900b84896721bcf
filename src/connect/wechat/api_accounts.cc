#include "connect/seal_key.h"
#include "connect/wechat/account.h"
#include "connect/wechat/desk.h"
#include "http/wire.h"

namespace koi::connect::wechat {

struct AccountBody {
  std::string kind;
  std::optional<std::string> name, base_url, mode;
  std::optional<bool> disabled;
  std::optional<std::string> secret, token, aes_key, api_key, private_key, serial_no, public_key_id, public_key;
};
BOOST_DESCRIBE_STRUCT(AccountBody, (), (kind, name, base_url, mode, disabled, secret, token, aes_key, api_key, private_key, serial_no, public_key_id, public_key))
/// What can be seen: which secrets are there, never what they are.
struct AccountView {
  std::string app, kind, name, base_url, mode, callback;
  bool disabled = false;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  std::optional<Instant> checked_at;
  std::string check_error;
};
BOOST_DESCRIBE_STRUCT(AccountView, (), (app, kind, name, base_url, mode, callback, disabled, ver, created_at, updated_at, checked_at, check_error))
struct AccountViews { std::vector<AccountView> data; };
BOOST_DESCRIBE_STRUCT(AccountViews, (), (data))
struct CheckView { bool ok = false; std::string code, detail; };
BOOST_DESCRIBE_STRUCT(CheckView, (), (ok, code, detail))

namespace {

AccountView view_of(const AccountLine& a) {
  return {a.app, a.kind, a.name, a.base_url, a.mode, (a.kind == "pay" ? "/callback/wechat-pay/" : "/callback/wechat/") + a.app,
          a.disabled, a.ver, a.created_at, a.updated_at, a.checked_at, a.check_error};
}

Result<AccountLine> line_of(Tx& tx, std::string_view app) {
  TRY(const auto all, list_accounts(tx));
  for (const auto& a : all)
    if (a.app == app) return a;
  return fail(Errc::not_found, "connect.no_channel", std::string(app));
}

Result<Answer> get_accounts(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto all, list_accounts(tx));
    AccountViews out;
    for (const auto& a : all) out.data.push_back(view_of(a));
    return http::ok(out);
  });
}

Result<Answer> put_account_route(Call& call) {
  TRY(const auto in, call.body<AccountBody>());
  TRY(const auto key, seal_key(call.db()));
  const std::string app(call.path_text("app"));
  call.audit_subject("wechat:" + app);
  return call.write(shard_of(app), [&call, in, key, app](Tx& tx) -> Result<Reply> {
    const auto before = any_account(tx, app, key);
    if (before) TRY(http::check_match(call, before->ver));
    PutAccount cmd{app, in.kind, in.name, in.base_url, in.mode, in.disabled, in.secret, in.token, in.aes_key, in.api_key, in.private_key, in.serial_no, in.public_key_id, in.public_key};
    TRY(const auto made, put_account(tx, cmd, key));
    TRY(const auto line, line_of(tx, app));
    return http::with_etag(before ? http::ok(view_of(line)) : http::created(view_of(line)), made.ver);
  });
}

Result<Answer> delete_account(Call& call) {
  const std::string app(call.path_text("app"));
  call.audit_subject("wechat:" + app);
  return call.write(shard_of(app), [app](Tx& tx) -> Result<Reply> {
    TRY(drop_account(tx, app));
    return http::no_content();
  });
}

/// Asks for what only the right secrets get: a token, or the platform's certificates.
Result<> try_account(Desk& desk, const std::string& app) {
  TRY(const auto account, desk.db().read([&](Tx& tx) { return find_account(tx, app, desk.seal_key()); }));
  if (account.kind == "pay") {
    TRY(const auto merchant, desk.pay(app));
    return merchant->fetch_certificates();
  }
  TRY(const auto host, desk.host(app));
  TRY(host->token());
  return {};
}

Result<Answer> post_check(Call& call) {
  const std::string app(call.path_text("app"));
  return at_desk(call, [app](Desk& desk) -> Result<Reply> {
    const auto good = try_account(desk, app);
    if (!good && good.error().code == "connect.no_channel") return std::unexpected(good.error());
    const auto code = good ? std::string() : good.error().code;
    TRY(desk.db().write([&](Tx& tx) { return note_check(tx, app, code); }));
    return http::ok(CheckView{good.has_value(), code, good ? std::string() : good.error().detail});
  }, "wechat:" + app);
}

using http::None;
constexpr Route kRoutes[] = {
    http::route<None, None, AccountViews>("GET", "/v1/channels/wechat", "channel.read", get_accounts, "公众号、小程序与微信支付商户", "Official accounts, mini programs and WeChat Pay merchants"),
    http::route<None, AccountBody, AccountView>("PUT", "/v1/channels/wechat/{app}", "channel.write", put_account_route, "接入或修改一个微信渠道", "Add or change a WeChat channel"),
    http::route<None, None, None>("DELETE", "/v1/channels/wechat/{app}", "channel.write", delete_account, "移除一个微信渠道", "Remove a WeChat channel"),
    http::route<None, None, CheckView>("POST", "/v1/channels/wechat/{app}/check", "channel.write", post_check, "向平台验证渠道密钥", "Try a channel's secrets at the platform"),
};

}  // namespace

std::span<const Route> account_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
