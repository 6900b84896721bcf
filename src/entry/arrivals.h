/// What the platform says happened to those who came through a code, in whatever order and however often it says so.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "entry/entry.h"

namespace koi::entry {

struct Arrival {
  PersonId person;
  StaffId staff;
  std::string state, welcome_code;
  int add_way = 0;
  Instant at{};
  bool half = false;          // the customer has added the guide, who has not confirmed yet
  bool welcome_sent = false;
  std::string nick;           // for the remark
};
struct Arrived {
  CodeId code;
  bool first = false;    // of this person through this code
  bool counted = false;  // this call made the arrival count
  bool over_cap = false;
  std::string remark;    // to set, "" none
  std::string description;
  std::vector<std::string> tags;
};
/// Whether a state is of a live code, and where operations on it belong.
ShardKey shard_of_state(std::string_view state);
/// Relation, tags, stage, the newest open scan of (code, guide), its slots. Appends friend_requested (half) and friend_added.
/// Repeat-safe by (person, staff, state, at); an unknown state: no code, relation only.
Result<Arrived> arrive(Tx& tx, const Arrival& arrival);

/// What to say to who came through `state` to this guide at `at`; from memory after the first use. nullopt: nothing. The
/// variables {guide} and {store} are filled in, {nick} is left to the caller, who knows it.
Result<std::optional<Welcome>> welcome_for(Tx& tx, std::string_view state, StaffId staff, Instant at);
/// What welcomes of codes that were not deleted carry of what a later room keeps: each `media` of their parts that begins so, once.
Result<std::vector<std::string>> welcome_media(Tx& tx, std::string_view prefix);

struct Departure { PersonId person; StaffId staff; bool by_customer = false; std::string reason; Instant at{}; };
/// The friendship ended; reason "DELETE_BY_TRANSFER" is a handing over. Repeat-safe, also before its arrival is told.
Result<> depart(Tx& tx, const Departure& departure);

}  // namespace koi::entry
