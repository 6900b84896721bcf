#include "people/links.h"

#include "events/index/tail.h"
#include "store/rows.h"

namespace koi::people {

namespace {

constexpr events::TailTable kRows{
    .from = "SELECT id, 0, NULL, NULL, 0, key_hi, key_lo FROM identifier WHERE id >= $1 ORDER BY id",
    .one = "SELECT id, 0, NULL, NULL, 0, key_hi, key_lo FROM identifier WHERE id = $1",
    .last = "SELECT COALESCE(MAX(id), 0) FROM identifier",
    .ids = "identifier-keys",
    .owners = "identifier-owners"};
constexpr events::IndexShape kShape{.chunk_events = 64 * 1024};

#define KOI_LINK "SELECT id, person_id, origin_id, verified, last_at FROM identifier WHERE "
constexpr std::string_view kFind = KOI_LINK "ns = $1 AND value = $2";
constexpr std::string_view kFindAt = KOI_LINK "id = $3 AND ns = $1 AND value = $2";
#define KOI_LINK_INSERT                                                                                                 \
  "INSERT INTO identifier (id, key_hi, key_lo, ns, value, person_id, origin_id, priority, verified, first_at, last_at, " \
  "evidence, box) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $9, $10, $11)"
constexpr std::string_view kAdd = KOI_LINK_INSERT;
constexpr std::string_view kAddUnlessThere = KOI_LINK_INSERT " ON CONFLICT DO NOTHING";
constexpr std::string_view kTouch =
    "UPDATE identifier SET last_at = $2, verified = CASE WHEN verified < $3 THEN $3 ELSE verified END WHERE id = $1";
constexpr std::string_view kPast =
    "INSERT INTO identifier_past (id, ns, value, person_id, origin_id, first_at, last_at, evidence, box, revoked_at, "
    "revoked_why) SELECT CAST($2 AS BIGINT), ns, value, person_id, origin_id, first_at, last_at, evidence, box, "
    "CAST($3 AS BIGINT), CAST($4 AS TEXT) FROM identifier WHERE id = $1";
constexpr std::string_view kDrop = "DELETE FROM identifier WHERE id = $1";

std::int64_t word(std::uint64_t v) { return static_cast<std::int64_t>(v); }

int kSlot;

/// Null on PostgreSQL.
Result<events::TailIndex*> index_of(Tx& tx) {
  if (tx.kind() == store::Kind::postgres) return nullptr;
  auto& index = tx.shared<events::TailIndex>(&kSlot, [&] {
    return std::make_shared<events::TailIndex>(kRows, tx.data_dir().empty() ? std::string() : tx.data_dir() + "/index", kShape);
  });
  TRY(index.ready(tx));
  return &index;
}

}  // namespace

LinkName link_name(std::string_view ns, std::string_view stored) {
  thread_local std::string text;
  text.assign(ns).append(1, '\0').append(stored);
  return {ns, stored, events::hash_text(text)};
}

Result<std::optional<Link>> find_link(Tx& tx, const LinkName& name) {
  TRY(auto* index, index_of(tx));
  if (index == nullptr) return tx.maybe<Link>(kFind, name.ns, name.stored);
  TRY(const auto id, index->find(name.hash));
  if (!id) return std::nullopt;
  return tx.maybe<Link>(kFindAt, name.ns, name.stored, *id);  // a link that was taken off leaves its place in the index
}

Result<std::optional<Link>> add_link(Tx& tx, const NewLink& link) {
  const auto& [ns, stored, hash] = link.name;
  TRY(auto* index, index_of(tx));
  std::int64_t id = 0;
  if (index == nullptr) {
    id = tx.next_number();
    TRY(const auto rows, tx.exec(kAddUnlessThere, id, word(hash.hi), word(hash.lo), ns, stored, link.person, link.priority,
                                 link.verified, tx.now(), link.evidence, link.box));
    if (rows == 0) return std::nullopt;
  } else {
    // One value has one place for ever: whoever takes a link off and sets it again finds it where it was.
    TRY(const auto place, index->find(hash));
    id = place ? *place : index->next();
    TRY(tx.append(kAdd, id, word(hash.hi), word(hash.lo), ns, stored, link.person, link.priority, link.verified, tx.now(),
                  link.evidence, link.box));
    if (!place) index->add(tx, {.id = hash, .seq = id});
  }
  return Link{id, link.person, link.person, link.verified ? 1 : 0, tx.now()};
}

Result<> touch_link(Tx& tx, const Link& link, bool verifies) {
  TRY(tx.exec(kTouch, link.id, tx.now(), verifies));
  return {};
}

Result<> end_link(Tx& tx, const LinkName& name, std::string_view why) {
  TRY(const auto link, find_link(tx, name));
  if (!link) return {};
  TRY(tx.exec(kPast, link->id, tx.next_number(), tx.now(), why));
  TRY(tx.exec(kDrop, link->id));
  return {};
}

Result<> open_links(Tx& tx) {
  TRY(index_of(tx));
  return {};
}

namespace {

struct Place { std::int64_t id = 0; std::string ns, value; };
BOOST_DESCRIBE_STRUCT(Place, (), (id, ns, value))
constexpr std::string_view kAll = "SELECT id, ns, value FROM identifier ORDER BY id";

}  // namespace

Result<std::int64_t> lost_links(Tx& tx) {
  TRY(auto* index, index_of(tx));
  if (index == nullptr) return 0;
  TRY(index->verify());
  std::int64_t lost = 0;
  TRY(tx.each<Place>(kAll, [&](Place&& row) -> Result<> {
    TRY(const auto id, index->find(link_name(row.ns, row.value).hash));
    if (id != row.id) ++lost;
    return {};
  }));
  return lost;
}

}  // namespace koi::people
