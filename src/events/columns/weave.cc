#include "events/columns/weave.h"

#include "events/columns/write.h"

namespace koi::events::columns {

namespace {

/// Which stretch of which part comes next, a few bytes a step: rows of one part are always taken in order, so that the
/// length of a stretch says where the next one of that part begins.
class Stretches {
 public:
  explicit Stretches(std::span<const PartPtr> parts) : parts_(parts) {
    CHECK(parts.size() < 256);
    std::vector<std::uint32_t> next(parts.size());  // the place in who() of each part
    for (;;) {
      bool any = false;
      std::int64_t node = INT64_MAX;
      for (std::size_t p = 0; p < parts.size(); ++p) {
        if (next[p] == parts[p]->who().size()) continue;
        any = true;
        node = std::min(node, parts[p]->who()[next[p]]);
      }
      if (!any) break;
      who_.push_back(node);
      start_.push_back(static_cast<std::uint32_t>(rows_));
      add_person(node, next);
    }
    CHECK(rows_ < UINT32_MAX);
    start_.push_back(static_cast<std::uint32_t>(rows_));
  }

  std::span<const std::int64_t> who() const { return who_; }
  std::span<const std::uint32_t> start() const { return start_; }
  std::uint64_t rows() const { return rows_; }
  template <class F>
  void each(F&& fn) const {
    std::vector<std::uint32_t> at(parts_.size());
    for (std::size_t i = 0; i < steps_.size();) {
      const auto part = steps_[i++];
      std::uint32_t length = 0;
      for (int shift = 0;; shift += 7) {
        const auto byte = steps_[i++];
        length |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
        if (byte < 0x80) break;
      }
      fn(std::size_t{part}, at[part], at[part] + length);
      at[part] += length;
    }
  }

 private:
  struct Piece { std::size_t part; std::uint32_t begin, end; };

  void add_person(std::int64_t node, std::vector<std::uint32_t>& next) {
    std::vector<Piece>& pieces = pieces_;
    pieces.clear();
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (next[p] == parts_[p]->who().size() || parts_[p]->who()[next[p]] != node) continue;
      pieces.push_back({p, parts_[p]->start()[next[p]], parts_[p]->start()[next[p] + 1]});
      ++next[p];
    }
    while (pieces.size() > 1) take_first(pieces);
    step(pieces[0].part, pieces[0].end - pieces[0].begin);
  }

  /// The stretch that stands before everything else; among equal times the older part comes first.
  void take_first(std::vector<Piece>& pieces) {
    auto first = pieces.begin();
    for (auto piece = pieces.begin() + 1; piece != pieces.end(); ++piece)
      if (at(*piece) < at(*first)) first = piece;
    auto end = first->end;
    for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
      if (piece == first) continue;
      // Rows at the other's time still go first when this part is the older one.
      const auto bound = at(*piece) + (first < piece ? 1 : 0);
      end = std::min(end, parts_[first->part]->lower(first->begin, first->end, bound));
    }
    step(first->part, end - first->begin);
    first->begin = end;
    if (first->begin == first->end) pieces.erase(first);
  }
  std::int64_t at(const Piece& piece) const { return parts_[piece.part]->at(piece.begin); }

  void step(std::size_t part, std::uint32_t length) {
    steps_.push_back(static_cast<std::uint8_t>(part));
    rows_ += length;
    for (; length >= 0x80; length >>= 7) steps_.push_back(static_cast<std::uint8_t>(length | 0x80));
    steps_.push_back(static_cast<std::uint8_t>(length));
  }

  std::span<const PartPtr> parts_;
  std::vector<std::int64_t> who_;
  std::vector<std::uint32_t> start_;
  std::vector<std::uint8_t> steps_;
  std::uint64_t rows_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace

Result<PartPtr> weave(ImageWriter& out, std::span<const PartPtr> parts) {
  std::vector<const Part*> sources;
  for (const auto& part : parts) sources.push_back(part.get());
  const Stretches plan(parts);
  PartWriter<Part, Stretches> writer(out, std::move(sources), plan);
  return writer.write({parts.front()->cover().after, parts.back()->cover().last, parts.back()->cover().mark});
}

}  // namespace koi::events::columns
