#include "events/columns/rows.h"

#include <simdjson.h>

#include <numeric>

#include "base/crypto.h"
#include "events/columns/write.h"

namespace koi::events::columns {

namespace {

namespace dom = simdjson::dom;
constexpr int kDepthMax = 3;
constexpr std::int64_t kLastMs = std::int64_t{UINT32_MAX} * 1000 + 999;  // the year 2106

std::string_view cut(std::string_view text) {
  if (text.size() <= kTextBytesMax) return text;
  auto end = kTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end);
}

/// The text with the room behind it that the parser wants.
dom::parser& parser() {
  thread_local dom::parser one;
  return one;
}
std::string& padded(std::string_view text) {
  thread_local std::string buffer;
  buffer.assign(text);
  buffer.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  return buffer;
}

/// How a scalar stands in a list.
std::string_view element_text(dom::element value, std::string& scratch) {
  std::string_view text;
  if (!value.get(text)) return cut(text);
  if (value.is_object() || value.is_array() || value.is_null()) return {};
  scratch = simdjson::minify(value);
  return scratch;
}

/// Rows in order of (node, time, arrival), each a step of its own.
class SortedRows {
 public:
  SortedRows(std::span<const std::int64_t> node, std::span<const std::uint32_t> seconds, std::span<const std::uint16_t> millis) {
    struct Key { std::int64_t node; std::uint64_t time; };  // time carries the arrival in its low bits
    std::vector<Key> keys(node.size());
    for (std::uint32_t i = 0; i < node.size(); ++i)
      keys[i] = {node[i], (std::uint64_t{seconds[i]} << 10 | millis[i]) << 20 | i};
    std::ranges::sort(keys, [](const Key& a, const Key& b) { return a.node != b.node ? a.node < b.node : a.time < b.time; });
    for (const auto& key : keys) {
      if (who_.empty() || who_.back() != key.node) {
        who_.push_back(key.node);
        start_.push_back(static_cast<std::uint32_t>(order_.size()));
      }
      order_.push_back(static_cast<std::uint32_t>(key.time & ((1U << 20) - 1)));
    }
    start_.push_back(static_cast<std::uint32_t>(order_.size()));
  }
  std::span<const std::int64_t> who() const { return who_; }
  std::span<const std::uint32_t> start() const { return start_; }
  std::uint64_t rows() const { return order_.size(); }
  template <class F>
  void each(F&& fn) const {
    for (const auto row : order_) fn(std::size_t{0}, row, row + 1);
  }

 private:
  std::vector<std::int64_t> who_;
  std::vector<std::uint32_t> start_, order_;
};

std::uint32_t place_in(std::vector<std::int64_t>& all, std::int64_t id) {
  const auto at = std::ranges::find(all, id);
  if (at == all.end()) {
    all.push_back(id);
    return static_cast<std::uint32_t>(all.size() - 1);
  }
  return static_cast<std::uint32_t>(at - all.begin());
}

}  // namespace

std::int64_t kept_time(std::int64_t at_ms) { return std::clamp<std::int64_t>(at_ms, 0, kLastMs); }

std::uint64_t mark_of(const RawRow& row) {
  const std::int64_t words[] = {row.seq, row.kind, row.person.v, row.at, static_cast<std::int64_t>(row.id.hi), row.received_at};
  return hash64({reinterpret_cast<const char*>(words), sizeof words});
}

std::uint32_t Cells::word(std::string_view text) {
  if (const auto known = codes_of_.find(text); known != codes_of_.end()) return known->second;
  const auto code = static_cast<std::uint32_t>(words_.size());
  codes_of_.emplace(words_.emplace_back(text), code);
  return code;
}

void Cells::add_number(std::uint32_t row, std::int64_t value) {
  rows_.push_back(row);
  numbers_.push_back(value);
  range_.low = std::min(range_.low, value);
  range_.high = std::max(range_.high, value);
}

void Cells::add_decimal(std::uint32_t row, double value) {
  rows_.push_back(row);
  numbers_.push_back(std::bit_cast<std::int64_t>(value));
}

void Cells::add_text(std::uint32_t row, std::string_view text) {
  rows_.push_back(row);
  codes_.push_back(word(cut(text)));
}

void Cells::open_list(std::uint32_t row) {
  if (!rows_.empty() && rows_.back() == row) return;
  rows_.push_back(row);
  starts_.push_back(starts_.back());
}

void Cells::add_element(std::uint32_t row, std::string_view text) {
  open_list(row);
  const auto most = type_ == ValueType::json ? kMembersMax : kElementsMax;
  if (starts_.back() - starts_[starts_.size() - 2] >= most) return;
  codes_.push_back(word(text));
  ++starts_.back();
}

void Cells::settle(std::uint32_t rows) {
  place_.assign(rows, Column::kNone);
  for (std::uint32_t cell = 0; cell < rows_.size(); ++cell) place_[rows_[cell]] = cell;
}

