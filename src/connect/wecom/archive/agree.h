/// Who agreed to their words being kept: by customer, and by whom they talk to. What nobody said is no. Owns connect_archive_agree.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace koi::connect::wecom {

/// `peer`: a userid, or "room:" and the group's id.
struct Agreement { std::string corp_id, external_userid, peer; bool agreed = false; Instant changed_at; };
/// Takes the later word; at one instant "no" beats "yes". Where the corp says so, a "no" takes earlier words of theirs with this
/// peer out. Repeat-safe. Nothing for somebody who was erased.
Result<> say_agreement(Tx& tx, const Agreement& said);
/// Whether what was said at `at` may be kept.
Result<bool> agreed(Tx& tx, std::string_view corp_id, std::string_view external_userid, std::string_view peer, Instant at);
/// Whether the platform is to be asked: never told, or a "no" that was asked for longer than a minute before `now`.
Result<bool> to_be_asked(Tx& tx, std::string_view corp_id, std::string_view external_userid, std::string_view peer);
/// The person an external_userid stands for, made when nobody knows them; nothing when they were erased.
Result<std::optional<PersonId>> archive_person(Tx& tx, std::string_view corp_id, const std::string& external_userid);

}  // namespace koi::connect::wecom
