// Whether what stands in a part can be what somebody wrote: every place and code is looked at once, so that a question need
// not look.
#include "events/columns/part.h"

namespace koi::events::columns {

namespace {

std::unexpected<Error> unsound(const Image& image, std::string_view what) {
  return fail(Errc::unavailable, "events.columns_damaged", image.file().filename().string() + ": unsound " + std::string(what));
}

/// Begins of stretches that follow one another and end where they should.
bool stretches(std::span<const std::uint32_t> starts, std::size_t end) {
  return !starts.empty() && starts.front() == 0 && starts.back() == end && std::ranges::is_sorted(starts);
}
template <class T>
bool rises(std::span<const T> values) {
  return std::ranges::adjacent_find(values, std::greater_equal{}) == values.end();
}

}  // namespace

bool Words::sound(std::size_t letters) const {
  if (!stretches(starts_, letters)) return false;
  for (std::uint32_t code = 1; code < size(); ++code)
    if ((*this)[code - 1] >= (*this)[code]) return false;
  return true;
}

bool Column::has_right_lengths(std::uint64_t rows, std::size_t bits, std::size_t ranks, std::size_t values) const {
  const auto words = (rows + 63) / 64;
  const bool listed = head_.type == ValueType::list || head_.type == ValueType::json;
  if (head_.type > ValueType::json || head_.spread > Spread::few || head_.cells > rows) return false;
  if (head_.spread == Spread::every && head_.cells != rows) return false;
  if (head_.spread == Spread::some && (bits != words || ranks != words)) return false;
  if (head_.spread == Spread::few && rows_.size() != head_.cells) return false;
  if (head_.type == ValueType::decimal && head_.width != 8) return false;
  if (head_.width != 1 && head_.width != 2 && head_.width != 4 && head_.width != 8) return false;
  return values == (listed ? (head_.cells + 1) * sizeof(std::uint32_t) : head_.cells * head_.width);
}

bool Column::presence_sound(std::uint64_t rows) const {
  if (head_.spread == Spread::every) return true;
  if (head_.spread == Spread::few) return rises(rows_) && (rows_.empty() || rows_.back() < rows);
  std::uint64_t seen = 0;
  for (std::uint64_t word = 0; word * 64 < rows; ++word) {
    if (ranks_[word] != seen) return false;
    seen += static_cast<std::uint64_t>(std::popcount(bits_[word]));
  }
  const auto behind = rows % 64 == 0 ? 0 : bits_[rows / 64] >> rows % 64;
  return seen == head_.cells && behind == 0;
}

bool Column::lists_sound() const {
  const std::span starts(reinterpret_cast<const std::uint32_t*>(values_), head_.cells + 1);
  return stretches(starts, elements_.size()) && std::ranges::all_of(elements_, [&](std::uint32_t code) { return code < words_.size(); });
}

bool Column::sound(std::uint64_t rows) const {
  if (!presence_sound(rows)) return false;
  if (head_.type == ValueType::decimal) return true;
  if (head_.type >= ValueType::text && head_.type != ValueType::boolean && !words_.sound(letters_)) return false;
  if (head_.type == ValueType::list || head_.type == ValueType::json) return lists_sound();
  if (head_.high < head_.low) return false;
  const bool text = head_.type == ValueType::text;
  const auto most = text ? words_.size() - std::uint64_t{1} : static_cast<std::uint64_t>(head_.high) - static_cast<std::uint64_t>(head_.low);
  if (text && words_.size() == 0) return head_.cells == 0;
  if (head_.type == ValueType::boolean && (head_.low < 0 || head_.high > 1)) return false;
  if (!text && head_.width < 8 && most >> (8 * head_.width) != 0) return false;
  for (std::uint32_t cell = 0; cell < head_.cells; ++cell)
    if (raw(cell) > most) return false;
  return true;
}

bool Part::people_sound() const { return rises(who_) && rises(start_) && stretches(start_, head_.rows); }

bool Part::rows_sound() const {
  for (std::uint32_t row = 0; row < rows(); ++row) {
    if (kind_code(row) >= kinds_.size() || millis(row) >= 1000) return false;
    if (source8_ != nullptr && source8_[row] >= sources_.size()) return false;
    if (source16_ != nullptr && source16_[row] >= sources_.size()) return false;
    if (at(row) < head_.min_at || at(row) > head_.max_at) return false;
  }
  for (std::size_t place = 0; place < who_.size(); ++place)
    for (auto row = start_[place] + 1; row < start_[place + 1]; ++row)
      if (at(row) < at(row - 1)) return false;
  return true;
}

bool Part::lane_sound(const Lane& lane) const {
  if (!rises(lane.who) || (!lane.who.empty() && lane.who.back() >= who_.size()) || !stretches(lane.start, lane.seconds.size()) || !rises(lane.start)) return false;
  std::size_t bits = 0;
  for (const auto word : lane.first) bits += static_cast<std::size_t>(std::popcount(word));
  return bits == lane.who.size() &&
         std::ranges::all_of(lane.start.first(bits), [&](std::uint32_t row) { return (lane.first[row / 64] >> row % 64 & 1) != 0; });
}

bool Part::recent_sound(const Recent& recent) const {
  return rises(recent.who) && (recent.who.empty() || recent.who.back() < who_.size());
}

Result<> Part::verify() const {
  TRY(image_->verify());
  if (!rises(kinds_) || !rises(sources_) || !rows_sound()) return unsound(*image_, "rows");
  for (const auto& column : columns_)
    if (!column.sound(head_.rows)) return unsound(*image_, column.name());
  for (const auto& lane : lanes_)
    if (!lane_sound(lane)) return unsound(*image_, "lane");
  for (const auto& recent : recent_)
    if (!recent_sound(recent)) return unsound(*image_, "recent");
  return {};
}

}  // namespace koi::events::columns