Cells* Rows::cells_for(std::string_view name, ValueType type) {
  auto& known = by_name_[static_cast<std::size_t>(type)];
  if (const auto at = known.find(name); at != known.end()) return at->second;
  if (columns_.size() >= kColumnsMax) return nullptr;
  auto* cells = &columns_.emplace_back(std::string(name), type);
  known.emplace(cells->name(), cells);
  return cells;
}

void Rows::add(const RawRow& row) {
  const auto number = rows();
  CHECK(number < 1U << 20);  // SortedRows packs it into 20 bits
  cover_.last = row.seq;
  cover_.mark = mark_of(row);
  const auto at = kept_time(row.at);
  node_.push_back(row.person.v);
  kind_.push_back(place_in(kinds_, row.kind));
  seconds_.push_back(static_cast<std::uint32_t>(at / 1000));
  millis_.push_back(static_cast<std::uint16_t>(at % 1000));
  has_millis_ = has_millis_ || at % 1000 != 0;
  source_.push_back(row.source);
  place_in(sources_, row.source);
  amount_.push_back(row.amount_fen);
  if (row.amount_fen != 0) cells_for(kAmount, ValueType::integer)->add_number(number, row.amount_fen);
  if (row.subject != 0) cells_for(kSubject, ValueType::integer)->add_number(number, row.subject);
  if (row.props.size() > 2) add_props(number, row.props);
}

void Rows::add_props(std::uint32_t row, std::string_view props) {
  auto& text = padded(props);
  dom::object object;
  // The log keeps what it was given; what is no object has no properties.
  if (parser().parse(text.data(), text.size(), false).get(object)) return;
  for (const auto& [key, value] : object)
    if (!key.starts_with('$')) add_value(row, key, value, 1);
}

template <class Value>
void Rows::add_value(std::uint32_t row, std::string_view name, Value value, int depth) {
  const auto into = [&](ValueType type, auto&& add) {
    auto* cells = cells_for(name, type);
    // A key that stands twice in one object counts once.
    if (cells != nullptr && (cells->rows_.empty() || cells->rows_.back() != row)) add(*cells);
  };
  switch (value.type()) {
    case dom::element_type::STRING: {
      const std::string_view text(value);
      return into(ValueType::text, [&](Cells& to) { to.add_text(row, text); });
    }
    case dom::element_type::INT64: {
      const std::int64_t number(value);
      return into(ValueType::integer, [&](Cells& to) { to.add_number(row, number); });
    }
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: {
      double number = 0;
      if (value.get(number)) return;
      return into(ValueType::decimal, [&](Cells& to) { to.add_decimal(row, number); });
    }
    case dom::element_type::BOOL: {
      const bool truth(value);
      return into(ValueType::boolean, [&](Cells& to) { to.add_number(row, truth ? 1 : 0); });
    }
    case dom::element_type::ARRAY: return add_list(row, name, dom::array(value), depth);
    case dom::element_type::OBJECT:
      if (depth == kDepthMax) return;
      for (const auto& [key, inner] : dom::object(value)) add_value(row, std::string(name) + "." + std::string(key), inner, depth + 1);
      return;
    case dom::element_type::NULL_VALUE: return;
  }
}

/// The list as it came, when its texts alone do not say it all.
template <class List>
void Rows::add_members(std::uint32_t row, std::string_view name, List list) {
  std::size_t texts = 0, members = 0;
  for (const dom::element member : list) {
    std::string_view text;
    texts += !member.get(text) && text.size() <= kTextBytesMax ? 1 : 0;
    ++members;
  }
  if (members > 0 && members <= kElementsMax && texts == members) return;
  auto* cells = cells_for(name, ValueType::json);
  if (cells == nullptr || (!cells->rows_.empty() && cells->rows_.back() == row)) return;
  cells->open_list(row);
  std::size_t kept = 0;
  for (const dom::element member : list) {
    if (kept++ == kMembersMax) return;
    const auto text = simdjson::minify(member);
    cells->add_element(row, text.size() <= kMemberBytesMax ? std::string_view(text) : "null");
  }
}

template <class List>
void Rows::add_list(std::uint32_t row, std::string_view name, List list, int depth) {
  add_members(row, name, list);
  std::string scratch;
  for (const dom::element element : list) {
    dom::object object;
    if (element.get(object)) {
      if (auto* cells = element.is_array() || element.is_null() ? nullptr : cells_for(name, ValueType::list))
        cells->add_element(row, element_text(element, scratch));
      continue;
    }
    if (depth == kDepthMax) continue;
    for (const auto& [key, inner] : object) {
      if (inner.is_object() || inner.is_array() || inner.is_null()) continue;
      if (auto* cells = cells_for(std::string(name) + "." + std::string(key), ValueType::list))
        cells->add_element(row, element_text(inner, scratch));
    }
  }
}

Result<PartPtr> Rows::to_part() {
  for (auto& cells : columns_) cells.settle(rows());
  const SortedRows plan(node_, seconds_, millis_);
  ImageWriter out;
  PartWriter<Rows, SortedRows> writer(out, {this}, plan);
  return writer.write(cover_);
}

}  // namespace koi::events::columns
