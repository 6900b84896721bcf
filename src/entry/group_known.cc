#include "entry/group_known.h"

#include "entry/known.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "base/text.h"
#include "entry/known.h"
#include "store/rows.h"

namespace koi::entry {

struct KnownRow { std::string slug; CodeState state = CodeState::active; std::int64_t ver = 0; Instant created_at, updated_at; std::string spec; };
BOOST_DESCRIBE_STRUCT(KnownRow, (), (slug, state, ver, created_at, updated_at, spec))
struct KnownJoin { GroupEntryId entry; std::string qr_url; Instant auto_off_until; };
BOOST_DESCRIBE_STRUCT(KnownJoin, (), (entry, qr_url, auto_off_until))
struct KnownImage { GroupImageId id; Instant expires_at; };
BOOST_DESCRIBE_STRUCT(KnownImage, (), (id, expires_at))

namespace {

constexpr std::string_view kCode = "SELECT slug, state, ver, created_at, updated_at, spec FROM entry_group_code WHERE id = $1";
constexpr std::string_view kJoins = "SELECT entry_id, qr_url, auto_off_until FROM entry_join_way WHERE code_id = $1 AND wanted = 1";
constexpr std::string_view kImages = "SELECT id, expires_at FROM entry_group_image WHERE code_id = $1 AND state = 'active'";
constexpr std::string_view kTake = "UPDATE entry_group_turn SET scans = scans WHERE code_id = $1 RETURNING rev";
constexpr std::string_view kBump = "UPDATE entry_group_turn SET rev = rev + 1 WHERE code_id = $1";
constexpr std::size_t kKeptMax = 5'000;  // codes in memory

struct Memory {
  std::mutex mutex;
  std::unordered_map<GroupCodeId, KnownGroup> codes;
};
const char kMemory = 0;
Memory& memory(Tx& tx) {
  return tx.shared<Memory>(&kMemory, [] { return std::make_shared<Memory>(); });
}
void forget(Memory& m, GroupCodeId code) {
  const std::scoped_lock lock(m.mutex);
  m.codes.erase(code);
}

Result<KnownGroup> read(Tx& tx, GroupCodeId id, std::int64_t rev) {
  TRY(const auto row, tx.maybe<KnownRow>(kCode, id));
  if (!row) return fail(Errc::not_found, "entry.no_code", to_text(id));
  auto out = std::make_shared<KnownGroupCode>();
  out->rev = rev;
  out->code = {id, row->slug, row->state, row->ver, row->created_at, row->updated_at, {}};
  TRY(out->code.spec, read_group_spec(row->spec));
  TRY(const auto joins, tx.all<KnownJoin>(kJoins, id));
  TRY(const auto images, tx.all<KnownImage>(kImages, id));
  for (const auto& e : out->code.spec.entries) {
    KnownEntry known{e.id.value_or(GroupEntryId{}), e, {}, {}, {}};
    if (const auto at = std::ranges::find(joins, known.id, &KnownJoin::entry); at != joins.end()) {
      known.qr_url = at->qr_url;
      known.auto_off_until = at->auto_off_until;
    }
    if (e.image)
      if (const auto at = std::ranges::find(images, *e.image, &KnownImage::id); at != images.end()) known.image_until = at->expires_at;
    out->entries.push_back(std::move(known));
  }
  return out;
}

}  // namespace

const KnownEntry* KnownGroupCode::entry_of(GroupEntryId id) const {
  const auto at = std::ranges::find(entries, id, &KnownEntry::id);
  return at == entries.end() ? nullptr : &*at;
}

Result<KnownGroup> known_group(Tx& tx, GroupCodeId code, std::int64_t rev) {
  auto& m = memory(tx);
  {
    const std::scoped_lock lock(m.mutex);
    if (const auto at = m.codes.find(code); at != m.codes.end() && at->second->rev == rev) return at->second;
  }
  TRY(auto made, read(tx, code, rev));
  {
    const std::scoped_lock lock(m.mutex);
    if (m.codes.size() >= kKeptMax) m.codes.clear();
    m.codes[code] = made;
  }
  // It may be what this transaction has written and will not leave behind.
  tx.on_rollback([&m, code] { forget(m, code); });
  return made;
}

Result<KnownGroup> take_group_turn(Tx& tx, GroupCodeId code) {
  TRY(const auto rev, tx.maybe<std::int64_t>(kTake, code));
  if (!rev) return fail(Errc::not_found, "entry.no_code", to_text(code));
  return known_group(tx, code, *rev);
}

Result<> group_code_changed(Tx& tx, GroupCodeId code) {
  TRY(tx.exec(kBump, code));
  auto& m = memory(tx);
  const auto drop = [&m, code] { forget(m, code); };
  drop();
  tx.on_rollback(drop);
  tx.after_commit(drop);
  return {};
}

Result<Moment> merchant_moment(Tx& tx, Instant at) {
  TRY(const auto zone, merchant_zone(tx));
  return moment_of(zone, at);
}

}  // namespace koi::entry
