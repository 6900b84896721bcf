#include "connect/shops/vendors.h"

#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"

namespace koi::connect::shops {
namespace {

namespace json = boost::json;

constexpr std::string_view kChina = "+08:00";
constexpr std::size_t kMessagesAPush = 100;

std::unexpected<Error> unread() { return fail(Errc::malformed, "connect.hook_body"); }

Result<json::value> parsed(std::string_view text) {
  boost::system::error_code failed;
  auto value = json::parse(text, failed);
  if (failed) return unread();
  return value;
}
const json::value* in(const json::value& from, std::string_view name) {
  const auto* object = from.if_object();
  const auto* value = object != nullptr ? object->if_contains(name) : nullptr;
  return value != nullptr && !value->is_null() ? value : nullptr;
}
/// Ids beyond 2^53 come as numbers too: their digits are kept.
std::string text(const json::value& from, std::string_view name) {
  const auto* value = in(from, name);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  return value->is_int64() || value->is_uint64() ? json::serialize(*value) : std::string();
}
std::string first_text(const json::value& from, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (auto found = text(from, name); !found.empty()) return found;
  return {};
}
std::optional<std::int64_t> number(const json::value& from, std::string_view name) {
  const auto* value = in(from, name);
  if (value == nullptr) return std::nullopt;
  return value->is_int64() ? std::optional(value->get_int64()) : value->is_string() ? parse_int(value->get_string()) : std::nullopt;
}
/// Yuan as text.
std::optional<std::int64_t> yuan(const json::value& from, std::string_view name) {
  MoneyFault fault{};
  const auto fen = parse_money(text(from, name), fault);
  return fault == MoneyFault::none ? std::optional(fen.v) : std::nullopt;
}
void put(json::object& to, std::string_view name, std::string value) {
  if (!value.empty()) to[name] = std::move(value);
}
/// "2025-01-03 10:00:00" on China's clock.
std::string china_time(const std::string& wall) {
  if (wall.size() < 19) return {};
  auto out = wall.substr(0, 10) + "T" + wall.substr(11, 8) + std::string(kChina);
  return parse_rfc3339(out) ? out : std::string();
}
std::string second_time(std::optional<std::int64_t> seconds) {
  return seconds && *seconds > 0 && *seconds < 99'999'999'999 ? to_rfc3339(from_ms(*seconds * 1000)) : std::string();
}
/// A phone that is one: hidden and sealed ones are not.
bool is_phone(std::string_view s) { return s.size() >= 8 && s.size() <= 20 && s.find_first_not_of("+0123456789- ") == s.npos; }
/// Names and phones may come sealed or with stars: that is no name.
bool is_open(std::string_view s) { return !s.empty() && !s.contains('*') && !s.starts_with('$') && !s.starts_with('#') && !s.starts_with('~'); }

std::string document(json::array orders, json::array refunds) {
  if (orders.empty() && refunds.empty()) return {};
  return json::serialize(json::object{{"orders", std::move(orders)}, {"refunds", std::move(refunds)}});
}

std::optional<std::string> url_decoded(std::string_view in_text) {
  std::string out;
  for (std::size_t i = 0; i < in_text.size(); ++i) {
    if (in_text[i] == '+') {
      out += ' ';
    } else if (in_text[i] == '%') {
      const auto byte = i + 2 < in_text.size() ? unhex(in_text.substr(i + 1, 2)) : std::nullopt;
      if (!byte) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out += in_text[i];
    }
  }
  return out;
}

// ---- Youzan --------------------------------------------------------------------------------------------------------

Result<> check_youzan(const crypto::ShopKey& key, const VendorPush& push) {
  if (const auto sign = push.request->header("event-sign"); !sign.empty())
    return crypto::check_youzan_event(key, push.request->header("client-id"), sign, push.body);
  TRY(const auto whole, parsed(push.body));
  return crypto::check_youzan_body(key, text(whole, "msg"), text(whole, "sign"));
}

std::string youzan_status(const std::string& s) {
  if (s == "WAIT_BUYER_PAY") return "created";
  if (s == "WAIT_BUYER_CONFIRM_GOODS") return "shipped";
  if (s == "TRADE_SUCCESS") return "completed";
  if (s == "TRADE_CLOSED") return "cancelled";
  return "paid";
}

json::object youzan_order(const json::value& full) {
  static const json::value kNone = json::object{};
  const auto part = [&](std::string_view name) -> const json::value& { const auto* p = in(full, name); return p != nullptr ? *p : kNone; };
  const auto &info = part("order_info"), &pay = part("pay_info"), &buyer = part("buyer_info");
  json::object out, who;
  out["order_no"] = text(info, "tid");
  put(out, "at", china_time(text(info, "created")));
  put(out, "paid_at", china_time(text(info, "pay_time")));
  put(out, "updated_at", china_time(text(info, "update_time")));
  out["status"] = youzan_status(text(info, "status"));
  if (const auto total = yuan(pay, "payment")) out["total_fen"] = *total;
  put(who, "id", text(buyer, "yz_open_id"));
  if (const auto phone = text(buyer, "buyer_phone"); is_phone(phone)) who["phone"] = phone;
  if (const auto name = text(buyer, "fans_nickname"); is_open(name)) who["name"] = name;
  if (!who.empty()) out["buyer"] = std::move(who);
  json::array lines;
  if (const auto* items = in(full, "orders"); items != nullptr && items->is_array())
    for (const auto& item : items->get_array()) {
      json::object line;
      put(line, "line_no", text(item, "oid"));
      put(line, "sku", first_text(item, {"outer_sku_id", "sku_id", "item_id"}));
      put(line, "title", text(item, "title"));
      if (const auto n = number(item, "num")) line["quantity"] = *n;
      if (const auto price = yuan(item, "price")) line["unit_price_fen"] = *price;
      line["amount_fen"] = yuan(item, "payment").value_or(yuan(item, "total_fee").value_or(0));
      lines.push_back(std::move(line));
    }
  if (!lines.empty()) out["lines"] = std::move(lines);
  return out;
}

Result<VendorNews> read_youzan(const VendorPush& push) {
  TRY(const auto whole, parsed(push.body));
  VendorNews out{first_text(whole, {"msg_id"}), {}, std::string(crypto::kShopTaken)};
  if (out.id.empty()) out.id = text(whole, "id") + " " + text(whole, "status") + " " + text(whole, "version");
  // A heartbeat is answered, and that is all.
  if (const auto* test = in(whole, "test"); test != nullptr && test->is_bool() && test->get_bool()) return out;
  const auto plain = url_decoded(text(whole, "msg"));
  if (!plain) return unread();
  if (plain->empty()) return out;
  TRY(const auto msg, parsed(*plain));
  json::array orders, refunds;
  const auto* full = in(msg, "full_order_info");
  const auto type = text(whole, "type");
  if (type.starts_with("trade_") && full != nullptr) orders.push_back(youzan_order(*full));
  // Only what has ended in the buyer's favour is money back.
  if (type.contains("Refund") && type.ends_with("Success") && in(msg, "refund_id") != nullptr) {
    json::object refund{{"refund_no", text(msg, "refund_id")}, {"order_no", text(msg, "tid")}};
    const auto fee = yuan(msg, "refunded_fee").value_or(yuan(msg, "refund_fee").value_or(0));
    refund["amount_fen"] = fee;
    put(refund, "at", china_time(first_text(msg, {"update_time", "modified"})));
    put(refund, "reason", text(msg, "refund_reason"));
    if (fee > 0 && refund.contains("at")) refunds.push_back(std::move(refund));
  }
  out.orders = document(std::move(orders), std::move(refunds));
  return out;
}

// ---- Doudian -------------------------------------------------------------------------------------------------------

Result<> check_doudian(const crypto::ShopKey& key, const VendorPush& push) {
  return crypto::check_doudian_push(key, push.request->header("app-id"), push.request->header("event-sign"), push.body);
}

std::string_view doudian_status(std::string_view tag) {
  if (tag == "100") return "created";
  if (tag == "101") return "paid";
  if (tag == "102") return "shipped";
  if (tag == "103") return "completed";
  if (tag == "106") return "cancelled";
  return {};
}

void read_doudian_one(std::string_view tag, const json::value& data, Instant now, json::array& orders, json::array& refunds) {
  const auto at = [&](std::string_view name) { return second_time(number(data, name)); };
  if (tag == "206") {
    const auto amount = number(data, "refund_amount").value_or(0);
    // It is told when it is done: a message without a time of its own is of now.
    const auto when = at("success_time").empty() ? at("update_time") : at("success_time");
    json::object refund{{"refund_no", text(data, "aftersale_id")}, {"order_no", text(data, "p_id")}, {"amount_fen", amount}, {"at", when.empty() ? to_rfc3339(now) : when}};
    if (amount > 0) refunds.push_back(std::move(refund));
    return;
  }
  const auto status = doudian_status(tag);
  if (status.empty()) return;
  json::object order{{"order_no", text(data, "p_id")}, {"status", status}};
  const auto paid = at("pay_time"), made = at("create_time"), changed = at("update_time");
  put(order, "at", !made.empty() ? made : !paid.empty() ? paid : changed);
  put(order, "paid_at", paid);
  put(order, "updated_at", !changed.empty() ? changed : !paid.empty() ? paid : made);
  if (const auto total = number(data, "pay_amount")) order["total_fen"] = *total;
  // Before the sum is known there is nothing to keep.
  const bool whole = order.contains("total_fen") || (tag != "100" && tag != "101");
  if (whole && order.contains("at")) orders.push_back(std::move(order));
}

Result<VendorNews> read_doudian(const VendorPush& push) {
  TRY(const auto whole, parsed(push.body));
  if (!whole.is_array() || whole.get_array().size() > kMessagesAPush) return unread();
  VendorNews out{{}, {}, std::string(crypto::kShopTaken)};
  json::array orders, refunds;
  for (const auto& message : whole.get_array()) {
    out.id += (out.id.empty() ? "" : " ") + text(message, "msg_id");
    const auto* data = in(message, "data");
    if (data == nullptr) continue;
    if (data->is_string()) {
      TRY(const auto inner, parsed(data->get_string()));
      read_doudian_one(text(message, "tag"), inner, push.now, orders, refunds);
    } else {
      read_doudian_one(text(message, "tag"), *data, push.now, orders, refunds);
    }
  }
  out.orders = document(std::move(orders), std::move(refunds));
  return out;
}

// ---- Douyin --------------------------------------------------------------------------------------------------------

Result<> check_douyin(const crypto::ShopKey& key, const VendorPush& push) {
  TRY(crypto::check_douyin(key.secret, push.body, push.request->header("x-douyin-signature")));
  TRY(const auto whole, parsed(push.body));
  return key.id.empty() || text(whole, "client_key") == key.id ? Result<>{} : fail(Errc::unauthenticated, "connect.shop_app");
}

Result<VendorNews> read_douyin(const VendorPush& push) {
  TRY(const auto whole, parsed(push.body));
  VendorNews out{push.request->header("msg-id"), {}, "{}"};
  const auto* content = in(whole, "content");
  if (content == nullptr) return out;
  json::value inner = *content;
  if (content->is_string()) {
    TRY(inner, parsed(content->get_string()));
  }
  const auto event = text(whole, "event");
  if (event == "verify_webhook") {
    if (const auto* challenge = in(inner, "challenge")) out.reply = json::serialize(json::object{{"challenge", *challenge}});
    out.id.clear();  // asked as often as they like
    return out;
  }
  const auto* order = in(inner, "order");
  if (event != "life_trade_order_notify" || text(inner, "action") != "pay_success" || order == nullptr) return out;
  json::object made{{"order_no", text(*order, "order_id")}, {"status", "paid"}};
  const auto created = second_time(number(*order, "create_time")), paid = second_time(number(*order, "pay_time"));
  put(made, "at", created.empty() ? paid : created);
  put(made, "paid_at", paid);
  put(made, "updated_at", second_time(number(inner, "msg_time")));
  if (const auto total = number(*order, "pay_amount")) made["total_fen"] = *total;
  if (const auto buyer = text(whole, "from_user_id"); !buyer.empty()) made["buyer"] = json::object{{"id", buyer}};
  out.orders = document({std::move(made)}, {});
  return out;
}

// ---- Kuaishou ------------------------------------------------------------------------------------------------------

Result<> check_kuaishou(const crypto::ShopKey& key, const VendorPush& push) {
  TRY(crypto::check_kuaishou(key.secret, push.body, push.request->header("kwaisign")));
  TRY(const auto whole, parsed(push.body));
  return key.id.empty() || text(whole, "appId") == key.id ? Result<>{} : fail(Errc::unauthenticated, "connect.shop_app");
}

/// The signature is documented, the names of an order's fields are not: messages are taken and answered, and bring no order.
Result<VendorNews> read_kuaishou(const VendorPush& push) {
  TRY(const auto whole, parsed(push.body));
  const auto id = text(whole, "messageId");
  return VendorNews{id, {}, json::serialize(json::object{{"result", 1}, {"message_id", id}})};
}

// ---- The Shopify convention ----------------------------------------------------------------------------------------

Result<> check_shopify(const crypto::ShopKey& key, const VendorPush& push) {
  return crypto::check_shop_hmac(key.secret, push.body, push.request->header("x-shopify-hmac-sha256"));
}

/// Whole numbers are fen, texts are yuan: "price": 12900, "price": "129.00".
std::optional<std::int64_t> money(const json::value& from, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto* value = in(from, name);
    if (value == nullptr) continue;
    if (value->is_int64()) return value->get_int64();
    if (const auto fen = yuan(from, name)) return fen;
  }
  return std::nullopt;
}

std::string shopify_status(std::string_view topic, const json::value& order) {
  if (topic == "orders/cancelled" || !text(order, "cancelled_at").empty()) return "cancelled";
  if (topic == "orders/paid") return "paid";
  if (const auto own = text(order, "status"); !own.empty()) return own;
  const auto money_state = text(order, "financial_status");
  const bool paid = money_state == "paid" || money_state == "partially_refunded" || money_state == "refunded";
  if (paid) return text(order, "fulfillment_status") == "fulfilled" ? "shipped" : "paid";
  return "created";
}

json::object shopify_buyer(const json::value& customer) {
  json::object who;
  put(who, "id", first_text(customer, {"external_id", "id"}));
  if (const auto phone = text(customer, "phone"); is_phone(phone)) who["phone"] = phone;
  put(who, "email", text(customer, "email"));
  put(who, "unionid", text(customer, "unionid"));
  auto name = text(customer, "name");
  if (name.empty()) name = text(customer, "last_name") + text(customer, "first_name");
  if (is_open(name)) who["name"] = name;
  return who;
}

json::object shopify_order(std::string_view topic, const json::value& whole) {
  const auto* nested = in(whole, "order");
  const auto& order = nested != nullptr && nested->is_object() ? *nested : whole;
  json::object out{{"order_no", first_text(order, {"order_no", "id"})}, {"status", shopify_status(topic, order)}};
  put(out, "at", first_text(order, {"created_at", "paid_at", "processed_at"}));
  put(out, "paid_at", text(order, "paid_at"));
  put(out, "updated_at", text(order, "updated_at"));
  put(out, "currency", text(order, "currency"));
  put(out, "code", text(order, "channel_code"));
  if (const auto total = money(order, {"total_amount", "total_price"})) out["total_fen"] = *total;
  const auto* customer = in(whole, "customer");
  if (customer == nullptr) customer = in(order, "customer");
  if (customer != nullptr)
    if (auto who = shopify_buyer(*customer); !who.empty()) out["buyer"] = std::move(who);
  json::array lines;
  const auto* items = in(order, "items");
  if (items == nullptr) items = in(order, "line_items");
  if (items != nullptr && items->is_array())
    for (const auto& item : items->get_array()) {
      const auto count = number(item, "qty").value_or(number(item, "quantity").value_or(1));
      const auto price = money(item, {"price"}).value_or(0);
      json::object line{{"quantity", count}, {"unit_price_fen", price}, {"amount_fen", price * std::clamp<std::int64_t>(count, -1'000'000, 1'000'000)}};
      put(line, "line_no", text(item, "id"));
      put(line, "sku", text(item, "sku"));
      put(line, "title", text(item, "title"));
      lines.push_back(std::move(line));
    }
  if (!lines.empty()) out["lines"] = std::move(lines);
  if (!out.contains("at")) put(out, "at", text(whole, "occurred_at"));
  return out;
}

json::object shopify_refund(const json::value& refund) {
  json::object out{{"refund_no", first_text(refund, {"refund_no", "id"})}, {"order_no", first_text(refund, {"order_no", "order_id"})}};
  auto amount = money(refund, {"amount"}).value_or(0);
  if (const auto* parts = in(refund, "transactions"); parts != nullptr && parts->is_array())
    for (const auto& part : parts->get_array()) amount += money(part, {"amount"}).value_or(0);
  out["amount_fen"] = amount;
  put(out, "at", first_text(refund, {"processed_at", "created_at"}));
  put(out, "reason", text(refund, "note"));
  return out;
}

Result<VendorNews> read_shopify(const VendorPush& push) {
  TRY(const auto whole, parsed(push.body));
  const auto topic = push.request->header("x-shopify-topic");
  VendorNews out{push.request->header("x-shopify-webhook-id"), {}, "{}"};
  if (topic.starts_with("orders/") && topic != "orders/delete") out.orders = document({shopify_order(topic, whole)}, {});
  if (topic == "refunds/create") out.orders = document({}, {shopify_refund(whole)});
  return out;
}

constexpr Vendor kVendors[] = {
    {"youzan", check_youzan, read_youzan},       {"doudian", check_doudian, read_doudian}, {"douyin", check_douyin, read_douyin},
    {"kuaishou", check_kuaishou, read_kuaishou}, {"shopify", check_shopify, read_shopify},
};

}  // namespace

std::span<const Vendor> vendors() { return kVendors; }

const Vendor* find_vendor(std::string_view name) {
  const auto* found = std::ranges::find(kVendors, name, &Vendor::name);
  return found == std::end(kVendors) ? nullptr : found;
}

}  // namespace koi::connect::shops
