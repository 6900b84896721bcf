/// Inside the room: who gets whom. Pure.
#pragma once
#include "team/handover.h"

namespace koi::team {

struct Taker {
  StaffId staff;
  std::string unit_path;
  std::int64_t has = 0, capacity = -1;
  bool bound = false;               // has conditions of its own (rule match)
  std::int64_t gets = 0;
  bool room() const { return capacity < 0 || has + gets < capacity; }
};
struct Given {
  std::int64_t id = 0;
  std::string store_path;           // of the customer's store; "" unknown
  int match = -1;                   // the first taker whose conditions hold
  StaffId pick;
};
/// The taker of each, by place; -1: nobody. Takers' `gets` are raised. Equal shares differ by one at most unless room ends.
std::vector<int> allot(std::string_view rule, std::span<const Given> given, std::vector<Taker>& takers);

}  // namespace koi::team
