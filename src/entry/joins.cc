#include "entry/joins.h"

#include <algorithm>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/group_arrivals.h"
#include "entry/group_room.h"
#include "store/rows.h"

namespace koi::entry {

struct JoinRow {
  JoinId id;
  GroupCodeId code;
  GroupEntryId entry;
  std::string state, remark, config_id, qr_url, error, chats;
  bool auto_create = true;
  std::string base_name;
  std::int64_t base_id = 1;
  bool wanted = true;
  std::int64_t want_ver = 0, made_ver = 0;
};
BOOST_DESCRIBE_STRUCT(JoinRow, (), (id, code, entry, state, remark, config_id, qr_url, error, chats, auto_create, base_name, base_id, wanted, want_ver, made_ver))
struct JoinOf { GroupCodeId code; GroupEntryId entry; };
BOOST_DESCRIBE_STRUCT(JoinOf, (), (code, entry))

namespace {

constexpr std::string_view kDue =
    "SELECT id, code_id, entry_id, state, remark, config_id, qr_url, error, chats, auto_create, base_name, base_id, wanted, want_ver, made_ver FROM entry_join_way "
    "WHERE want_ver > made_ver AND try_at <= $1 AND id > $2 AND (wanted = 1 OR config_id <> '') ORDER BY id LIMIT $3";
constexpr std::string_view kWant =
    "INSERT INTO entry_join_way (id, code_id, entry_id, state, remark, chats, auto_create, base_name, base_id, config_id, qr_url, error, wanted, want_ver, made_ver, "
    "try_at, auto_off_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', '', 1, 1, 0, 0, 0) ON CONFLICT (entry_id) DO UPDATE SET "
    "want_ver = entry_join_way.want_ver + CASE WHEN entry_join_way.wanted = 1 AND entry_join_way.remark = excluded.remark AND entry_join_way.chats = excluded.chats "
    "AND entry_join_way.auto_create = excluded.auto_create AND entry_join_way.base_name = excluded.base_name AND entry_join_way.base_id = excluded.base_id "
    "THEN 0 ELSE 1 END, remark = excluded.remark, chats = excluded.chats, auto_create = excluded.auto_create, base_name = excluded.base_name, "
    "base_id = excluded.base_id, try_at = CASE WHEN entry_join_way.wanted = 1 THEN entry_join_way.try_at ELSE 0 END, wanted = 1";
constexpr std::string_view kMade =
    "UPDATE entry_join_way SET made_ver = $2, config_id = $3, qr_url = $4, error = '', try_at = 0 WHERE id = $1 AND made_ver < $2 AND want_ver >= $2 RETURNING code_id";
constexpr std::string_view kThere = "SELECT code_id FROM entry_join_way WHERE id = $1";
constexpr std::string_view kFailed = "UPDATE entry_join_way SET error = $2, try_at = $3 WHERE id = $1 RETURNING code_id";
constexpr std::string_view kAutoOff =
    "UPDATE entry_join_way SET error = $2, auto_off_until = $3, try_at = 0 WHERE id = $1 RETURNING code_id, entry_id";
constexpr std::string_view kLost =
    "UPDATE entry_join_way SET config_id = '', qr_url = '', want_ver = want_ver + 1, try_at = 0 WHERE config_id = $1 AND config_id <> '' RETURNING code_id";
constexpr std::string_view kByConfig = "SELECT code_id, entry_id FROM entry_join_way WHERE config_id = $1 AND config_id <> ''";
constexpr std::string_view kMadeOnes = "SELECT config_id FROM entry_join_way WHERE config_id <> '' ORDER BY id LIMIT $1";
constexpr std::size_t kRemarkMax = 30;
constexpr std::string_view kLetters = "abcdefghjkmnpqrstvwxyz0123456789";

/// "g", the code's number in 13 digits, 8 letters nobody guesses.
std::string new_state(Tx& tx, GroupCodeId code) {
  std::string out = "g" + to_text(code).substr(GroupCodeTag::prefix.size() + 1);
  for (int i = 0; i < 8; ++i) out += kLetters[tx.rng().below(kLetters.size())];
  CHECK(out.size() <= 30);
  return out;
}

}  // namespace

Result<> want_join(Tx& tx, const KnownGroupCode& code, const KnownEntry& known) {
  const auto& e = known.entry;
  if (e.kind != GroupEntryKind::join) return {};
  TRY(const auto chats, chats_of(tx, known.id));
  std::string list;
  for (const auto& chat : window_of(chats, code.code.spec.group_cap)) list += (list.empty() ? "" : ",") + chat.chat_id;
  // All its groups are gone: the platform takes no way without one, and what it has leads nowhere.
  if (list.empty()) return {};
  const auto made = std::ranges::count(chats, 1, &LinkedChat::extra);
  const auto remark = code.code.spec.name + (e.name.empty() ? "" : "-") + e.name;
  TRY(tx.exec(kWant, tx.next_id<JoinId>(), code.code.id, known.id, new_state(tx, code.code.id), take_chars(remark, kRemarkMax), list,
              e.auto_create && known.auto_off_until <= tx.now(), trim(e.room_base_name), e.room_base_id + made));
  return {};
}

Result<std::vector<Join>> joins_to_make(Tx& tx, std::int64_t after, int limit) {
  std::vector<Join> out;
  TRY(tx.each<JoinRow>(
      kDue,
      [&](JoinRow&& r) -> Result<> {
        Join join{r.id, r.code, r.entry, std::move(r.state), std::move(r.remark), std::move(r.config_id), std::move(r.qr_url), std::move(r.error), {},
                  r.auto_create, std::move(r.base_name), r.base_id, r.wanted, r.want_ver, r.made_ver};
        for (const auto chat : split_text(r.chats, ',')) join.chats.emplace_back(chat);
        out.push_back(std::move(join));
        return {};
      },
      tx.now(), after, limit));
  return out;
}

Result<> join_made(Tx& tx, JoinId join, std::int64_t ver, std::string_view config_id, std::string_view qr_url) {
  TRY(const auto code, tx.maybe<GroupCodeId>(kMade, join, ver, config_id, qr_url));
  if (code) {
    TRY(settle_alarm(tx, alarm_code(*code), {}, "join_failed"));
    return group_code_changed(tx, *code);
  }
  TRY(const auto there, tx.maybe<GroupCodeId>(kThere, join));
  return there ? Result<>{} : fail(Errc::not_found, "entry.no_join", to_text(join));
}

Result<> join_failed(Tx& tx, JoinId join, std::string_view code, Instant try_again) {
  TRY(const auto of, tx.maybe<GroupCodeId>(kFailed, join, code, try_again));
  if (!of) return fail(Errc::not_found, "entry.no_join", to_text(join));
  return raise_alarm(tx, {alarm_code(*of), {}, "join_failed", std::string(code)});
}

Result<> join_auto_stopped(Tx& tx, JoinId join, std::string_view code, Instant until) {
  TRY(const auto of, tx.maybe<JoinOf>(kAutoOff, join, code, until));
  if (!of) return fail(Errc::not_found, "entry.no_join", to_text(join));
  TRY(group_code_changed(tx, of->code));
  TRY(const auto known, take_group_turn(tx, of->code));
  const auto* entry = known->entry_of(of->entry);
  if (entry == nullptr) return {};
  TRY(want_join(tx, *known, *entry));
  return raise_alarm(tx, {alarm_code(of->code), {}, "group_auto_stopped", entry->entry.name + " " + std::string(code)});
}

Result<> join_lost(Tx& tx, std::string_view config_id) {
  TRY(const auto code, tx.maybe<GroupCodeId>(kLost, config_id));
  return code ? group_code_changed(tx, *code) : Result<>{};
}

Result<int> forget_made_joins(Tx& tx, int limit) {
  TRY(const auto made, tx.all<std::string>(kMadeOnes, limit));
  for (const auto& config_id : made) TRY(join_lost(tx, config_id));
  return static_cast<int>(made.size());
}

Result<> join_groups(Tx& tx, std::string_view config_id, std::span<const std::string> chats) {
  TRY(const auto of, tx.maybe<JoinOf>(kByConfig, config_id));
  if (!of) return {};
  TRY(const auto known, take_group_turn(tx, of->code));
  for (const auto& chat : chats) {
    TRY(const auto group, group_of_chat(tx, chat));
    TRY(link_extra(tx, of->code, of->entry, group));
  }
  const auto* entry = known->entry_of(of->entry);
  return entry == nullptr ? Result<>{} : want_join(tx, *known, *entry);
}

}  // namespace koi::entry
