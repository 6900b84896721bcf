#include "connect/files/prepare.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "http/wire.h"

namespace koi::connect::files {
namespace {

constexpr std::size_t kTextMax = 500;      // bytes of a name, a title, an order number
constexpr std::size_t kRawMax = 8 << 10;   // of a row kept for its error line
constexpr std::size_t kNumberMax = 120;    // bytes of an order number, a SKU, a store
constexpr std::size_t kLinesACall = 500;   // more lines of one order go into further calls
constexpr char kCellMark = '\x1F';

struct StatusWord { std::string_view status, words; };
constexpr StatusWord kStatuses[] = {
    {"paid", "paid|已支付|已付款|支付成功|付款成功|买家已付款|待发货|成功|success"},
    {"created", "created|待付款|待支付|未付款|未支付|等待买家付款|pending|unpaid"},
    {"shipped", "shipped|已发货|待收货|卖家已发货|delivering|fulfilled"},
    {"completed", "completed|已完成|交易成功|交易完成|已收货|已签收|done|complete|closed won"},
    {"cancelled", "cancelled|canceled|已取消|已关闭|交易关闭|取消|关闭|closed|void"},
    {"refunded", "refunded|已退款|退款成功|全额退款|refund"},
};

std::string_view status_of(std::string_view text) {
  if (text.empty()) return "paid";
  const auto word = fold(text);
  for (const auto& s : kStatuses) {
    for (const auto w : split_text(s.words, '|')) if (w == word) return s.status;
  }
  return {};
}

std::string_view gender_of(std::string_view text) {
  const auto word = fold(text);
  for (const auto w : {"男", "m", "male", "先生", "man"}) if (word == w) return "male";
  for (const auto w : {"女", "f", "female", "女士", "小姐", "woman"}) if (word == w) return "female";
  for (const auto w : {"未知", "unknown", "保密", "u", "other", "其他", "0"}) if (word == w) return "unknown";
  return {};
}

std::optional<bool> yes_or_no(std::string_view text) {
  const auto word = fold(text);
  for (const auto w : {"是", "同意", "已授权", "y", "yes", "true", "1", "已订阅"}) if (word == w) return true;
  for (const auto w : {"否", "不同意", "拒绝", "未授权", "n", "no", "false", "0", "退订"}) if (word == w) return false;
  return std::nullopt;
}

bool runs_as_formula(std::string_view s) {
  if (s.empty()) return false;
  if (std::string_view("=+-@\t\r").find(s.front()) != std::string_view::npos) return true;
  for (const auto wide : {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"}) if (s.starts_with(wide)) return true;
  return false;
}

/// "付款 Done" -> "付款_done"; the log wants letters, digits and underscores.
std::string kind_name(std::string_view text) {
  std::string out;
  for (const char c : lower_ascii(trim(text))) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (word) out.push_back(c);
    else if (static_cast<unsigned char>(c) < 0x80 && !out.empty() && out.back() != '_') out.push_back('_');
    else if (static_cast<unsigned char>(c) >= 0x80) return "custom_" + hex(hash128(trim(text)).substr(0, 6));
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (out.empty() || !(out[0] >= 'a' && out[0] <= 'z')) out.insert(0, "custom_");
  return out.substr(0, 60);
}

bool mobile_shaped(std::string_view s) {
  if (s.starts_with("+")) return s.size() >= 11 && s.size() <= 16;
  return s.size() == 11 && s[0] == '1' && s[1] >= '3' && s.find_first_not_of("0123456789") == s.npos;
}

Fault fault_of_row(RowFault f) {
  switch (f) {
    case RowFault::bad_text: return Fault::row_unreadable;
    case RowFault::nul_byte: return Fault::nul_byte;
    case RowFault::cell_too_long: return Fault::cell_too_long;
    case RowFault::too_many_columns: return Fault::too_many_columns;
    case RowFault::open_quote: return Fault::open_quote;
    case RowFault::none: break;
  }
  return Fault::none;
}

/// Whole millionths of a yuan times a whole quantity, to the nearest fen; halves go away from zero.
std::optional<Fen> line_amount(std::int64_t micros, std::int64_t quantity) {
  const auto wide = static_cast<__int128>(micros) * quantity;
  const auto half = wide < 0 ? -5'000 : 5'000;
  const auto fen = (wide + half) / 10'000;
  if (fen > 9'000'000'000'000'000 || fen < -9'000'000'000'000'000) return std::nullopt;
  return Fen{static_cast<std::int64_t>(fen)};
}

std::uint64_t quick_hash(std::string_view s) { return std::hash<std::string_view>{}(s); }

}  // namespace

std::vector<std::string_view> Batch::cells(const Origin& o) const {
  return split_text(std::string_view(text).substr(o.from, o.size), kCellMark);
}

void append_csv_cell(std::string& csv, std::string_view text) {
  const bool guard = runs_as_formula(text);
  if (!guard && text.find_first_of("\",\r\n") == text.npos) { csv.append(text); return; }
  csv.push_back('"');
  if (guard) csv.push_back('\'');
  for (const char c : text) {
    if (c == '"') csv.push_back('"');
    if (c != '\0') csv.push_back(c);
  }
  csv.push_back('"');
}

std::string error_header(std::span<const std::string> header) {
  std::string out = "\xEF\xBB\xBF";  // so that Excel reads it as UTF-8
  for (const auto& h : header) { append_csv_cell(out, h); out.push_back(','); }
  return out + "_line,_column,_value,_reason\r\n";
}

void append_error(std::string& csv, std::size_t columns, std::span<const std::string_view> cells, std::int64_t line,
                  std::string_view column, std::string_view value, std::string_view reason) {
  for (std::size_t i = 0; i < columns; ++i) {
    if (i < cells.size()) {
      const auto shown = take_chars(cells[i], 2000);
      append_csv_cell(csv, valid_utf8(shown) ? shown : std::string_view("\xEF\xBF\xBD"));
    }
    csv.push_back(',');
  }
  csv += std::to_string(line);
  csv.push_back(',');
  append_csv_cell(csv, column);
  csv.push_back(',');
  const auto shown = take_chars(value, 200);
  append_csv_cell(csv, valid_utf8(shown) ? shown : std::string_view("\xEF\xBF\xBD"));
  csv.push_back(',');
  append_csv_cell(csv, reason);
  csv += "\r\n";
}

Preparer::Preparer(Columns columns, std::string source, Zone zone, DayOrder order)
    : columns_(std::move(columns)), source_(std::move(source)), buyer_ns_("order_buyer:" + source_), when_(zone, order) {}

Batch Preparer::begin_batch() {
  open_orders_.clear();
  Batch batch;
  batch.first_row = next_row_;
  batch.columns = columns_.header.size();
  if (columns_.subject == Subject::customers) {
    for (const auto& b : columns_.bound) if (b.field == Field::custom) batch.attributes.emplace_back(b.key, b.custom);
  }
  return batch;
}

std::string_view Preparer::cell(const Row& row, Field f) const {
  const int at = columns_.at(f);
  if (at < 0 || static_cast<std::size_t>(at) >= row.cells.size()) return {};
  return trim(row.cells[static_cast<std::size_t>(at)]);
}

void Preparer::fail_at(Bad& bad, Fault fault, Field f) const {
  if (bad.fault != Fault::none) return;
  bad.fault = fault;
  bad.column = columns_.at(f);
}

void Preparer::add(const Row& row, Batch& batch) {
  ++next_row_;
  ++batch.rows;
  ++tally_.rows;
  Bad bad{fault_of_row(row.fault), row.fault_column - 1};
  if (bad.fault == Fault::none && row.cells.size() > columns_.header.size()) {
    for (std::size_t i = columns_.header.size(); i < row.cells.size(); ++i) {
      if (!trim(row.cells[i]).empty()) { bad = {Fault::too_many_columns, static_cast<int>(i)}; break; }
    }
  }
  if (bad.fault == Fault::none) {
    switch (columns_.subject) {
      case Subject::orders: add_order(row, batch, bad); break;
      case Subject::customers: add_customer(row, batch, bad); break;
      case Subject::events: add_event(row, batch, bad); break;
    }
  }
  if (bad.fault == Fault::none) { ++tally_.good; return; }
  ++tally_.bad;
  ++batch.bad;
  const auto at = static_cast<std::size_t>(std::max(bad.column, 0));
  const auto& text = fault_text(bad.fault);
  append_error(batch.errors, columns_.header.size(), row.cells, row.line,
               bad.column >= 0 && at < columns_.header.size() ? columns_.header[at] : std::string_view{},
               bad.column >= 0 && at < row.cells.size() ? row.cells[at] : std::string_view{},
               std::string(text.zh) + " / " + std::string(text.en) + " (" + std::string(text.code) + ")");
}

/// The row's cells in the batch, for an error that only the store can find.
Origin Preparer::keep(const Row& row, Batch& batch) const {
  const auto from = batch.text.size();
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (i > 0) batch.text.push_back(kCellMark);
    const auto room = kRawMax - std::min(kRawMax, batch.text.size() - from);
    batch.text.append(row.cells[i].substr(0, room));
  }
  return {row.line, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(batch.text.size() - from)};
}

/// What the mapped cells say, in the order of fields: column order and unmapped columns do not matter.
std::string Preparer::content_key(const Row& row) {
  scratch_.clear();
  for (const auto& b : columns_.bound) {
    if (b.column >= row.cells.size()) continue;
    scratch_.push_back(static_cast<char>('A' + static_cast<int>(b.field)));
    scratch_ += b.custom;
    scratch_.push_back(kCellMark);
    scratch_ += trim(row.cells[b.column]);
    scratch_.push_back(kCellMark);
  }
  const auto digest = hash64(scratch_);
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(digest >> (56 - 8 * i));
  std::string key = "r" + hex({bytes, 8});
  if (const auto n = occurrence(digest); n > 1) key += "-" + std::to_string(n);
  return key;
}

bool Preparer::read_profile(const Row& row, Profile& out, Bad& bad) {
  const auto person = cell(row, Field::person);
  if (person.size() > kTextMax) fail_at(bad, Fault::text_too_long, Field::person);
  if (!person.empty()) out.idents.push_back({mobile_shaped(person) ? "phone_e164" : buyer_ns_, std::string(person), true});
  if (const auto phone = cell(row, Field::phone); !phone.empty()) {
    std::string clean;
    if (const auto fault = read_phone(phone, clean); fault != Fault::none) fail_at(bad, fault, Field::phone);
    else {
      out.attributes.emplace_back("phone", clean);
      out.idents.push_back({"phone_e164", std::move(clean), true});
    }
  }
  if (const auto no = cell(row, Field::member_no); !no.empty()) {
    if (no.size() > kTextMax) fail_at(bad, Fault::text_too_long, Field::member_no);
    out.idents.push_back({"member_no", std::string(no), true});
  }
  if (const auto mail = cell(row, Field::email); !mail.empty()) {
    std::string clean;
    if (const auto fault = read_email(mail, clean); fault != Fault::none) fail_at(bad, fault, Field::email);
    else {
      out.attributes.emplace_back("email", clean);
      out.idents.push_back({"email", std::move(clean), true});
    }
  }
  if (const auto name = cell(row, Field::name); !name.empty()) {
    if (name.size() > kTextMax) fail_at(bad, Fault::text_too_long, Field::name);
    else out.attributes.emplace_back("name", std::string(name));
  }
  return bad.fault == Fault::none;
}

Instant Preparer::read_at(const Row& row, Bad& bad, bool required) {
  const auto text = cell(row, Field::at);
  Instant at{};
  if (text.empty() && !required) return at;
  if (const auto fault = when_.read(text, at); fault != Fault::none) fail_at(bad, fault, Field::at);
  return at;
}

void Preparer::count(const Profile& who, Instant at, std::int64_t fen) {
  tally_.amount_fen += fen;
  if (at != Instant{}) {
    if (tally_.first_at == Instant{} || at < tally_.first_at) tally_.first_at = at;
    tally_.last_at = std::max(tally_.last_at, at);
  }
  if (!who.idents.empty() && people_.emplace(quick_hash(who.idents.front().value), std::uint8_t{1}).second) ++tally_.people;
}

void Preparer::head_of(const Row& row, Instant at, std::string_view status, commerce::OrderIn& order) const {
  order.at = at;
  order.status = status;
  order.store = cell(row, Field::store);
  order.staff = cell(row, Field::staff);
  order.channel = cell(row, Field::channel);
  if (const auto currency = cell(row, Field::currency); !currency.empty()) order.currency = currency;
}

void Preparer::add_order(const Row& row, Batch& batch, Bad& bad) {
  commerce::LineIn line;
  const auto quantity = cell(row, Field::quantity);
  if (!quantity.empty()) {
    if (const auto fault = read_quantity(quantity, line.quantity); fault != Fault::none) fail_at(bad, fault, Field::quantity);
  }
  std::int64_t price_micros = 0;
  const auto price = cell(row, Field::unit_price), amount = cell(row, Field::amount);
  if (!price.empty()) {
    const auto fault = read_decimal(price, price_micros);
    if (fault != Fault::none) fail_at(bad, fault == Fault::number_unreadable ? Fault::money_unreadable : fault, Field::unit_price);
    if (const auto fen = line_amount(price_micros, 1)) line.unit_price = *fen;
  }
  if (!amount.empty()) {
    if (const auto fault = read_money(amount, line.amount); fault != Fault::none) fail_at(bad, fault, Field::amount);
    if (price.empty() && line.quantity != 0) line.unit_price.v = line.amount.v / line.quantity;
  } else if (price.empty()) {
    fail_at(bad, Fault::missing, columns_.has(Field::amount) ? Field::amount : Field::unit_price);
  } else if (const auto made = line_amount(price_micros, line.quantity)) {
    line.amount = *made;
  } else {
    fail_at(bad, Fault::money_out_of_range, Field::unit_price);
  }
  const auto at = read_at(row, bad, true);
  const auto status = status_of(cell(row, Field::status));
  if (status.empty()) fail_at(bad, Fault::status_unknown, Field::status);
  Profile buyer;
  if (!read_profile(row, buyer, bad)) return;
  for (const auto f : {Field::order_no, Field::sku, Field::title, Field::store, Field::staff, Field::channel}) {
    if (cell(row, f).size() > (f == Field::title ? kTextMax : kNumberMax)) { fail_at(bad, Fault::text_too_long, f); return; }
  }
  const auto order_cell = cell(row, Field::order_no);
  if (columns_.has(Field::order_no) && order_cell.empty()) { fail_at(bad, Fault::missing, Field::order_no); return; }

  line.sku = cell(row, Field::sku);
  line.title = cell(row, Field::title);
  std::string order_no(order_cell);
  if (order_no.empty()) {
    order_no = content_key(row);
    line.line_no = "1";
  } else {
    scratch_.assign(order_no).append("\x1F").append(line.sku);
    if (line.sku.empty()) scratch_.append(line.title).append("\x1F").append(price).append("\x1F").append(amount);
    const auto n = occurrence(quick_hash(scratch_));
    line.line_no = line.sku.empty() ? hex(hash128(scratch_).substr(0, 8)) : line.sku;
    if (n > 1) line.line_no += "#" + std::to_string(n);
  }
  count(buyer, at, line.amount.v);
  const auto [place, fresh] = open_orders_.try_emplace(order_no, batch.orders.size());
  if (!fresh && batch.orders[place->second].order.lines.size() < kLinesACall) {
    auto& item = batch.orders[place->second];
    item.order.lines.push_back(std::move(line));
    item.rows.push_back(keep(row, batch));
    // As if each row were a message of its own: the newest says what the whole order is.
    if (at > item.order.at) head_of(row, at, status, item.order);
    return;
  }
  place->second = batch.orders.size();
  if (fresh && occurrence(quick_hash(order_no) ^ 0x9E3779B97F4A7C15ULL) == 1) ++tally_.orders;
  OrderItem item{.buyer = std::move(buyer), .order = {}, .rows = {keep(row, batch)}};
  item.order.source = source_;
  item.order.order_no = std::move(order_no);
  item.order.lines.push_back(std::move(line));
  head_of(row, at, status, item.order);
  item.order.add_lines = columns_.has(Field::order_no);
  batch.orders.push_back(std::move(item));
}

void Preparer::add_customer(const Row& row, Batch& batch, Bad& bad) {
  CustomerItem item;
  if (!read_profile(row, item.who, bad)) return;
  if (item.who.idents.empty()) { bad = {Fault::no_identifier, -1}; return; }
  auto& attributes = item.who.attributes;
  if (const auto text = cell(row, Field::gender); !text.empty()) {
    const auto gender = gender_of(text);
    if (gender.empty()) { fail_at(bad, Fault::choice_unknown, Field::gender); return; }
    attributes.emplace_back("gender", gender);
  }
  if (const auto text = cell(row, Field::birthday); !text.empty()) {
    std::string day;
    if (const auto fault = when_.read_day(text, day); fault != Fault::none) { fail_at(bad, fault, Field::birthday); return; }
    attributes.emplace_back("birthday", std::move(day));
  }
  for (const auto f : {Field::city, Field::remark, Field::channel}) {
    if (const auto text = cell(row, f); !text.empty()) attributes.emplace_back(std::string(field_text(f)), std::string(text));
  }
  for (const auto& b : columns_.bound) {
    if (b.column >= row.cells.size()) continue;
    const auto text = trim(row.cells[b.column]);
    if (text.empty()) continue;
    if (b.field == Field::custom) attributes.emplace_back(b.key, std::string(text));
    if (b.field != Field::tags) continue;
    std::string spaced(text);
    for (const auto mark : {"，", "、", "；"}) {
      for (std::size_t at; (at = spaced.find(mark)) != spaced.npos;) spaced.replace(at, std::string_view(mark).size(), ",");
    }
    std::ranges::replace_if(spaced, [](char c) { return c == ';' || c == '|'; }, ',');
    for (const auto tag : split_text(spaced, ',')) if (!trim(tag).empty()) item.tags.emplace_back(trim(tag));
  }
  if (const auto text = cell(row, Field::consent); !text.empty()) {
    item.consent = yes_or_no(text);
    if (!item.consent) { fail_at(bad, Fault::choice_unknown, Field::consent); return; }
  }
  if (const auto text = cell(row, Field::inviter); !text.empty()) {
    item.inviter = people::Ident{mobile_shaped(text) ? "phone_e164" : columns_.has(Field::member_no) ? "member_no" : buyer_ns_,
                                 std::string(text), true};
  }
  item.store = cell(row, Field::store);
  item.owner = cell(row, Field::owner);
  item.at = read_at(row, bad, false);
  if (bad.fault != Fault::none) return;
  count(item.who, item.at, 0);
  item.row = keep(row, batch);
  batch.customers.push_back(std::move(item));
}

void Preparer::add_event(const Row& row, Batch& batch, Bad& bad) {
  EventItem item;
  const auto kind = cell(row, Field::kind);
  if (kind.empty()) { fail_at(bad, Fault::missing, Field::kind); return; }
  if (!read_profile(row, item.who, bad)) return;
  if (item.who.idents.empty()) { bad = {Fault::no_identifier, -1}; return; }
  item.at = read_at(row, bad, true);
  Fen amount;
  if (const auto text = cell(row, Field::amount); !text.empty()) {
    if (const auto fault = read_money(text, amount); fault != Fault::none) fail_at(bad, fault, Field::amount);
  }
  if (bad.fault != Fault::none) return;
  item.amount_fen = amount.v;
  item.kind = kind_name(kind);
  item.props = "{";
  const auto put = [&](std::string_view key, std::string_view value) {
    if (item.props.size() > 1) item.props.push_back(',');
    http::wire::write_string(key, item.props);
    item.props.push_back(':');
    http::wire::write_string(value, item.props);
  };
  for (const auto& b : columns_.bound) {
    if (b.field != Field::custom || b.column >= row.cells.size() || trim(row.cells[b.column]).empty()) continue;
    put(b.custom, trim(row.cells[b.column]));
  }
  if (item.kind.starts_with("custom_")) put("event", kind);
  item.props.push_back('}');
  const auto id = cell(row, Field::event_id);
  item.id = id.empty() || id.size() > 100 ? content_key(row) : std::string(id);
  count(item.who, item.at, item.amount_fen);
  item.row = keep(row, batch);
  batch.events.push_back(std::move(item));
}

}  // namespace koi::connect::files
