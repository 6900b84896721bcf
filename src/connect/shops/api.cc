#include "connect/seal_key.h"
#include "connect/shops/hooks.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::shops {

std::string hook_schema();

BOOST_DESCRIBE_STRUCT(NewSecret, (), (source, secret))
BOOST_DESCRIBE_STRUCT(Taken, (), (orders, orders_changed, refunds))
struct CreateBody { std::string source; std::optional<std::string> name; };
BOOST_DESCRIBE_STRUCT(CreateBody, (), (source, name))
struct StateBody { bool disabled = false; };
BOOST_DESCRIBE_STRUCT(StateBody, (), (disabled))
struct HookRow {
  std::string source, name;
  bool disabled = false;
  Instant created_at;
  std::optional<Instant> rotated_at, last_seen_at;
};
BOOST_DESCRIBE_STRUCT(HookRow, (), (source, name, disabled, created_at, rotated_at, last_seen_at))
struct HookList { std::vector<HookRow> data; };
BOOST_DESCRIBE_STRUCT(HookList, (), (data))

namespace {

constexpr std::string_view kList =
    "SELECT source, name, disabled, created_at, rotated_at, last_seen_at FROM hook_source ORDER BY source LIMIT 200";

ShardKey shard(std::string_view source) { return {std::hash<std::string_view>{}(source)}; }

Result<Answer> post_hook(Call& call) {
  const std::string source(call.path_text("source"));
  TRY(const auto key, seal_key(call.db()));
  const auto secrets = call.db().read([&](Tx& tx) { return secrets_of(tx, source, key); });
  // An unknown source answers like a wrong signature: names cannot be tried out.
  if (!secrets) return secrets.error().kind == Errc::not_found ? fail(Errc::unauthenticated, "connect.hook_signature") : std::unexpected(secrets.error());
  TRY(auto signature, check_signature(call.request().header("x-koipond-signature"), call.request().body, *secrets, call.db().clock().now()));
  return call.write(shard(source), [source, signature, &body = call.request().body](Tx& tx) -> Result<Reply> {
    TRY(note_signature(tx, source, signature));
    TRY(const auto taken, take_orders(tx, source, body));
    return http::ok(taken);
  });
}

Result<Answer> get_hooks(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(auto rows, tx.all<HookRow>(kList));
    return http::ok(HookList{std::move(rows)});
  });
}

Result<Answer> post_source(Call& call) {
  TRY(const auto body, call.body<CreateBody>());
  TRY(const auto key, seal_key(call.db()));
  call.audit_subject("hook:" + body.source);
  return call.write(shard(body.source), [body, key](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_hook(tx, body.source, body.name.value_or(body.source), key));
    return http::created(made);
  });
}

Result<Answer> post_rotate(Call& call) {
  const std::string source(call.path_text("source"));
  TRY(const auto key, seal_key(call.db()));
  call.audit_subject("hook:" + source);
  return call.write(shard(source), [source, key](Tx& tx) -> Result<Reply> {
    TRY(const auto made, rotate_hook(tx, source, key));
    return http::ok(made);
  });
}

Result<Answer> put_state(Call& call) {
  const std::string source(call.path_text("source"));
  TRY(const auto body, call.body<StateBody>());
  call.audit_subject("hook:" + source);
  return call.write(shard(source), [source, body](Tx& tx) -> Result<Reply> {
    TRY(disable_hook(tx, source, body.disabled));
    return http::no_content();
  });
}

using http::None;
constexpr Route hook_route() {
  auto r = http::route<None, None, Taken>("POST", "/hooks/orders/{source}", "", post_hook, "店铺推送订单与退款(签名)",
                                          "Orders and refunds pushed by a shop (signed)",
                                          http::kPublic | http::kNoCsrf | http::kNoAudit | http::kBatch);
  r.body = hook_schema;
  return r;
}
constexpr Route kRoutes[] = {
    hook_route(),
    http::route<None, None, HookList>("GET", "/v1/hook-sources", "source.read", get_hooks, "店铺回调列表", "List shop hooks"),
    http::route<None, CreateBody, NewSecret>("POST", "/v1/hook-sources", "source.write", post_source, "新建店铺回调", "Create a shop hook"),
    http::route<None, None, NewSecret>("POST", "/v1/hook-sources/{source}/rotate", "source.write", post_rotate, "轮换回调密钥", "Rotate a hook's secret"),
    http::route<None, StateBody, None>("PUT", "/v1/hook-sources/{source}/state", "source.write", put_state, "启停店铺回调", "Switch a shop hook on or off"),
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace koi::connect::shops
