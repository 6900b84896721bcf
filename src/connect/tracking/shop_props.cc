/// The e-commerce spec's properties in the shape our catalogue demands.
#include <cmath>

#include "connect/tracking/envelope.h"

namespace koi::connect::tracking {
namespace {

/// Yuan as a number or text, in fen; false when it is neither.
bool read_fen(dom::object object, std::string_view key, std::int64_t& fen) {
  dom::element value;
  if (object[key].get(value)) return false;
  if (value.is_string()) {
    MoneyFault fault{};
    const auto money = parse_money(std::string_view(value), fault);
    fen = money.v;
    return fault == MoneyFault::none;
  }
  double yuan = 0;
  if (value.get(yuan) || !(std::fabs(yuan) < 1e12)) return false;
  fen = std::llround(yuan * 100);
  return true;
}

std::string_view text_of(dom::object object, std::string_view key) {
  std::string_view out;
  if (object[key].get(out)) return {};
  return out;
}

void put_text(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  append_json_string(out, value);
}
void put_number(std::string& out, std::string_view key, std::int64_t value) {
  out.append(",\"").append(key).append("\":").append(std::to_string(value));
}

void put_lines(std::string& out, dom::object props) {
  out.append(",\"lines\":[");
  dom::array products;
  if (!props["products"].get(products)) {
    std::int64_t n = 0;
    for (const auto product : products) {
      dom::object p;
      if (product.get(p)) continue;
      auto sku = text_of(p, "sku");
      if (sku.empty()) sku = text_of(p, "product_id");
      std::int64_t quantity = 1, price = 0;
      if (p["quantity"].get(quantity)) quantity = 1;
      read_fen(p, "price", price);
      if (n++ > 0) out.push_back(',');
      out.append("{\"line_no\":").append(std::to_string(n)).append(",\"sku_id\":");
      append_json_string(out, sku);
      put_number(out, "qty", quantity);
      put_number(out, "list_fen", price);
      put_number(out, "paid_fen", price * quantity);
      out.push_back('}');
    }
  }
  out.push_back(']');
}

/// The order number, given as text or as a number.
std::string order_id(dom::object props) {
  dom::element value;
  if (props["order_id"].get(value)) return {};
  if (value.is_string()) return std::string(std::string_view(value));
  std::string out;
  if (value.is_number()) append_json(out, value);
  return out;
}

}  // namespace

bool commerce_props(std::string_view kind, const Raw& raw, std::string_view source, std::string& out,
                    std::int64_t& amount_fen) {
  if (!raw.has_props || (kind != "order_paid" && kind != "order_cancelled")) return false;
  dom::object props;
  if (raw.props.get(props)) return false;
  dom::element already;
  if (!props["total_fen"].get(already)) return false;  // ours, not Segment's
  const auto order = order_id(props);
  if (order.empty()) return false;  // quarantined with the path that is missing
  std::int64_t total = 0;
  if (!read_fen(props, "total", total)) read_fen(props, "revenue", total);
  amount_fen = total;
  out.append("{\"order_id\":");
  append_json_string(out, order);
  put_text(out, "shop_id", source);
  put_lines(out, props);
  put_number(out, "total_fen", total);
  put_number(out, "pay_fen", total);
  put_number(out, "points_used", 0);
  out.append(",\"coupon_ids\":[");
  if (const auto coupon = text_of(props, "coupon"); !coupon.empty()) append_json_string(out, coupon);
  out.append("],\"first_order\":false,\"touch\":");
  if (raw.has_touch && raw.touch.is_object()) append_json(out, raw.touch); else out.append("{}");
  if (const auto currency = text_of(props, "currency"); !currency.empty()) put_text(out, "currency", currency);
  out.push_back('}');
  return true;
}

}  // namespace koi::connect::tracking
