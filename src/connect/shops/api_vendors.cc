// Shop platforms' doors: POST /hooks/youzan/{source} and the like.
#include "base/crypto.h"
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/shops/hooks.h"
#include "connect/shops/vendors.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::shops {

struct VendorSecrets {
  std::string vendor, client_id;
  store::Blob sealed;
  std::optional<store::Blob> before;
  std::optional<Instant> before_until;
};
BOOST_DESCRIBE_STRUCT(VendorSecrets, (), (vendor, client_id, sealed, before, before_until))
struct VendorBody { std::string vendor, secret; std::optional<std::string> name, client_id; };
BOOST_DESCRIBE_STRUCT(VendorBody, (), (vendor, secret, name, client_id))
struct VendorView { std::string source, vendor, address; };
BOOST_DESCRIBE_STRUCT(VendorView, (), (source, vendor, address))

namespace {

constexpr std::string_view kPut =
    "INSERT INTO hook_source (source, name, sealed, created_at, vendor, client_id) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (source) DO UPDATE SET "
    "name = $2, sealed_before = hook_source.sealed, before_until = $7, sealed = $3, rotated_at = $4, client_id = $6 WHERE hook_source.vendor = $5";
constexpr std::string_view kKeys = "SELECT vendor, client_id, sealed, sealed_before, before_until FROM hook_source WHERE source = $1 AND disabled = 0";
constexpr std::string_view kTouch = "UPDATE hook_source SET last_seen_at = $2 WHERE source = $1";
constexpr std::string_view kNote = "INSERT INTO hook_message (source, id, at) VALUES ($1, $2, $3) ON CONFLICT (source, id) DO NOTHING";
constexpr std::string_view kForget = "DELETE FROM hook_message WHERE at < $1";
constexpr auto kRememberFor = std::chrono::days(7);
constexpr std::size_t kSecretMax = 512, kIdMax = 128, kMessageIdMax = 200;

ShardKey shard(std::string_view source) { return {std::hash<std::string_view>{}(source)}; }

}  // namespace

Result<> put_vendor(Tx& tx, const PutVendor& cmd, std::string_view seal_key) {
  const bool good = !cmd.source.empty() && cmd.source.size() <= 64 && cmd.source.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == cmd.source.npos;
  if (!good) return fail(Errc::invalid, "connect.bad_source", cmd.source);
  if (find_vendor(cmd.vendor) == nullptr) return fail(Errc::invalid, "connect.hook_vendor", cmd.vendor, "/vendor");
  // Those two sign with the application's id: without it nothing would fit.
  const bool needs_id = cmd.vendor == "youzan" || cmd.vendor == "doudian";
  if (cmd.secret.empty() || cmd.secret.size() > kSecretMax) return fail(Errc::invalid, "connect.hook_secret", {}, "/secret");
  if (cmd.client_id.size() > kIdMax || (needs_id && cmd.client_id.empty())) return fail(Errc::invalid, "connect.hook_secret", "client_id", "/client_id");
  TRY(const auto done, tx.exec(kPut, cmd.source, take_chars(cmd.name, 100), store::Blob{seal(seal_key, cmd.secret)}, tx.now(), cmd.vendor, cmd.client_id,
                               tx.now() + std::chrono::hours(kOldSecretHours)));
  return done == 0 ? fail(Errc::conflict, "connect.hook_exists", cmd.source) : Result<>{};
}

Result<std::vector<crypto::ShopKey>> vendor_keys(Tx& tx, std::string_view source, std::string_view vendor, std::string_view seal_key) {
  TRY(const auto row, tx.maybe<VendorSecrets>(kKeys, source));
  if (!row || row->vendor != vendor) return fail(Errc::not_found, "connect.no_hook", std::string(source));
  std::vector<crypto::ShopKey> out;
  const auto open = [&](const store::Blob& box) {
    if (auto plain = unseal(seal_key, box.bytes)) out.push_back({row->client_id, std::move(*plain)});
  };
  open(row->sealed);
  if (row->before && row->before_until && tx.now() < *row->before_until) open(*row->before);
  if (out.empty()) return fail(Errc::internal, "connect.seal_key");
  return out;
}

