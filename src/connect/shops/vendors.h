/// Shop platforms that push in their own manner: one table, a line for each. A line judges the signature, and says in the words of
/// the generic order document (take_orders) what the push brought; nothing else knows of a platform. Owns hook_message.
/// Source: the platforms' documents; what is known of a field only by hearsay is left alone (README).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "connect/crypto/shops.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::shops {

/// What a platform sent, and when it came.
struct VendorPush { const http::Request* request = nullptr; std::string_view body; Instant now{}; };
/// What it says. `orders`: a generic document, "" when it brings none. `id`: the platform's name of the message, "" when it has none.
struct VendorNews { std::string id, orders, reply; };

struct Vendor {
  std::string_view name;
  Result<> (*check)(const crypto::ShopKey& key, const VendorPush& push);
  Result<VendorNews> (*read)(const VendorPush& push);
};
/// youzan, doudian, douyin, kuaishou, shopify.
std::span<const Vendor> vendors();
const Vendor* find_vendor(std::string_view name);

/// A source of a platform, or its new secret (the old one counts for another 24 hours). invalid "connect.bad_source",
/// "connect.hook_vendor", "connect.hook_secret"; conflict "connect.hook_exists" when it is of another manner.
struct PutVendor { std::string source, name, vendor, client_id, secret; };
Result<> put_vendor(Tx& tx, const PutVendor& cmd, std::string_view seal_key);
/// The keys that count now. not_found "connect.no_hook", also when the source speaks in another manner.
Result<std::vector<crypto::ShopKey>> vendor_keys(Tx& tx, std::string_view source, std::string_view vendor, std::string_view seal_key);
/// Whether a message is new; forgotten after seven days, when its order's own version stands against it.
Result<bool> note_message(Tx& tx, std::string_view source, std::string_view id);

std::span<const http::Route> vendor_routes();

}  // namespace koi::connect::shops
