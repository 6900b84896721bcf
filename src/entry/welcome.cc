// What is said to who just came. The platform allows 20 s: from memory after the first use.
#include <boost/unordered/unordered_flat_map.hpp>

#include "entry/arrivals.h"
#include "entry/known.h"
#include "entry/spec.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kOfState = "SELECT code_id FROM entry_way WHERE state = $1";
constexpr std::string_view kSpecsWith = "SELECT spec FROM entry_code WHERE state <> 'deleted' AND spec LIKE $1 ORDER BY id";
constexpr std::size_t kStatesMax = 200'000;

/// A state leads to one code for ever.
struct States {
  std::mutex mutex;
  boost::unordered_flat_map<std::string, CodeId> codes;
};
const char kStates = 0;

Result<std::optional<CodeId>> code_of_state(Tx& tx, std::string_view state) {
  auto& all = tx.shared<States>(&kStates, [] { return std::make_shared<States>(); });
  {
    const std::scoped_lock lock(all.mutex);
    if (const auto at = all.codes.find(std::string(state)); at != all.codes.end()) return at->second;
  }
  TRY(const auto code, tx.maybe<CodeId>(kOfState, state));
  if (!code) return code;
  const std::scoped_lock lock(all.mutex);
  if (all.codes.size() >= kStatesMax) all.codes.clear();
  all.codes.emplace(state, *code);
  return code;
}

std::string_view store_of(const KnownCode& known, StaffId staff) {
  for (const auto& store : known.stores)
    for (const auto& seat : store.seats)
      if (seat.guide.id == staff) return store.name;
  return {};
}

}  // namespace

Result<std::optional<Welcome>> welcome_for(Tx& tx, std::string_view state, StaffId staff, Instant at) {
  TRY(const auto code, code_of_state(tx, state));
  if (!code) return std::optional<Welcome>();
  TRY(const auto known, known_lately(tx, *code));
  const auto& set = known->code.spec.welcome;
  if (set.staff_first) return std::optional<Welcome>();
  Welcome out{set.text, set.parts};
  const auto minute = moment_of(known->zone, at).minute_of_week;
  for (std::size_t i = 0; i < set.slots.size(); ++i) {
    if (!known->welcome_hours[i].covers(minute)) continue;
    out = {set.slots[i].text, set.slots[i].parts};
    break;
  }
  if (out.text.empty() && out.parts.empty()) return std::optional<Welcome>();
  const auto* seat = known->seat_of(staff);
  const std::pair<std::string_view, std::string_view> values[] = {{"guide", seat == nullptr ? std::string_view() : seat->guide.name}, {"store", store_of(*known, staff)}};
  out.text = fill_in(out.text, values);
  return std::optional(std::move(out));
}

Result<std::vector<std::string>> welcome_media(Tx& tx, std::string_view prefix) {
  std::vector<std::string> out;
  const auto note = [&](const std::vector<WelcomePart>& parts) {
    for (const auto& part : parts)
      if (part.media.starts_with(prefix)) out.push_back(part.media);
  };
  TRY(tx.each<std::string>(kSpecsWith, [&](std::string&& text) -> Result<> {
    TRY(const auto spec, read_spec(text));
    note(spec.welcome.parts);
    for (const auto& slot : spec.welcome.slots) note(slot.parts);
    return {};
  }, "%\"" + std::string(prefix) + "%"));
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace koi::entry
