#include "events/columns/part.h"

#include <algorithm>

namespace koi::events::columns {

namespace {
constexpr std::uint64_t kRowsMax = UINT32_MAX - 1;
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
  const auto& h = part->head_;
  const auto is_width = [](std::uint32_t width) { return width == 1 || width == 2; };
  if (h.rows > kRowsMax || !is_width(h.kind_width) || !is_width(h.source_width)) return damaged(from, "head");
  part->who_ = from.section<std::int64_t>({What::who});
  part->start_ = from.section<std::uint32_t>({What::start});
  part->kinds_ = from.section<std::int64_t>({What::kinds});
  part->sources_ = from.section<std::int64_t>({What::sources});
  const auto rows = h.rows;
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
  // Who is in it is read right after opening, before anybody had the time for verify().
  if (!part->people_sound()) return damaged(from, "people");
  TRY(part->read_columns());
  TRY(part->read_lanes());
  TRY(part->read_recent());
  return part;
}

Result<> Part::read_columns() {
  if (head_.columns > image_->sections()) return damaged(*image_, "columns");
  columns_.resize(head_.columns);
  for (std::uint32_t i = 0; i < columns_.size(); ++i) TRY(read_column(i));
  amount_ = column(kAmount, ValueType::integer);
  return {};
}

Result<> Part::read_column(std::uint32_t i) {
  auto& column = columns_[i];
  const auto text = image_->section<char>({What::column, i});
  if (text.size() < sizeof(ColumnHead)) return damaged(*image_, "column");
  std::memcpy(&column.head_, text.data(), sizeof(ColumnHead));
  column.name_ = {text.data() + sizeof(ColumnHead), text.size() - sizeof(ColumnHead)};
  const auto bits = image_->section<std::uint64_t>({What::present, i});
  const auto ranks = image_->section<std::uint32_t>({What::ranks, i});
  const auto values = image_->section<std::byte>({What::values, i});
  const auto letters = image_->section<char>({What::letters, i});
  column.bits_ = bits.data();
  column.ranks_ = ranks.data();
  if (column.head_.spread == Spread::few) column.rows_ = image_->section<std::uint32_t>({What::present, i});
  column.values_ = values.data();
  column.elements_ = image_->section<std::uint32_t>({What::elements, i});
  column.words_ = {image_->section<std::uint32_t>({What::words, i}), letters.data()};
  column.letters_ = letters.size();
  if (!column.has_right_lengths(head_.rows, bits.size(), ranks.size(), values.size())) return damaged(*image_, "column");
  return {};
}

Result<> Part::read_lanes() {
  if (head_.lanes > image_->sections()) return damaged(*image_, "lanes");
  for (std::uint32_t i = 0; i < head_.lanes; ++i) {
    const auto heads = image_->section<LaneHead>({What::lane, i});
    if (heads.size() != 1) return damaged(*image_, "lane");
    const auto& head = heads[0];
    Lane lane{.kind = head.kind,
              .who = image_->section<std::uint32_t>({What::lane_who, i}),
              .start = image_->section<std::uint32_t>({What::lane_start, i}),
              .first = image_->section<std::uint64_t>({What::lane_first, i}),
              .seconds = image_->section<std::uint32_t>({What::lane_seconds, i}),
              .millis = image_->section<std::uint16_t>({What::lane_millis, i}),
              .amount = {}, .small = {}};
    if (head.amount_width == 8) lane.amount = image_->section<std::int64_t>({What::lane_amount, i});
    else lane.small = image_->section<std::uint32_t>({What::lane_amount, i});
    const auto rows = lane.seconds.size();
    if (lane.start.size() != lane.who.size() + 1 || lane.first.size() != (rows + 63) / 64 || lane.amount.size() + lane.small.size() != rows || (!lane.millis.empty() && lane.millis.size() != rows))
      return damaged(*image_, "lane");
    lanes_.push_back(lane);
  }
  return {};
}

Result<> Part::read_recent() {
  if (head_.steps.shift > 31) return damaged(*image_, "steps");
  for (std::uint32_t code = 0; code < kinds_.size(); ++code) {
    const Recent recent{image_->section<std::uint32_t>({What::recent_who, code}), image_->section<std::uint8_t>({What::recent, code})};
    if (recent.when.size() != (recent.who.empty() ? who_.size() : recent.who.size())) return damaged(*image_, "recent");
    recent_.push_back(recent);
  }
  return {};
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
