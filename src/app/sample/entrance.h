/// How the story's people come in: a live code for every channel, cards of each store, strangers who only look.
/// Private to app/sample/.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "app/sample/chance.h"
#include "app/sample/sample.h"
#include "app/sample/setting.h"
#include "entry/entry.h"
#include "entry/group_codes.h"

namespace koi::app {

struct Shop { UnitId unit; std::string path, code, city; std::vector<StaffId> guides; };

/// Somebody at the door.
struct Newcomer {
  PersonId person;
  StaffId guide;
  const Shop* shop;
  const setting::Channel* channel;  // none: brought by a friend
  std::string name;
};

class Entrance {
 public:
  Entrance(std::uint64_t seed, Instant until) : chance_(seed), until_(until) {}
  /// The chain's codes. Once, before the first newcomer.
  Result<> open(Tx& tx, const std::vector<Shop>& shops);
  /// Strangers scan and go, the newcomer scans, becomes a friend and perhaps answers or joins the store's group.
  Result<> come(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at);

 private:
  struct Door { entry::CodeId code; std::string channel, scene; };
  Result<Door> make(Tx& tx, entry::CodeSpec spec, const std::string& slug, std::string_view scene);
  Result<> place_shops(Tx& tx, const std::vector<Shop>& shops);
  Result<> learn_states(Tx& tx);
  Result<> open_groups(Tx& tx, const std::vector<Shop>& shops);
  Result<> join_group(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at);
  Result<> scan(Tx& tx, SampleFigures& figures, const Door& door, PersonId person, StaffId guide, const Shop& shop, Instant at);
  Result<> answer(Tx& tx, SampleFigures& figures, const Newcomer& who, Instant at);

  Chance chance_;
  const Instant until_;  // nothing happens later
  std::map<std::string, Door> doors_;                                    // by channel, or channel and store
  std::map<std::pair<entry::CodeId, std::string>, std::string> states_;  // what the platform says of (code, guide)
  std::map<StaffId, std::string> userids_;
  /// A store's groups, filled one after the other.
  struct Groups { entry::GroupEntryId entry; std::string state; std::vector<std::string> chats; std::size_t members = 0; };
  entry::GroupCodeId group_code_;
  std::map<UnitId, Groups> groups_;
  std::int64_t strangers_ = 0;
};

}  // namespace koi::app
