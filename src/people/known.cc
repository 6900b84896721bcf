#include "people/known.h"

#include "base/crypto.h"

namespace koi::people {

namespace {
constexpr std::size_t kPlaces = std::size_t{1} << 20;  // of 32 bytes
constexpr std::size_t kMovedMax = 65'536;
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

Known::Entry& Known::place(const Print& print, bool second) {
  const auto at = second ? print.b : print.a;
  return entries_[at & (kPlaces - 1)];
}

std::optional<Known::Seen> Known::look(const Print& print) {
  if (!entries_) return {};
  for (const bool second : {false, true}) {
    auto& e = place(print, second);
    if (e.root == 0 || e.print.a != print.a || e.print.b != print.b) continue;
    for (auto next = moved_.find(e.root); next != moved_.end(); next = moved_.find(e.root)) e.root = next->second;
    return Seen{{e.root}, e.verified != 0, e.day};
  }
  return {};
}

void Known::keep(Tx& tx, const Print& print, const Seen& seen) {
  if (!entries_) entries_.reset(static_cast<Entry*>(std::calloc(kPlaces, sizeof(Entry))));
  if (!entries_) return;  // no memory for a cache: every look-up goes to the store
  auto* at = &place(print, false);
  const auto same = [&](const Entry& e) { return e.print.a == print.a && e.print.b == print.b; };
  if (at->root != 0 && !same(*at)) {
    auto& other = place(print, true);
    if (same(other) || other.root == 0 || other.day <= at->day) at = &other;
  }
  *at = {print, seen.root.v, seen.day, seen.verified ? 1U : 0U};
  tx.on_rollback([this, print] {
    if (!entries_) return;
    for (const bool second : {false, true})
      if (auto& e = place(print, second); e.print.a == print.a && e.print.b == print.b) e = {};
  });
}

void Known::moved(Tx& tx, PersonId from, PersonId into) {
  if (moved_.size() >= kMovedMax) forget_all();
  moved_[from.v] = into.v;
  tx.on_rollback([this] { forget_all(); });
}

void Known::forget_all() {
  entries_.reset();
  moved_.clear();
}

}  // namespace koi::people
