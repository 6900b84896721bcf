/// Inside wecom/: the parts of a walk. Each may be done again from its beginning, or from where its rows say it stands.
#pragma once
#include "connect/wecom/contacts.h"
#include "connect/wecom/sync.h"

namespace koi::connect::wecom {

/// Departments and members into team's places and staff, with respect for what stands there: a member of staff is matched by
/// userid, then by the mobile number they sign in with; what somebody renamed or moved here stays so.
Result<> sync_directory(Db& db, Platform& platform, const std::string& corp);
/// The corp's tags and ours, three ways; see tags.cc.
Result<> sync_tags(Db& db, Platform& platform, const std::string& corp);
/// Who has customers: a row each for the walk.
Result<> plan_walk(Db& db, Platform& platform, const Run& run);
Result<> walk_customers(Db& db, Platform& platform, const Run& run, const WalkOptions& options);
Result<> sync_chats(Db& db, Platform& platform, const Run& run, const WalkOptions& options);
/// One group, after a push said something of it.
Result<> look_at_chat(Db& db, Platform& platform, const std::string& corp, const std::string& chat_id);

/// The member of staff a userid stands for; made when nobody knows them.
Result<StaffId> staff_of(Tx& tx, std::string_view corp, std::string_view userid);
/// Of one of the corp's members we know; nothing else.
Result<std::optional<StaffId>> known_staff_of(Tx& tx, std::string_view corp, std::string_view userid);

}  // namespace koi::connect::wecom
