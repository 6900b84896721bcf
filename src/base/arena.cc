#include "base/arena.h"

#include <algorithm>
#include <cstring>

namespace koi {

namespace {
constexpr std::size_t kBlock = 64 << 10;
}

std::string_view Arena::keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) {
    left_ = std::max(kBlock, text.size());
    if (blocks_.empty()) first_ = left_;
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(left_));
    at_ = blocks_.back().get();
  }
  std::memcpy(at_, text.data(), text.size());
  const std::string_view kept(at_, text.size());
  at_ += text.size();
  left_ -= text.size();
  return kept;
}

void Arena::clear() {
  if (blocks_.empty()) return;
  blocks_.resize(1);
  at_ = blocks_.front().get();
  left_ = first_;
}

}  // namespace koi
