/// What the platform should have for entries of group codes ("join way" of WeCom, 加入群聊): this room says what is wanted, a connector
/// brings the platform to it and writes back what was made.
#pragma once
#include "entry/group_codes.h"

namespace koi::entry {

struct JoinTag { static constexpr std::string_view prefix = "jnw"; };
using JoinId = Id<JoinTag>;

struct Join {
  JoinId id;
  GroupCodeId code;
  GroupEntryId entry;
  std::string state;               // at most 30 characters, unique: comes back with the member
  std::string remark, config_id, qr_url, error;
  std::vector<std::string> chats;  // one to five chat ids
  bool auto_create = true;
  std::string room_base_name;
  std::int64_t room_base_id = 1;   // the number of the next group that is made
  bool wanted = true;              // false: to be deleted
  std::int64_t want_ver = 0, made_ver = 0;
};
/// Join ways whose want_ver is above made_ver and that do not wait after a failure, in order of ids after `after`. One nobody ever
/// made and that is not wanted any more is left out.
Result<std::vector<Join>> joins_to_make(Tx& tx, std::int64_t after, int limit);
/// The platform has it as of `ver`. Repeat-safe; an older ver than what is known changes nothing. not_found "entry.no_join".
/// For one that was deleted both texts are empty.
Result<> join_made(Tx& tx, JoinId join, std::int64_t ver, std::string_view config_id, std::string_view qr_url);
/// The platform refused; asked again from try_again on. Raises the alarm join_failed.
Result<> join_failed(Tx& tx, JoinId join, std::string_view code, Instant try_again);
/// The platform makes no more groups for it (quota, owner not allowed): wanted without auto_create until then, so that the groups
/// it has go on; visitors who find them full meet the next entry. Raises group_auto_stopped.
Result<> join_auto_stopped(Tx& tx, JoinId join, std::string_view code, Instant until);
/// Somebody deleted it in the platform's console: it is to be made anew.
Result<> join_lost(Tx& tx, std::string_view config_id);
/// The platform that had them is gone: at most `limit` that were made are wanted anew; how many.
Result<int> forget_made_joins(Tx& tx, int limit);
/// The groups the platform's way leads to now; those this room did not know were made by the platform and belong to the entry.
Result<> join_groups(Tx& tx, std::string_view config_id, std::span<const std::string> chats);

}  // namespace koi::entry
