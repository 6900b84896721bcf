#include "connect/files/mapping.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/attribute_key.h"
#include "connect/files/values.h"

namespace koi::connect::files {
namespace {

constexpr unsigned kCustomers = 1, kOrders = 2, kEvents = 4;

/// A field, where it may stand, and how headers spell it (folded, separators dropped).
struct FieldDef {
  Field field;
  std::string_view name;
  unsigned subjects;
  std::string_view words;
};
constexpr std::array<FieldDef, kFields> kDefs{{
    {Field::order_no, "order_no", kOrders, "订单号|订单编号|单号|交易号|主订单编号|order no|orderno|order id|order number|order|invoice no|invoice|basket id|transaction id"},
    {Field::person, "person", kCustomers | kOrders | kEvents, "买家|买家账号|买家号|客户号|客户编号|客户id|用户id|顾客编号|顾客id|会员id|person|customer id|customer|customer no|user id|userid|buyer|buyer id|buyer nick|household id|client id"},
    {Field::at, "at", kOrders | kEvents | kCustomers, "时间|日期|下单时间|付款时间|支付时间|成交时间|交易时间|订单创建时间|发生时间|注册时间|date|time|datetime|order date|order time|ordered at|paid at|created at|invoice date|invoice time|timestamp|transaction timestamp|purchase date|occurred at"},
    {Field::sku, "sku", kOrders, "商品编码|商品编号|商品id|货号|条码|规格编码|sku编码|sku|sku id|product id|item id|item|stock code|product code|barcode"},
    {Field::title, "title", kOrders, "商品名称|商品|商品标题|品名|宝贝标题|title|product|product name|item name|description"},
    {Field::quantity, "quantity", kOrders, "数量|件数|购买数量|商品数量|quantity|qty|units|count|pieces"},
    {Field::unit_price, "unit_price", kOrders, "单价|价格|商品单价|售价|unit price|price|item price"},
    {Field::amount, "amount", kOrders | kEvents, "金额|实付金额|实付|实收|实收金额|支付金额|付款金额|订单金额|总金额|总价|小计|amount|total|paid|sales value|total price|revenue|value|line total|subtotal"},
    {Field::status, "status", kOrders, "状态|订单状态|交易状态|status|order status|state"},
    {Field::store, "store", kCustomers | kOrders, "门店|店铺|门店编号|所属门店|门店名称|store|shop|store id|branch"},
    {Field::staff, "staff", kOrders, "导购|店员|员工|销售|staff|guide|clerk|salesperson"},
    {Field::channel, "channel", kCustomers | kOrders, "渠道|来源|来源渠道|channel|origin|sales channel"},
    {Field::currency, "currency", kOrders, "币种|货币|currency"},
    {Field::phone, "phone", kCustomers | kOrders | kEvents, "手机|手机号|手机号码|电话|联系电话|联系方式|收货人手机|phone|mobile|phone number|tel|telephone|cell"},
    {Field::name, "name", kCustomers | kOrders, "姓名|名字|客户姓名|客户名称|顾客姓名|会员姓名|收货人|收货人姓名|昵称|name|full name|customer name|nickname"},
    {Field::email, "email", kCustomers | kOrders | kEvents, "邮箱|电子邮箱|邮件|email|e mail|mail|email address"},
    {Field::member_no, "member_no", kCustomers | kOrders | kEvents, "会员号|会员编号|会员卡号|卡号|member no|member id|member|card no|membership no|loyalty id"},
    {Field::gender, "gender", kCustomers, "性别|gender|sex"},
    {Field::birthday, "birthday", kCustomers, "生日|出生日期|出生年月日|birthday|birth date|date of birth|dob"},
    {Field::city, "city", kCustomers, "城市|所在城市|city"},
    {Field::remark, "remark", kCustomers, "备注|说明|remark|note|notes|comment"},
    {Field::tags, "tags", kCustomers, "标签|客户标签|tags|tag|labels"},
    {Field::owner, "owner", kCustomers, "归属人|所属导购|专属导购|负责人|跟进人|owner|assigned to|guide|staff"},
    {Field::inviter, "inviter", kCustomers, "邀请人|推荐人|介绍人|inviter|referrer|referred by|invited by"},
    {Field::consent, "consent", kCustomers, "营销授权|同意营销|授权|订阅|consent|marketing consent|opt in|optin|subscribed"},
    {Field::kind, "kind", kEvents, "事件|事件名|事件名称|事件类型|行为|event|event name|event type|type|action|kind"},
    {Field::event_id, "id", kEvents, "事件id|消息id|event id|message id|uuid|id"},
    {Field::custom, "", 0, ""},
}};

unsigned bit(Subject s) { return 1u << static_cast<unsigned>(s); }

/// "实付金额(元)" -> "实付金额", "Customer_ID" -> "customer id".
std::string header_key(std::string_view header) {
  auto folded = fold(header);
  const auto bracket = folded.find_first_of("([");
  if (bracket != folded.npos && bracket > 0) folded.resize(bracket);
  if (const auto wide = folded.find("（"); wide != folded.npos && wide > 0) folded.resize(wide);
  for (char& c : folded) if (c == '_' || c == '-' || c == '.' || c == '/') c = ' ';
  std::string out;
  for (const char c : folded) if (c != ' ' || (!out.empty() && out.back() != ' ')) out.push_back(c);
  return std::string(trim(out));
}

std::string squeezed(std::string_view s) {
  std::string out;
  for (const char c : s) if (c != ' ') out.push_back(c);
  return out;
}

/// How well a header fits a field: 1000 for its first word, less for later ones, 0 for no fit.
int score(const FieldDef& def, std::string_view key) {
  const auto squeezed_key = squeezed(key);
  if (squeezed_key == squeezed(header_key(def.name)) && !def.name.empty()) return 1000;
  int place = 0;
  for (const auto word : split_text(def.words, '|')) {
    if (!word.empty() && squeezed(word) == squeezed_key) return 900 - place;
    ++place;
  }
  return 0;
}

/// Whether at least four of five non-empty samples of a column pass.
template <class Test>
bool mostly(std::span<const std::vector<std::string>> samples, std::size_t column, Test test) {
  int seen = 0, good = 0;
  for (const auto& row : samples) {
    if (column >= row.size() || trim(row[column]).empty()) continue;
    ++seen;
    if (test(row[column])) ++good;
  }
  return seen > 0 && good * 5 >= seen * 4;
}

bool looks_like_mobile(std::string_view s) {
  std::string phone;
  if (read_phone(s, phone) != Fault::none) return false;
  if (phone.starts_with("+86")) phone.erase(0, 3);
  return phone.size() == 11 && phone[0] == '1' && phone[1] >= '3';
}

std::span<const Field> required(Subject s) {
  static constexpr Field orders[] = {Field::at};
  static constexpr Field events[] = {Field::kind, Field::at};
  if (s == Subject::orders) return orders;
  if (s == Subject::events) return events;
  return {};
}

std::optional<Field> field_named(Subject s, std::string_view name) {
  for (const auto& def : kDefs) {
    if (!def.name.empty() && def.name == name && (def.subjects & bit(s)) != 0) return def.field;
  }
  return std::nullopt;
}

}  // namespace

std::string_view subject_text(Subject s) {
  constexpr std::array<std::string_view, 3> names{"customers", "orders", "events"};
  return names[static_cast<std::size_t>(s)];
}
std::optional<Subject> parse_subject(std::string_view text) {
  for (const auto s : {Subject::customers, Subject::orders, Subject::events}) if (subject_text(s) == text) return s;
  return std::nullopt;
}
std::string_view field_text(Field f) { return kDefs[static_cast<std::size_t>(f)].name; }

std::vector<std::pair<std::string_view, bool>> fields_of(Subject s) {
  std::vector<std::pair<std::string_view, bool>> out;
  for (const auto& def : kDefs) {
    if ((def.subjects & bit(s)) != 0) out.emplace_back(def.name, std::ranges::find(required(s), def.field) != required(s).end());
  }
  return out;
}

Result<std::vector<MapItem>> parse_map(std::string_view text) {
  std::vector<MapItem> out;
  std::string field, word;
  bool in_column = false;
  const auto close = [&]() -> bool {
    if (!in_column || trim(field).empty() || trim(word).empty()) return false;
    out.push_back({std::string(trim(field)), std::string(trim(word))});
    field.clear();
    word.clear();
    in_column = false;
    return true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) word.push_back(text[++i]);
    else if (c == '=' && !in_column) { field = std::move(word); word.clear(); in_column = true; }
    else if (c == ',') { if (!close()) return fail(Errc::malformed, "connect.bad_map", std::string(text)); }
    else word.push_back(c);
  }
  if (!trim(word).empty() || in_column) {
    if (!close()) return fail(Errc::malformed, "connect.bad_map", std::string(text));
  }
  return out;
}