Result<bool> note_message(Tx& tx, std::string_view source, std::string_view id) {
  TRY(tx.exec(kTouch, source, tx.now()));
  if (id.empty()) return true;
  TRY(tx.exec(kForget, tx.now() - kRememberFor));
  const auto name = id.size() <= kMessageIdMax ? std::string(id) : hex(hash128(id));
  TRY(const auto fresh, tx.exec(kNote, source, name, tx.now()));
  return fresh > 0;
}

namespace {

Result<Answer> take_push(Call& call, const Vendor& vendor) {
  const std::string source(call.path_text("source"));
  TRY(const auto key, seal_key(call.db()));
  const VendorPush push{&call.request(), call.request().body, call.db().clock().now()};
  const auto keys = call.db().read([&](Tx& tx) { return vendor_keys(tx, source, vendor.name, key); });
  // An unknown source answers like a wrong signature: names cannot be tried out.
  if (!keys) return keys.error().kind == Errc::not_found ? fail(Errc::unauthenticated, "connect.hook_signature") : std::unexpected(keys.error());
  Result<> fits = fail(Errc::unauthenticated, "connect.hook_signature");
  for (const auto& one : *keys)
    if (fits = vendor.check(one, push); fits) break;
  TRY(fits);
  TRY(auto news, vendor.read(push));
  return call.write(shard(source), [source, news = std::move(news)](Tx& tx) -> Result<Reply> {
    const Reply taken{200, news.reply, "application/json", {}};
    TRY(const bool fresh, note_message(tx, source, news.id));
    if (fresh && !news.orders.empty()) TRY(take_orders(tx, source, news.orders));
    return taken;
  });
}

template <std::size_t N>
Result<Answer> post_vendor(Call& call) { return take_push(call, vendors()[N]); }

Result<Answer> put_platform(Call& call) {
  TRY(const auto in, call.body<VendorBody>());
  TRY(const auto key, seal_key(call.db()));
  const std::string source(call.path_text("source"));
  call.audit_subject("hook:" + source);
  return call.write(shard(source), [in, key, source](Tx& tx) -> Result<Reply> {
    TRY(put_vendor(tx, {source, in.name.value_or(source), in.vendor, in.client_id.value_or(""), in.secret}, key));
    return http::ok(VendorView{source, in.vendor, "/hooks/" + in.vendor + "/" + source});
  });
}

using http::None;
constexpr unsigned kDoor = http::kPublic | http::kNoCsrf | http::kNoAudit | http::kBatch;
constexpr Route kRoutes[] = {
    {"POST", "/hooks/youzan/{source}", "", post_vendor<0>, "有赞推送(签名)", "Youzan pushes (signed)", nullptr, nullptr, nullptr, kDoor},
    {"POST", "/hooks/doudian/{source}", "", post_vendor<1>, "抖店推送(签名)", "Doudian pushes (signed)", nullptr, nullptr, nullptr, kDoor},
    {"POST", "/hooks/douyin/{source}", "", post_vendor<2>, "抖音开放平台推送(签名)", "Douyin pushes (signed)", nullptr, nullptr, nullptr, kDoor},
    {"POST", "/hooks/kuaishou/{source}", "", post_vendor<3>, "快手推送(签名)", "Kuaishou pushes (signed)", nullptr, nullptr, nullptr, kDoor},
    {"POST", "/hooks/shopify/{source}", "", post_vendor<4>, "Shopify 式推送(签名)", "Pushes by the Shopify convention (signed)", nullptr, nullptr, nullptr, kDoor},
    http::route<None, VendorBody, VendorView>("PUT", "/v1/hook-sources/{source}/platform", "source.write", put_platform, "接入店铺平台的推送", "Take a shop platform's pushes"),
};

}  // namespace

std::span<const Route> vendor_routes() { return kRoutes; }

}  // namespace koi::connect::shops
