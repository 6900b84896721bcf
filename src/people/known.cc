#include "people/known.h"

#include "base/crypto.h"

namespace koi::people {

namespace {
constexpr std::size_t kPlaces = std::size_t{1} << 21;  // of 32 bytes: room for twice a million identifiers at work
constexpr std::size_t kMovedMax = 65'536;
constexpr std::string_view kAnyRule = "SELECT 1 FROM identifier_rule LIMIT 1";
const char kSlot = 0;
}  // namespace

Known* Known::of(Tx& tx) {
  if (tx.kind() != store::Kind::sqlite) return nullptr;
  return &tx.shared<Known>(&kSlot, [] { return std::make_shared<Known>(); });
}

Known::Known() : key_a_(random_bytes(16)), key_b_(random_bytes(16)) {}

Known::Print Known::print(std::string_view ns, std::string_view raw_value) {
  scratch_.assign(ns);
  scratch_ += '\0';
  scratch_ += raw_value;
  return {siphash(key_a_, scratch_), siphash(key_b_, scratch_)};
}

Known::Entry& Known::place(const Print& print, int way) {
  const auto pair = (way < 2 ? print.a : print.b) & (kPlaces / 2 - 1);
  return entries_[pair * 2 + static_cast<std::size_t>(way & 1)];
}

std::optional<Known::Seen> Known::look(const Print& print) {
  if (!entries_) return {};
  for (int way = 0; way < kWays; ++way) {
    auto& e = place(print, way);
    if (e.root == 0 || e.print.a != print.a || e.print.b != print.b) continue;
    for (auto next = moved_.find(e.root); next != moved_.end(); next = moved_.find(e.root)) e.root = next->second;
    return Seen{{e.root}, e.verified != 0, e.day};
  }
  return {};
}

void Known::keep(Tx& tx, const Print& print, const Seen& seen) {
  if (!entries_) entries_.reset(static_cast<Entry*>(std::calloc(kPlaces, sizeof(Entry))));
  if (!entries_) return;  // no memory for a cache: every look-up goes to the store
  // Its own place, else a free one, else the oldest.
  Entry* at = nullptr;
  for (int way = 0; way < kWays; ++way) {
    auto& e = place(print, way);
    if (e.root != 0 && e.print.a == print.a && e.print.b == print.b) { at = &e; break; }
    const auto age = [](const Entry& x) { return x.root == 0 ? std::int32_t{-1} : x.day; };
    if (at == nullptr || age(e) < age(*at)) at = &e;
  }
  *at = {print, seen.root.v, seen.day, seen.verified ? 1U : 0U};
  tx.on_rollback([this, print] {
    if (!entries_) return;
    for (int way = 0; way < kWays; ++way)
      if (auto& e = place(print, way); e.print.a == print.a && e.print.b == print.b) e = {};
  });
}

void Known::moved(Tx& tx, PersonId from, PersonId into) {
  if (moved_.size() >= kMovedMax) forget_all();
  moved_[from.v] = into.v;
  tx.on_rollback([this] { forget_all(); });
}

Result<bool> Known::any_rule(Tx& tx) {
  if (!any_rule_) {
    TRY(const auto one, tx.maybe<std::int64_t>(kAnyRule));
    any_rule_ = one.has_value();
    tx.on_rollback([this] { any_rule_.reset(); });  // this operation may have set or lifted it
  }
  return *any_rule_;
}

void Known::forget_all() {
  any_rule_.reset();
  entries_.reset();
  moved_.clear();
}

}  // namespace koi::people
