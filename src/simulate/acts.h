/// What people do: customers with their phones, staff in their client, administrators in the console. Every act tells the
/// outside what the platform would tell. Callers hold World's mutex.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"
#include "simulate/world.h"

namespace koi::simulate {

/// What a picture of a code, or its link, leads to.
struct Code {
  enum class Kind { none, way, join_way, link, page } kind = Kind::none;
  std::string id, state, url;       // state: customer_channel of an acquisition link
};
/// A config id, a state, a QR address of ours, a link https://work.weixin.qq.com/ca/…, or any other http address.
Code find_code(const World& world, std::string_view text);

struct AddFriend {
  StaffNo staff = kNobody;
  CustomerNo customer = kNobody;
  std::string state, way, link;
  int add_way = 1;
  bool half = false;                // by a code without verification, the staff has not confirmed yet
  bool by_staff = false;
  Callbacks::Done told = {};
  int storm = 0;
};
struct Befriended { StaffNo staff = kNobody; std::string welcome_code; bool asked = false, known = false; };
/// The relation stands at once, and the add (or half) event goes out, with a welcome code where the platform gives one.
/// conflict "simulate.already_friends"; exhausted "simulate.staff_full"; invalid "simulate.staff_away".
Result<Befriended> add_friend(World& world, const AddFriend& add);
/// Through a contact way: picks one of its staff; known: they are friends already; asked: the code wants verification.
Result<Befriended> scan_way(World& world, CustomerNo customer, const Way& way, bool half, StaffNo wish = kNobody);
Result<Befriended> scan_link(World& world, CustomerNo customer, AcquisitionLink& link, const std::string& state);
/// The staff member answers a request, or confirms half a friendship.
Result<Befriended> accept_friend(World& world, StaffNo staff, CustomerNo customer);

/// not_found "simulate.no_relation"; invalid "simulate.deleted" when the customer removed the staff.
Result<> say(World& world, StaffNo staff, CustomerNo customer, bool from_staff, const std::string& text);
Result<> customer_deletes(World& world, CustomerNo customer, StaffNo staff);
Result<> staff_deletes(World& world, StaffNo staff, CustomerNo customer, std::string_view source = {});
Result<> edit_by_hand(World& world, StaffNo staff, CustomerNo customer);

/// Puts somebody into a group; QR: through a join way, which opens a new group when its groups are full.
Result<Group*> join_by_way(World& world, CustomerNo customer, const JoinWay& way);
Result<> join_group(World& world, Group& group, Member member);
Result<> leave_group(World& world, Group& group, bool is_staff, std::uint32_t who, bool removed);
Group& create_group(World& world, StaffNo owner, const std::string& name);
void rename_group(World& world, Group& group, const std::string& name);
void renotice_group(World& world, Group& group, const std::string& notice);
void give_group(World& world, Group& group, StaffNo owner);
void dismiss_group(World& world, Group& group);

/// Leaves the corp: customers wait to be assigned, groups have no owner at work.
Result<> resign(World& world, StaffNo staff);
Result<> rehire(World& world, StaffNo staff);
Result<> disable(World& world, StaffNo staff, bool disabled);
StaffNo hire(World& world, Staff staff);
/// Sends a mass task in this staff member's name: every target gets its status.
Result<> confirm_mass(World& world, MassTask& task, StaffNo staff);
Result<> publish_moment(World& world, Moment& moment, StaffNo staff);
/// The customer answers a running transfer.
Result<> refuse_transfer(World& world, CustomerNo customer);
void finish_transfer(World& world, std::size_t place);
/// A tag or group changed in the console: tells change_external_tag.
void tell_tag(World& world, std::string_view change, const std::string& id, bool group);

DayFigures& today(World& world, StaffNo staff);
/// One more mass message in this month; false when the cap is reached.
bool take_mass_slot(const World& world, std::uint32_t& month, std::uint32_t& count, Seconds now);

}  // namespace koi::simulate
