#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <mutex>

#include "commerce/order_row.h"

namespace koi::commerce {
namespace {

constexpr std::string_view kFindName = "SELECT id FROM trade_name WHERE kind = $1 AND name = $2";
constexpr std::string_view kAddName =
    "INSERT INTO trade_name (id, kind, name) VALUES ($1, $2, $3) ON CONFLICT (kind, name) DO NOTHING";
constexpr std::string_view kFindSku = "SELECT id FROM sku WHERE code = $1";
constexpr std::string_view kAddSku =
    "INSERT INTO sku (id, product_id, code, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING";
constexpr std::string_view kAddProduct = "INSERT INTO product (id, title, created_at) VALUES ($1, $2, $3)";
constexpr std::string_view kDropProduct = "DELETE FROM product WHERE id = $1";

constexpr std::size_t kCacheMax = 100'000;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
using Ids = boost::unordered_flat_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

/// Names never change and are never deleted, so a cached id stays right; one that was rolled back is taken out again.
struct Names {
  std::mutex mutex;
  Ids by_kind[4], skus;

  std::int64_t find(Ids& ids, std::string_view name) {
    const std::scoped_lock lock(mutex);
    const auto at = ids.find(name);
    return at == ids.end() ? 0 : at->second;
  }
  void put(Ids& ids, std::string_view name, std::int64_t id) {
    const std::scoped_lock lock(mutex);
    if (ids.size() >= kCacheMax) ids.clear();
    ids[std::string(name)] = id;
  }
  void drop(Ids& ids, const std::string& name) {
    const std::scoped_lock lock(mutex);
    ids.erase(name);
  }
};

Names& names(Tx& tx) {
  static const int kKey = 0;
  return tx.shared<Names>(&kKey, [] { return std::make_shared<Names>(); });
}

void keep(Tx& tx, Names& all, Ids& ids, std::string_view name, std::int64_t id) {
  all.put(ids, name, id);
  tx.on_rollback([&all, &ids, text = std::string(name)] { all.drop(ids, text); });
}

Result<std::int64_t> make_sku(Tx& tx, std::string_view code, std::string_view title) {
  const auto product = tx.next_id<ProductId>();
  const auto sku = tx.next_id<SkuId>();
  TRY(tx.exec(kAddProduct, product, title.empty() ? code : title, tx.now()));
  TRY(const auto made, tx.exec(kAddSku, sku, product, code, tx.now()));
  if (made == 1) return sku.v;
  TRY(tx.exec(kDropProduct, product));  // another writer was first
  return tx.one<std::int64_t>(kFindSku, code);
}

}  // namespace

Result<std::int64_t> intern(Tx& tx, NameKind kind, std::string_view name) {
  if (name.empty()) return 0;
  auto& all = names(tx);
  auto& ids = all.by_kind[static_cast<int>(kind)];
  if (const auto id = all.find(ids, name)) return id;
  const auto kind_text = enum_text(kind);
  TRY(auto had, tx.maybe<std::int64_t>(kFindName, kind_text, name));
  if (!had) {
    TRY(tx.exec(kAddName, tx.next_number(), kind_text, name));
    TRY(had, tx.one<std::int64_t>(kFindName, kind_text, name));
  }
  keep(tx, all, ids, name, *had);
  return *had;
}

Result<SkuId> intern_sku(Tx& tx, std::string_view code, std::string_view title) {
  if (code.empty()) return SkuId{};
  auto& all = names(tx);
  if (const auto id = all.find(all.skus, code)) return SkuId{id};
  TRY(auto had, tx.maybe<std::int64_t>(kFindSku, code));
  if (!had) { TRY(had, make_sku(tx, code, title)); }
  keep(tx, all, all.skus, code, *had);
  return SkuId{*had};
}

}  // namespace koi::commerce
