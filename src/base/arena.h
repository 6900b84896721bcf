/// Text that lives as long as its arena: one block after the other, never moved.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace koi {

class Arena {
 public:
  /// A copy that stays until clear() or the end.
  std::string_view keep(std::string_view text);
  /// For building in place; what `take` returns stays.
  std::string& scratch() { return scratch_; }
  std::string_view take() { auto kept = keep(scratch_); scratch_.clear(); return kept; }
  /// Forgets every text; the first block is used again.
  void clear();

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t left_ = 0, first_ = 0;  // bytes free in the last block; size of the first
  char* at_ = nullptr;
  std::string scratch_;
};

}  // namespace koi