std::vector<MapItem> guess_map(Subject subject, std::span<const std::string> header,
                               std::span<const std::vector<std::string>> samples) {
  struct Fit { int score; std::size_t column; Field field; };
  std::vector<Fit> fits;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto key = header_key(header[i]);
    for (const auto& def : kDefs) {
      if ((def.subjects & bit(subject)) == 0) continue;
      if (const int s = score(def, key); s > 0) fits.push_back({s, i, def.field});
    }
  }
  std::ranges::stable_sort(fits, std::greater{}, &Fit::score);
  std::vector<std::optional<Field>> chosen(header.size());
  std::array<bool, kFields> taken{};
  const auto choose = [&](std::size_t column, Field f) {
    if (chosen[column] || taken[static_cast<std::size_t>(f)]) return;
    chosen[column] = f;
    taken[static_cast<std::size_t>(f)] = true;
  };
  for (const auto& fit : fits) choose(fit.column, fit.field);
  // A header that says nothing may still hold phones, mails or dates.
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (chosen[i]) continue;
    WhenReader when(Zone::utc(), DayOrder::month_first);
    if (mostly(samples, i, looks_like_mobile)) choose(i, Field::phone);
    else if (mostly(samples, i, [](std::string_view s) { std::string v; return read_email(s, v) == Fault::none; })) choose(i, Field::email);
    else if (subject != Subject::customers && mostly(samples, i, [&](std::string_view s) {
               Instant t;
               return s.size() >= 8 && s.find_first_of("-/年") != s.npos && when.read(s, t) == Fault::none;
             })) choose(i, Field::at);
  }
  std::vector<MapItem> out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto column = trim(header[i]).empty() ? "#" + std::to_string(i + 1) : header[i];
    if (chosen[i]) out.push_back({std::string(field_text(*chosen[i])), column});
    else if (subject != Subject::orders && !trim(header[i]).empty()) out.push_back({std::string(trim(header[i])), column});
  }
  return out;
}

