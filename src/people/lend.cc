#include <algorithm>
#include <span>

#include "people/identity.h"
#include "store/rows.h"

namespace koi::people {

namespace {

/// The facts of a person row that a root without them borrows; `borrowed` says which are not its own.
struct FactsRow {
  PersonId id;
  std::int64_t borrowed = 0;
  std::optional<StaffId> owner;
  std::string unit_path;
  std::optional<PersonId> inviter;
  std::optional<std::string> first_touch, channel, store, member_no;
};
BOOST_DESCRIBE_STRUCT(FactsRow, (), (id, borrowed, owner, unit_path, inviter, first_touch, channel, store, member_no))

// The root first, then the tree from the oldest: who was here first lends first.
constexpr std::string_view kTree =
    "SELECT id, borrowed, owner_staff_id, unit_path, inviter_id, first_touch, channel, store, member_no FROM person "
    "WHERE id = $1 OR merged_into = $1 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, first_seen_at, id";
constexpr std::string_view kWrite =
    "UPDATE person SET borrowed = $2, owner_staff_id = $3, unit_path = $4, inviter_id = $5, first_touch = $6, "
    "channel = $7, store = $8, member_no = $9 WHERE id = $1";

constexpr std::int64_t kOwner = 1, kInviter = 2, kFirstTouch = 4, kChannel = 8, kStore = 16, kMember = 32;

void take_back(FactsRow& row) {
  if (row.borrowed & kOwner) { row.owner.reset(); row.unit_path.clear(); }
  if (row.borrowed & kInviter) row.inviter.reset();
  if (row.borrowed & kFirstTouch) row.first_touch.reset();
  if (row.borrowed & kChannel) row.channel.reset();
  if (row.borrowed & kStore) row.store.reset();
  if (row.borrowed & kMember) row.member_no.reset();
  row.borrowed = 0;
}

template <class T>
bool fill(std::optional<T>& mine, const std::optional<T>& theirs, std::int64_t bit, std::int64_t& borrowed) {
  if (mine || !theirs) return false;
  mine = theirs;
  borrowed |= bit;
  return true;
}

}  // namespace

Result<> lend(Tx& tx, PersonId root) {
  TRY(auto rows, tx.all<FactsRow>(kTree, root));
  if (rows.empty()) return fail(Errc::not_found, "people.not_found");
  if (rows.size() == 1 && rows[0].borrowed == 0) return {};
  std::ranges::for_each(rows, take_back);
  auto& mine = rows.front();
  for (const auto& theirs : std::span(rows).subspan(1)) {
    if (fill(mine.owner, theirs.owner, kOwner, mine.borrowed)) mine.unit_path = theirs.unit_path;
    const bool self = theirs.inviter && std::ranges::find(rows, *theirs.inviter, &FactsRow::id) != rows.end();
    if (!self) fill(mine.inviter, theirs.inviter, kInviter, mine.borrowed);
    fill(mine.first_touch, theirs.first_touch, kFirstTouch, mine.borrowed);
    fill(mine.channel, theirs.channel, kChannel, mine.borrowed);
    fill(mine.store, theirs.store, kStore, mine.borrowed);
    fill(mine.member_no, theirs.member_no, kMember, mine.borrowed);
  }
  TRY(tx.exec(kWrite, root, mine.borrowed, mine.owner, mine.unit_path, mine.inviter, mine.first_touch, mine.channel,
              mine.store, mine.member_no));
  return {};
}

}  // namespace koi::people
