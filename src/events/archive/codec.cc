#include "events/archive/codec.h"

#include <cstring>
#include <utility>

namespace koi::events {

namespace {

constexpr std::size_t kIdBytes = 16;

// Differences wrap around, so that any two numbers have one.
std::uint64_t gap(std::int64_t from, std::int64_t to) {
  const auto d = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  return d << 1 ^ (d >> 63 != 0 ? ~0ULL : 0);  // small either way is a small number
}
std::int64_t across(std::int64_t from, std::uint64_t gap) {
  const auto d = gap >> 1 ^ ((gap & 1) != 0 ? ~0ULL : 0);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + d);
}

void put(std::string& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  out += static_cast<char>(v);
}

/// A column of numbers without an order: all highest bytes, then all next ones. Ids of one year share their high bytes,
/// and equal bytes side by side cost next to nothing.
void put_planes(std::string& out, std::span<const RawRow> rows, auto&& value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    for (const auto& row : rows) out += static_cast<char>(static_cast<std::uint64_t>(value(row)) >> shift);
}

/// Takes apart what is given; never reads past the end, and says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return v;
    }
    good_ = false;
    return 0;
  }
  std::string_view bytes(std::uint64_t n) {
    if (n > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  bool good() const { return good_; }
  bool done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void read_planes(Reader& in, std::vector<RawRow>& rows, auto&& take) {
  const auto planes = in.bytes(rows.size() * 8);
  if (!in.good()) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::uint64_t v = 0;
    for (std::size_t plane = 0; plane < 8; ++plane) v = v << 8 | static_cast<std::uint8_t>(planes[plane * rows.size() + i]);
    take(rows[i], static_cast<std::int64_t>(v));
  }
}

/// Whose bit is set has an id; the rest say nothing of theirs.
void put_ids(PackedRows& out, std::span<const RawRow> rows) {
  std::string known((rows.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].id) continue;
    known[i / 8] = static_cast<char>(known[i / 8] | 1 << (i % 8));
    for (const auto word : {rows[i].id.hi, rows[i].id.lo})
      out.noise.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  out.text += known;
}

void read_ids(Reader& in, Reader& noise, std::vector<RawRow>& rows) {
  const auto known = in.bytes((rows.size() + 7) / 8);
  for (std::size_t i = 0; i < rows.size() && in.good() && noise.good(); ++i) {
    if ((static_cast<std::uint8_t>(known[i / 8]) >> (i % 8) & 1) == 0) continue;
    const auto id = noise.bytes(kIdBytes);
    if (!noise.good()) return;
    std::memcpy(&rows[i].id.hi, id.data(), 8);
    std::memcpy(&rows[i].id.lo, id.data() + 8, 8);
  }
}

}  // namespace

PackedRows pack_rows(std::span<const RawRow> rows) {
  PackedRows out;
  auto& text = out.text;
  put_ids(out, rows);
  for (const auto& row : rows) put(text, gap(0, row.kind));
  for (const auto& row : rows) put(text, gap(0, row.flags));
  for (const auto& row : rows) put(text, gap(0, row.source));
  put_planes(text, rows, [](const RawRow& row) { return row.person.v; });
  put_planes(text, rows, [](const RawRow& row) { return row.subject; });
  std::int64_t before = 0;
  for (const auto& row : rows) put(text, gap(std::exchange(before, row.received_at), row.received_at));
  for (const auto& row : rows) put(text, gap(row.received_at, row.at));
  for (const auto& row : rows) put(text, gap(row.at, row.raw_at));
  for (const auto& row : rows) put(text, gap(0, row.amount_fen));
  for (const auto& row : rows) put(text, row.props.size());
  for (const auto& row : rows) text += row.props;
  return out;
}

std::optional<std::vector<RawRow>> unpack_rows(const PackedRows& packed, Seq first, std::size_t count) {
  if (count > packed.text.size()) return std::nullopt;  // a row takes more than a byte
  std::vector<RawRow> rows(count);
  Reader in(packed.text), noise(packed.noise);
  read_ids(in, noise, rows);
  for (auto& row : rows) row.seq = first++;
  for (auto& row : rows) row.kind = across(0, in.number());
  for (auto& row : rows) row.flags = across(0, in.number());
  for (auto& row : rows) row.source = across(0, in.number());
  read_planes(in, rows, [](RawRow& row, std::int64_t v) { row.person = {v}; });
  read_planes(in, rows, [](RawRow& row, std::int64_t v) { row.subject = v; });
  std::int64_t before = 0;
  for (auto& row : rows) before = row.received_at = across(before, in.number());
  for (auto& row : rows) row.at = across(row.received_at, in.number());
  for (auto& row : rows) row.raw_at = across(row.at, in.number());
  for (auto& row : rows) row.amount_fen = across(0, in.number());
  std::vector<std::uint64_t> lengths(count);
  for (auto& length : lengths) length = in.number();
  for (std::size_t i = 0; i < count; ++i) rows[i].props = in.bytes(lengths[i]);
  if (!in.done() || !noise.done()) return std::nullopt;
  return rows;
}

}  // namespace koi::events
