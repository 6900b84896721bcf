/// Friends at WeCom, brought to what the platform shows: people, relations, tags, owners, and the table
/// connect_wecom_contact of what both sides knew last. Callbacks and the walks of sync.h come through here alike.
#pragma once
#include <boost/json/fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/store.h"

namespace koi::connect::wecom {

/// One friendship as the platform shows it.
struct Contact {
  std::string userid, external_userid, name, unionid, remark, description, state, oper;
  int type = 1, gender = 0, add_way = 0;
  std::vector<std::string> tags;     // corp tag ids, sorted
  std::vector<std::string> mobiles;  // that staff noted
  Instant created{};
};
/// From external_contact and follow_info (batch) or one member of follow_user (get). malformed "connect.wecom_reply" without ids.
Result<Contact> read_contact(const boost::json::object& customer, const boost::json::object& follow);

/// Whose customers these are.
struct Keeper { StaffId staff; std::string unit_path; };

/// What was other than we thought.
struct Applied {
  PersonId person;
  bool added = false, remark = false, tags = false, owner = false;
  bool skipped = false;  // we were told something newer than asked_at, or the person was erased
  std::string remark_before, tags_before, tags_now, owner_before, owner_now;
};
/// Brings one friendship to what the platform showed when it was asked at `asked_at`: the person and their names, the relation
/// (through entry, so that a friend of a live code counts for it), tags held or lost, whose customer it is when the platform
/// assigned them. Nothing is written when nothing changed. Repeat-safe. Appends what people and entry append.
Result<Applied> apply_contact(Tx& tx, std::string_view corp, const Keeper& keeper, const Contact& contact, Instant asked_at);
/// The same for different friendships of one member of staff, in order; many together cost less than one by one.
Result<std::vector<Applied>> apply_contacts(Tx& tx, std::string_view corp, const Keeper& keeper, std::span<const Contact> contacts, Instant asked_at);

struct Gone {
  PersonId person;
  bool owner = false;  // they went to who is left
  std::string owner_before, owner_now;
};
/// The platform shows this friendship no more. Nothing (no person) when we knew, or were told something newer than asked_at.
/// Who ended it is not shown: by the customer, unless `reason` says otherwise (as entry::Departure).
Result<Gone> contact_gone(Tx& tx, std::string_view corp, std::string_view userid, std::string_view external_userid, Instant asked_at,
                          bool by_customer = true, std::string_view reason = {});
/// The external_userids we have for one member of staff that nobody was told anything of since `before`, after `after`.
Result<std::vector<std::string>> known_contacts(Tx& tx, std::string_view corp, std::string_view userid, Instant before, std::string_view after, int limit);
/// People with a friend but no owner, in order of ids after `after`, and their friend of longest standing.
struct Ownerless { PersonId person; StaffId staff; };
Result<std::vector<Ownerless>> ownerless(Tx& tx, PersonId after, int limit);
/// They are that friend's customers from now on; who has an owner by now keeps them.
Result<> own(Tx& tx, std::span<const Ownerless> people);

}  // namespace koi::connect::wecom
