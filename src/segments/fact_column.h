/// One fact of many people as a column: numbers, codes of texts, or sets, by slot. For stored_facts.cc.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <string>
#include <vector>

#include "segments/facts.h"
#include "store/store.h"

namespace koi::segments {

/// Which slot a root's rows belong to; nothing: nobody asked.
using Slots = std::function<std::optional<std::uint32_t>(std::int64_t root)>;

class FactColumn {
 public:
  enum class Kind : std::uint8_t { micros, whole, time, day, text, truth, set };
  FactColumn(Kind kind, std::uint32_t slots) : kind_(kind), slots_(slots), numbers_(kind == Kind::set ? 0 : slots, kNone) {}

  void put(std::uint32_t slot, std::int64_t number) { numbers_[slot] = number; }
  void put(std::uint32_t slot, std::string_view text) { numbers_[slot] = code(text); }
  void add(std::uint32_t slot, std::string_view member) { members_.push_back({slot, code(member)}); }
  /// An instant at which this person's value changes by itself.
  void changes(std::uint32_t slot, Instant at);
  /// Everybody has a value from here on: of sets and truths the empty one, of counts 0.
  void fill(std::int64_t number);
  /// After the last member was added. Sets of attributes are missing when they are empty, those of facts never.
  void settle(bool empty_is_missing = false);

  std::optional<Known> of(std::uint32_t slot) const;
  Instant changes_at(std::uint32_t slot) const { return next_.empty() ? Instant::max() : next_[slot]; }
  std::optional<std::int64_t> number(std::uint32_t slot) const {
    return numbers_[slot] == kNone ? std::nullopt : std::optional(numbers_[slot]);
  }
  Kind kind() const { return kind_; }
  Texts set(std::uint32_t slot) const { return std::span(texts_).subspan(start_[slot], start_[slot + 1] - start_[slot]); }

 private:
  static constexpr std::int64_t kNone = INT64_MIN;
  struct Member { std::uint32_t slot, code; friend auto operator<=>(const Member&, const Member&) = default; };
  std::uint32_t code(std::string_view text);

  Kind kind_;
  bool empty_is_missing_ = false;
  std::uint32_t slots_;
  std::vector<std::int64_t> numbers_;
  std::deque<std::string> words_;
  boost::unordered_flat_map<std::string_view, std::uint32_t> codes_;
  std::vector<Member> members_;
  std::vector<std::uint32_t> start_;
  std::vector<std::string_view> texts_;
  std::vector<Instant> next_;
};


/// Who is read.
struct FactScope {
  std::uint32_t slots = 1;
  Slots slot_of;
  PersonId one = {};                    // 0: everybody, or `some`
  std::span<const PersonId> some = {};  // ascending roots, looked up many a statement
};
/// Who of them is a root this transaction knows.
Result<FactColumn> read_roots(Tx& tx, const FactScope& scope);
/// A fact or attribute, in one statement (staff.name asks for faces as well).
Result<FactColumn> read_fact(Tx& tx, const Field& field, const FactScope& scope, Instant now);
/// What an attribute was: every statement of any source in order of its time, where it changed the value.
struct ChangeRow { std::uint32_t slot; std::string before, after; Instant at; };  // "": nothing
Result<std::vector<ChangeRow>> read_changes(Tx& tx, const std::string& attribute, const FactScope& scope);

}  // namespace koi::segments
