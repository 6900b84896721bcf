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

/// Under keys of this process, so that nobody can make two identifiers meet.
Print print_of(const Ident& ident) {
  if (ident.print) return ident.print;
  static const std::string key_a = random_bytes(16), key_b = random_bytes(16);
  thread_local std::string text;
  text.assign(ident.ns).append(1, '\0').append(ident.value);
  return {siphash(key_a, text), siphash(key_b, text)};
}

Known::Entry& Known::place(const Print& print, int way) {
  const auto pair = (way < 2 ? print.a : print.b) & (kPlaces / 2 - 1);
  return entries_[pair * 2 + static_cast<std::size_t>(way & 1)];
}

Known::Entry* Known::find(const Print& print) {
  for (int way = 0; entries_ && way < kWays; ++way)
    if (auto& e = place(print, way); e.root != 0 && e.print == print) return &e;
  return nullptr;
}

std::optional<Known::Seen> Known::look(const Print& print) {
  auto* e = find(print);
  if (e == nullptr) return {};
  for (auto next = moved_.find(e->root); next != moved_.end(); next = moved_.find(e->root)) e->root = next->second;
  return Seen{{e->root}, e->verified != 0, e->day};
}

void Known::keep(Tx& tx, const Print& print, const Seen& seen) {
  if (!entries_) entries_.reset(static_cast<Entry*>(std::calloc(kPlaces, sizeof(Entry))));
  if (!entries_) return;  // no memory for a cache: every look-up goes to the store
  auto* at = find(print);
  if (at == nullptr) {
    // The pair with more room, else the oldest of four.
    const auto age = [&](int way) { const auto& e = place(print, way); return e.root == 0 ? std::int32_t{-1} : e.day; };
    const auto free = [&](int way) { return (age(way) < 0 ? 1 : 0) + (age(way + 1) < 0 ? 1 : 0); };
    const int first = free(2) > free(0) ? 2 : 0;
    int best = first;
    for (const int way : {first + 1, 2 - first, 3 - first})
      if (age(way) < age(best)) best = way;
    at = &place(print, best);
  }
  *at = {print, seen.root.v, seen.day, seen.verified ? 1U : 0U};
  tx.on_rollback([this, print] {
    if (auto* e = find(print); e != nullptr) *e = {};
  });
}

void Known::prefetch(const Print& print) {
  if (!entries_) return;
  __builtin_prefetch(&place(print, 0));
  __builtin_prefetch(&place(print, 2));
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
