#include "simulate/storm.h"

#include <algorithm>

#include "simulate/acts.h"

namespace koi::simulate {

using SteadyClock = std::chrono::steady_clock;

namespace {
std::int64_t micros(SteadyClock::duration d) { return std::chrono::duration_cast<std::chrono::microseconds>(d).count(); }
constexpr std::int64_t kSlice = 64;  // adds under one hold of the mutex
}  // namespace

Storm& Storms::begin(std::int64_t adds, double rate) {
  const int id = all_.empty() ? 1 : all_.rbegin()->first + 1;
  auto& s = all_[id];
  s.id = id, s.adds = adds, s.rate = rate;
  s.began = s.ended = s.last = SteadyClock::now();
  return s;
}

Storm* Storms::find(int id) {
  const auto at = all_.find(id);
  return at == all_.end() ? nullptr : &at->second;
}

void Storms::welcomed(int id, SteadyClock::time_point born) {
  auto* s = find(id);
  if (!s) return;
  s->last = SteadyClock::now();
  s->welcome_us.push_back(micros(s->last - born));
}

void Storms::answered(int id, SteadyClock::time_point sent, SteadyClock::time_point got, bool ok) {
  auto* s = find(id);
  if (!s) return;
  s->last = got;
  ++(ok ? s->answered : s->failed);
  if (ok) s->answer_us.push_back(micros(got - sent));
}

Percentiles percentiles(std::vector<std::int64_t> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&](double share) { return static_cast<double>(values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))]) / 1000; };
  return {static_cast<std::int64_t>(values.size()), at(0.5), at(0.9), at(0.99), at(1)};
}

bool blow(World& world, int id, const std::string& config_id) {
  for (;;) {
    const std::scoped_lock lock(world.mutex);
    auto* s = world.storms.find(id);
    const auto passed = std::chrono::duration<double>(SteadyClock::now() - s->began).count();
    const auto due = s->rate > 0 ? std::min(s->adds, static_cast<std::int64_t>(passed * s->rate) + 1) : s->adds;
    if (s->added >= due) return false;
    const auto way = world.books.ways.find(config_id);
    for (std::int64_t n = 0; s->added < due && n < kSlice; ++n) {
      auto customer = make_customer(world.rng);
      customer.type = 1;
      const auto no = world.corp.add_customer(std::move(customer));
      std::vector<StaffNo> staff;
      if (way != world.books.ways.end()) {
        staff = world.corp.staff_of(way->second.parties);
        for (const auto& u : way->second.users) staff.push_back(world.corp.staff_no(u));
      } else {
        for (StaffNo i = 0; i < world.corp.staff.size(); ++i) staff.push_back(i);
      }
      std::erase_if(staff, [&](StaffNo i) { return i == kNobody || !world.corp.staff[i].works() || !world.corp.staff[i].real_name; });
      ++s->added;
      if (staff.empty()) {
        ++s->failed;
        continue;
      }
      AddFriend add{staff[world.rng.below(staff.size())], no, way != world.books.ways.end() ? way->second.state : "", config_id};
      add.storm = id;
      add.told = [&world, id](SteadyClock::time_point sent, SteadyClock::time_point got, bool ok) {
        const std::scoped_lock inner(world.mutex);
        world.storms.answered(id, sent, got, ok);
      };
      world.corp.staff[add.staff].customers_max = std::max(world.corp.staff[add.staff].customers_max, world.corp.staff[add.staff].customers.size() + 1);
      if (!add_friend(world, add)) ++s->failed;
    }
    if (s->added >= s->adds) {
      s->over = true;
      s->ended = SteadyClock::now();
      return true;
    }
  }
}

}  // namespace koi::simulate
