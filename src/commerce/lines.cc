#include <fmt/format.h>

#include <map>

#include "commerce/order_row.h"

namespace koi::commerce {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO order_line (order_id, line_no, sku_id, title, quantity, unit_price_fen, amount_fen, added, version, digest)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (order_id, line_no) DO NOTHING";
constexpr std::string_view kUpdate =
    "UPDATE order_line SET sku_id = $3, title = $4, quantity = $5, unit_price_fen = $6, amount_fen = $7, added = $8,"
    " version = $9, digest = $10 WHERE order_id = $1 AND line_no = $2";
constexpr std::string_view kDelete = "DELETE FROM order_line WHERE order_id = $1 AND line_no = $2";
constexpr std::string_view kKept = "SELECT line_no, amount_fen, added, version, digest FROM order_line WHERE order_id = $1";
constexpr std::string_view kKeptOne = "SELECT line_no, amount_fen, added, version, digest FROM order_line"
                                      " WHERE order_id = $1 AND line_no = $2";

struct Kept {
  std::string line_no;
  Fen amount;
  bool added = false;
  std::int64_t version = 0, digest = 0;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (line_no, amount, added, version, digest))

std::int64_t digest_of(const LineIn& line) {
  return Digest{}.add(line.sku).add(line.title).add(line.quantity).add(line.unit_price.v).add(line.amount.v).value();
}

/// What a line sells: a product's row or, without a sku, the title itself.
struct Goods { SkuId sku; std::optional<std::string_view> title; };
Result<Goods> goods_of(Tx& tx, const LineIn& line) {
  TRY(const auto sku, intern_sku(tx, line.sku, line.title));
  return Goods{sku, sku || line.title.empty() ? std::nullopt : std::optional<std::string_view>(line.title)};
}

Result<bool> put(Tx& tx, std::string_view sql, OrderId order, std::string_view line_no, const LineIn& line, bool added,
                 std::int64_t version, std::int64_t digest) {
  TRY(const auto goods, goods_of(tx, line));
  TRY(const auto touched, tx.exec(sql, order, line_no, goods.sku, goods.title, line.quantity, line.unit_price, line.amount,
                                  added, version, digest));
  return touched == 1;
}

/// The register all lines of a message share: what it lists and what it says they cost.
std::int64_t digest_of(const OrderIn& in) {
  Digest digest;
  for (const auto& line : in.lines) digest.add(line.line_no).add(digest_of(line));
  return digest.add(in.total ? in.total->v : -1).add(in.total ? 1 : 0).value();
}

/// Replaces the listed lines; added ones that are not older stay.
Result<> replace(Tx& tx, OrderRow& row, const OrderIn& in, std::int64_t version) {
  std::map<std::string, Kept, std::less<>> kept;
  TRY(tx.each<Kept>(kKept, [&](Kept&& line) -> Result<> {
    auto key = line.line_no;
    kept.emplace(std::move(key), std::move(line));
    return {};
  }, row.id));
  for (std::size_t i = 0; i < in.lines.size(); ++i) {
    const auto& line = in.lines[i];
    const auto line_no = place_text(line, i + 1);
    const auto digest = digest_of(line);
    const auto had = kept.find(line_no);
    if (had == kept.end()) {
      TRY(const bool fresh, put(tx, kInsert, row.id, line_no, line, false, version, digest));
      CHECK(fresh);  // names are unique in a message, and this one is not kept
      row.lines.v += line.amount.v, ++row.line_count;
      continue;
    }
    const bool newer = !had->second.added || std::pair(had->second.version, had->second.digest) < std::pair(version, digest);
    if (newer) {
      TRY(put(tx, kUpdate, row.id, line_no, line, false, version, digest));
      row.lines.v += line.amount.v - had->second.amount.v;
    }
    kept.erase(had);
  }
  for (const auto& [line_no, line] : kept) {
    if (line.added && line.version >= version) continue;
    TRY(tx.exec(kDelete, row.id, line_no));
    row.lines.v -= line.amount.v, --row.line_count;
  }
  return {};
}

Result<> add(Tx& tx, OrderRow& row, const OrderIn& in, std::int64_t version) {
  for (const auto& line : in.lines) {
    const auto line_no = place_text(line, static_cast<std::size_t>(row.line_count) + 1);
    const auto digest = digest_of(line);
    TRY(const bool fresh, put(tx, kInsert, row.id, line_no, line, true, version, digest));
    if (fresh) {
      row.lines.v += line.amount.v, ++row.line_count;
      continue;
    }
    TRY(auto had, tx.one<Kept>(kKeptOne, row.id, line_no));
    if (std::pair(had.version, had.digest) >= std::pair(version, digest)) continue;
    TRY(put(tx, kUpdate, row.id, line_no, line, true, version, digest));
    row.lines.v += line.amount.v - had.amount.v;
  }
  return {};
}

}  // namespace

std::string place_text(const LineIn& line, std::size_t place) {
  return line.line_no.empty() ? fmt::format_int(place).str() : line.line_no;
}

void stamp_lines(OrderRow& row, const OrderIn& in, std::int64_t version) {
  if (in.add_lines || (in.lines.empty() && !in.total)) return;
  row.lines_version = version;
  row.lines_digest = digest_of(in);
  row.total_set = in.total;
}

Result<> insert_lines(Tx& tx, const OrderRow& row, const OrderIn& in, std::int64_t version) {
  for (std::size_t i = 0; i < in.lines.size(); ++i) {
    const auto& line = in.lines[i];
    TRY(const auto goods, goods_of(tx, line));
    TRY(tx.append(kInsert, row.id, place_text(line, i + 1), goods.sku, goods.title, line.quantity, line.unit_price,
                  line.amount, in.add_lines, version, digest_of(line)));
  }
  return {};
}

Result<> merge_lines(Tx& tx, OrderRow& row, const OrderIn& in, std::int64_t version) {
  if (in.add_lines) {
    if (version >= row.lines_version) { TRY(add(tx, row, in, version)); }
    return {};
  }
  if (in.lines.empty() && !in.total) return {};  // about the header only
  const auto digest = digest_of(in);
  if (std::pair(version, digest) <= std::pair(row.lines_version, row.lines_digest)) return {};
  TRY(replace(tx, row, in, version));
  stamp_lines(row, in, version);
  return {};
}

}  // namespace koi::commerce
