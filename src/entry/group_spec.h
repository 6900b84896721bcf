/// Inside the room: how a group code's definition travels, and whether it can be saved.
#pragma once
#include <boost/describe.hpp>

#include "entry/group_codes.h"
#include "entry/spec.h"

namespace koi::entry {

BOOST_DESCRIBE_ENUM(GroupEntryKind, join, image)
BOOST_DESCRIBE_ENUM(GroupRule, fill, weight, round_robin, store, category)
BOOST_DESCRIBE_ENUM(GroupAudience, everyone, newcomers, customers)
BOOST_DESCRIBE_ENUM(Rejoin, page, same)
BOOST_DESCRIBE_STRUCT(GroupEntry, (), (id, name, kind, on, weight, cap, category, store, tags, audience, chats, auto_create, room_base_name,
                                       room_base_id, image))
BOOST_DESCRIBE_STRUCT(GroupFallback, (), (code, url, text, phone))
BOOST_DESCRIBE_STRUCT(GroupSpec, (), (name, folder, channel, note, unit, rule, entries, group_cap, code_cap, hold_minutes, rejoin, title, guide,
                                      rejoin_text, fallback))

std::string group_spec_schema();

/// Whether the definition can be saved; the codes of create_group_code. `had` is what stands now, nothing when the code is new:
/// only its entries and pictures may be named.
Result<std::vector<Advice>> check_group_spec(Tx& tx, const GroupSpec& spec, const GroupSpec* had);

}  // namespace koi::entry
