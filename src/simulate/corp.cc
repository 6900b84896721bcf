#include "simulate/corp.h"

#include <fmt/format.h>

#include <algorithm>

namespace koi::simulate {

namespace {
std::uint32_t find_in(const std::unordered_map<std::string_view, std::uint32_t>& index, std::string_view key) {
  const auto at = index.find(key);
  return at == index.end() ? kNobody : at->second;
}
}  // namespace

StaffNo Corp::staff_no(std::string_view userid) const { return find_in(staff_at_, userid); }
CustomerNo Corp::customer_no(std::string_view external) const { return find_in(customer_at_, external); }

Group* Corp::group(std::string_view chat_id) {
  const auto at = find_in(group_at_, chat_id);
  return at == kNobody || groups[at].dismissed ? nullptr : &groups[at];
}

Relation* Corp::relation(StaffNo who, CustomerNo customer) {
  if (who == kNobody || customer == kNobody) return nullptr;
  const auto at = staff[who].customers.find(customer);
  return at == staff[who].customers.end() ? nullptr : &at->second;
}

const Department* Corp::department(std::int64_t wanted) const {
  const auto at = std::ranges::find(departments, wanted, &Department::id);
  return at == departments.end() ? nullptr : &*at;
}

bool Corp::below(std::int64_t child, std::int64_t top) const {
  for (int depth = 0; depth < 32; ++depth) {
    if (child == top) return true;
    const auto* d = department(child);
    if (!d) return false;
    child = d->parent;
  }
  return false;
}

std::vector<StaffNo> Corp::staff_of(const std::vector<std::int64_t>& tops) const {
  std::vector<StaffNo> out;
  for (StaffNo i = 0; i < staff.size(); ++i) {
    const bool inside = std::ranges::any_of(staff[i].departments, [&](auto mine) {
      return std::ranges::any_of(tops, [&](auto top) { return below(mine, top); });
    });
    if (inside && staff[i].status != 5) out.push_back(i);
  }
  return out;
}

TagGroup* Corp::tag_group(std::string_view wanted) {
  const auto at = std::ranges::find(tags, wanted, &TagGroup::id);
  return at == tags.end() ? nullptr : &*at;
}

Tag* Corp::tag(std::string_view wanted, TagGroup** group) {
  for (auto& g : tags)
    for (auto& t : g.tags)
      if (t.id == wanted) {
        if (group) *group = &g;
        return &t;
      }
  return nullptr;
}

CustomerNo Corp::add_customer(Customer customer) {
  const auto no = static_cast<CustomerNo>(customers.size());
  customers.push_back(std::move(customer));
  customer_at_.emplace(customers.back().id, no);
  return no;
}

StaffNo Corp::add_staff(Staff person) {
  const auto no = static_cast<StaffNo>(staff.size());
  staff.push_back(std::move(person));
  staff_at_.emplace(staff.back().userid, no);
  return no;
}

Group& Corp::add_group(Group group) {
  const auto no = static_cast<std::uint32_t>(groups.size());
  groups.push_back(std::move(group));
  group_at_.emplace(groups.back().id, no);
  return groups.back();
}

Relation& Corp::befriend(StaffNo who, CustomerNo customer, Relation relation) {
  auto& of = customers[customer].staff;
  if (std::ranges::find(of, who) == of.end()) of.push_back(who);
  return staff[who].customers.insert_or_assign(customer, std::move(relation)).first->second;
}

void Corp::part(StaffNo who, CustomerNo customer) {
  staff[who].customers.erase(customer);
  std::erase(customers[customer].staff, who);
}

std::string fresh_id(Rng& rng, std::string_view prefix, std::size_t size) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out(prefix);
  while (out.size() < size) {
    auto bits = rng.next();
    for (int i = 0; i < 10 && out.size() < size; ++i, bits /= 62) out += kLetters[bits % 62];
  }
  return out;
}

std::string version_text(const Group& group, std::uint64_t version) {
  const auto mix = std::hash<std::string>{}(group.id) | 1;
  return fmt::format("{:016x}{:016x}", mix, version * 0x9E3779B97F4A7C15ULL);
}

}  // namespace koi::simulate