Result<Columns> bind_map(Subject subject, std::span<const MapItem> map, std::span<const std::string> header) {
  Columns columns{.subject = subject, .header = {header.begin(), header.end()}, .bound = {}, .first = {}};
  columns.first.fill(-1);
  std::vector<std::string> keys;
  for (const auto& h : header) keys.push_back(fold(h));
  for (const auto& item : map) {
    std::optional<std::size_t> at;
    if (item.column.starts_with("#")) {
      const auto n = parse_int(std::string_view(item.column).substr(1));
      if (n && *n >= 1 && static_cast<std::size_t>(*n) <= header.size()) at = static_cast<std::size_t>(*n - 1);
    }
    const auto found = std::ranges::find(keys, fold(item.column));
    if (!at && found != keys.end()) at = static_cast<std::size_t>(found - keys.begin());
    if (!at) {
      const std::vector<std::string_view> known(header.begin(), header.end());
      Error error{Errc::invalid, "connect.no_such_column", item.column, item.field, {}};
      if (const auto near = nearest(item.column, known); !near.empty()) error.params.emplace_back("nearest", std::string(near));
      return std::unexpected(std::move(error));
    }
    const auto named = field_named(subject, item.field);
    if (!named && subject == Subject::orders) {
      std::vector<std::string_view> known;
      for (const auto& def : kDefs) if ((def.subjects & kOrders) != 0) known.push_back(def.name);
      Error error{Errc::invalid, "connect.unknown_field", item.field, {}, {}};
      if (const auto near = nearest(item.field, known); !near.empty()) error.params.emplace_back("nearest", std::string(near));
      return std::unexpected(std::move(error));
    }
    if (!named && (item.field.empty() || count_chars(item.field) > 64)) return fail(Errc::invalid, "connect.unknown_field", item.field);
    const auto field = named.value_or(Field::custom);
    auto& first = columns.first[static_cast<std::size_t>(field)];
    if (named && first >= 0 && field != Field::tags) return fail(Errc::invalid, "connect.field_twice", item.field);
    if (first < 0) first = static_cast<int>(*at);
    columns.bound.push_back({field, named ? std::string() : item.field, *at, named ? std::string() : attribute_key(item.field)});
  }
  for (const auto f : required(subject)) {
    if (!columns.has(f)) return fail(Errc::invalid, "connect.field_missing", std::string(field_text(f)));
  }
  const bool identified = columns.has(Field::person) || columns.has(Field::phone) || columns.has(Field::member_no) || columns.has(Field::email);
  if (!identified && subject != Subject::orders) return fail(Errc::invalid, "connect.field_missing", "phone");
  if (subject == Subject::orders && !columns.has(Field::amount) && !columns.has(Field::unit_price)) {
    return fail(Errc::invalid, "connect.field_missing", "amount");
  }
  return columns;
}

std::string header_signature(Subject subject, std::span<const std::string> header) {
  std::string text(subject_text(subject));
  for (const auto& h : header) { text += '\n'; text += fold(h); }
  return hex(hash128(text));
}

}  // namespace koi::connect::files
