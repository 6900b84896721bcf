// What time alone brings about for group codes.
#include <algorithm>
#include <map>

#include "entry/alarms.h"
#include "entry/group_room.h"
#include "store/rows.h"

namespace koi::entry {

struct EndingImage { GroupCodeId code; GroupEntryId entry; Instant expires_at; };
BOOST_DESCRIBE_STRUCT(EndingImage, (), (code, entry, expires_at))
struct StoppedJoin { std::int64_t id = 0; GroupCodeId code; GroupEntryId entry; };
BOOST_DESCRIBE_STRUCT(StoppedJoin, (), (id, code, entry))

namespace {

constexpr std::string_view kEnding =
    "SELECT i.code_id, i.entry_id, i.expires_at FROM entry_group_image i JOIN entry_group_code c ON c.id = i.code_id "
    "WHERE i.state = 'active' AND i.expires_at <= $1 AND c.state <> 'deleted' ORDER BY i.code_id, i.expires_at LIMIT 5000";
constexpr std::string_view kTold =
    "SELECT DISTINCT code_id FROM entry_alarm WHERE closed_at IS NULL AND kind = $1 ORDER BY code_id LIMIT 5000";
constexpr std::string_view kOpen = "SELECT detail FROM entry_alarm WHERE code_id = $1 AND staff_id = 0 AND kind = $2 AND closed_at IS NULL";
constexpr std::string_view kRetryAuto =
    "SELECT id, code_id, entry_id FROM entry_join_way WHERE auto_off_until > 0 AND auto_off_until <= $1 AND wanted = 1 ORDER BY id LIMIT 500";
constexpr std::string_view kForgetStop = "UPDATE entry_join_way SET auto_off_until = 0 WHERE id = $1";
constexpr std::string_view kOver = "UPDATE entry_group_seat SET state = 'over' WHERE state = 'held' AND expires_at <= $1 AND image_id = 0";
constexpr std::string_view kPrune =
    "DELETE FROM entry_group_seat WHERE id IN (SELECT id FROM (SELECT id, at, image_id FROM entry_group_seat ORDER BY id LIMIT $2) AS oldest WHERE at < $1 AND "
    "NOT EXISTS (SELECT 1 FROM entry_group_image i WHERE i.id = oldest.image_id AND i.state = 'active'))";
constexpr std::string_view kEmpty =
    "UPDATE entry_group_image SET bytes = $2, size = 0 WHERE id IN (SELECT id FROM entry_group_image WHERE state <> 'active' AND size > 0 AND ended_at <= $1 ORDER BY id LIMIT 50)";
constexpr auto kAhead = std::chrono::hours(24), kEmptyAfter = std::chrono::hours(24);
constexpr auto kSeatLife = std::chrono::days(30);
constexpr int kSeatsAtOnce = 500;
constexpr std::string_view kExpiring = "group_image_expiring", kExpired = "group_image_expired";

/// A day ahead and at the end, once each for the same pictures; settled when somebody has uploaded others.
Result<> tell_images(Tx& tx) {
  TRY(const auto ending, tx.all<EndingImage>(kEnding, tx.now() + kAhead));
  std::map<std::pair<GroupCodeId, std::string_view>, std::string> told;
  for (const auto& image : ending) {
    TRY(const auto code, find_group_code(tx, Scope::everything("alarms"), image.code));
    const auto at = std::ranges::find(code.spec.entries, std::optional(image.entry), &GroupEntry::id);
    if (at == code.spec.entries.end() || !at->on) continue;
    auto& names = told[{image.code, image.expires_at <= tx.now() ? kExpired : kExpiring}];
    const auto place = at - code.spec.entries.begin() + 1;
    names += (names.empty() ? "" : ",") + (at->name.empty() ? "#" + std::to_string(place) : at->name);
  }
  for (const auto kind : {kExpiring, kExpired}) {
    TRY(const auto open, tx.all<GroupCodeId>(kTold, kind));
    for (const auto code : open)
      if (!told.contains({code, kind})) TRY(settle_alarm(tx, alarm_code(code), {}, kind));
  }
  for (const auto& [of, names] : told) {
    TRY(const auto open, tx.maybe<std::string>(kOpen, of.first, of.second));
    if (!open || *open != names) TRY(raise_alarm(tx, {alarm_code(of.first), {}, of.second, names}));
  }
  return {};
}

/// The platform may make groups again.
Result<> retry_auto(Tx& tx) {
  TRY(const auto due, tx.all<StoppedJoin>(kRetryAuto, tx.now()));
  for (const auto& join : due) {
    TRY(tx.exec(kForgetStop, join.id));
    TRY(group_code_changed(tx, join.code));
    TRY(const auto known, take_group_turn(tx, join.code));
    if (const auto* entry = known->entry_of(join.entry)) TRY(want_join(tx, *known, *entry));
    TRY(settle_alarm(tx, alarm_code(join.code), {}, "group_auto_stopped"));
  }
  return {};
}

}  // namespace

Result<> keep_group_time(Db& db) {
  TRY(db.write(tell_images));
  TRY(db.write(retry_auto));
  return db.write([](Tx& tx) -> Result<> {
    TRY(tx.exec(kOver, tx.now()));
    TRY(tx.exec(kPrune, tx.now() - kSeatLife, kSeatsAtOnce));
    TRY(tx.exec(kEmpty, tx.now() - kEmptyAfter, store::Blob{}));
    return {};
  });
}

}  // namespace koi::entry
