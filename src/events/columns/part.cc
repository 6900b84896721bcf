#include "events/columns/part.h"

#include <algorithm>

namespace koi::events::columns {

namespace {
std::unexpected<Error> damaged(const Image& image, std::string_view what) {
  return fail(Errc::unavailable, "events.columns_damaged", image.file().filename().string() + ": " + std::string(what));
}
}  // namespace

std::optional<std::uint32_t> Words::find(std::string_view text) const {
  std::uint32_t low = 0, high = size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if ((*this)[middle] < text) low = middle + 1;
    else high = middle;
  }
  return low < size() && (*this)[low] == text ? std::optional(low) : std::nullopt;
}

std::uint32_t Column::search(std::uint32_t row) const {
  const auto at = std::ranges::lower_bound(rows_, row);
  return at != rows_.end() && *at == row ? static_cast<std::uint32_t>(at - rows_.begin()) : kNone;
}

Result<PartPtr> Part::open(std::shared_ptr<const Image> image) {
  std::shared_ptr<Part> part(new Part);
  const auto head = image->section<Head>({What::head});
  if (head.size() != 1 || head[0].version != kVersion) return damaged(*image, "head");
  part->image_ = std::move(image);
  part->head_ = head[0];
  const auto& from = *part->image_;
  part->who_ = from.section<std::int64_t>({What::who});
  part->start_ = from.section<std::uint32_t>({What::start});
  part->kinds_ = from.section<std::int64_t>({What::kinds});
  part->sources_ = from.section<std::int64_t>({What::sources});
  const auto rows = part->head_.rows;
  const auto kind = from.section<std::byte>({What::kind}), source = from.section<std::byte>({What::source});
  const auto seconds = from.section<std::uint32_t>({What::seconds});
  const auto millis = from.section<std::uint16_t>({What::millis});
  if (part->who_.size() != part->head_.people || part->start_.size() != part->head_.people + 1 || seconds.size() != rows ||
      kind.size() != rows * part->head_.kind_width || (!millis.empty() && millis.size() != rows) ||
      (!source.empty() && source.size() != rows * part->head_.source_width))
    return damaged(from, "length");
  if (part->wide()) part->kind16_ = reinterpret_cast<const std::uint16_t*>(kind.data());
  else part->kind8_ = reinterpret_cast<const std::uint8_t*>(kind.data());
  if (!source.empty() && part->head_.source_width == 2) part->source16_ = reinterpret_cast<const std::uint16_t*>(source.data());
  else if (!source.empty()) part->source8_ = reinterpret_cast<const std::uint8_t*>(source.data());
  part->seconds_ = seconds.data();
  part->millis_ = millis.empty() ? nullptr : millis.data();
  TRY(part->read_columns());
  part->read_lanes();
  return part;
}

Result<> Part::read_columns() {
  columns_.resize(head_.columns);
  for (std::uint32_t i = 0; i < columns_.size(); ++i) {
    auto& column = columns_[i];
    const auto text = image_->section<char>({What::column, i});
    if (text.size() < sizeof(ColumnHead)) return damaged(*image_, "column");
    std::memcpy(&column.head_, text.data(), sizeof(ColumnHead));
    column.name_ = {text.data() + sizeof(ColumnHead), text.size() - sizeof(ColumnHead)};
    column.bits_ = image_->section<std::uint64_t>({What::present, i}).data();
    column.ranks_ = image_->section<std::uint32_t>({What::ranks, i}).data();
    if (column.head_.spread == Spread::few) column.rows_ = image_->section<std::uint32_t>({What::present, i});
    column.values_ = image_->section<std::byte>({What::values, i}).data();
    column.elements_ = image_->section<std::uint32_t>({What::elements, i});
    column.words_ = {image_->section<std::uint32_t>({What::words, i}), image_->section<char>({What::letters, i}).data()};
  }
  amount_ = column(kAmount, ValueType::integer);
  return {};
}

void Part::read_lanes() {
  for (std::uint32_t i = 0; i < head_.lanes; ++i) {
    const auto head = image_->section<LaneHead>({What::lane, i})[0];
    Lane lane{.kind = head.kind,
              .who = image_->section<std::uint32_t>({What::lane_who, i}),
              .start = image_->section<std::uint32_t>({What::lane_start, i}),
              .seconds = image_->section<std::uint32_t>({What::lane_seconds, i}),
              .millis = image_->section<std::uint16_t>({What::lane_millis, i}),
              .amount = {}, .small = {}};
    if (head.amount_width == 8) lane.amount = image_->section<std::int64_t>({What::lane_amount, i});
    else lane.small = image_->section<std::uint32_t>({What::lane_amount, i});
    lanes_.push_back(lane);
  }
}

std::optional<std::uint32_t> Part::code_of(std::int64_t kind) const {
  const auto at = std::ranges::lower_bound(kinds_, kind);
  return at != kinds_.end() && *at == kind ? std::optional(static_cast<std::uint32_t>(at - kinds_.begin())) : std::nullopt;
}

std::uint32_t Part::lower(std::uint32_t begin, std::uint32_t end, std::int64_t at_ms) const {
  while (begin < end) {
    const auto middle = begin + (end - begin) / 2;
    if (at(middle) < at_ms) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

const Column* Part::column(std::string_view name, ValueType type) const {
  for (const auto& column : columns_)
    if (column.type() == type && column.name() == name) return &column;
  return nullptr;
}

const Lane* Part::lane(std::int64_t kind) const {
  const auto at = std::ranges::find(lanes_, kind, &Lane::kind);
  return at == lanes_.end() ? nullptr : &*at;
}

}  // namespace koi::events::columns
