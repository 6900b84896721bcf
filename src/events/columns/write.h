/// Writes a part from sources that hold its rows: rows as they came (rows.h) or parts (weave.h). A plan says in which
/// order the sources' rows come; each section is one walk over the plan, so that memory does not grow with the part.
///
/// Source: rows(), kinds(), kind_code(row), seconds(row), millis(row), has_millis(), source(row), sources(), columns(),
/// amount(row). Plan: who(), start(), rows(), each(fn(source, begin, end)).
#pragma once
#include <algorithm>
#include <map>
#include <tuple>

#include "events/columns/part.h"

namespace koi::events::columns {

inline std::uint32_t width_for(std::uint64_t values) {
  return values <= 0x100 ? 1 : values <= 0x10000 ? 2 : values <= 0x100000000 ? 4 : 8;
}

/// Appends a number of 1, 2, 4 or 8 bytes.
inline void put_number(ImageWriter& out, std::uint32_t width, std::uint64_t value) {
  switch (width) {
    case 1: return out.put(static_cast<std::uint8_t>(value));
    case 2: return out.put(static_cast<std::uint16_t>(value));
    case 4: return out.put(static_cast<std::uint32_t>(value));
    default: return out.put(value);
  }
}

template <class Source, class Plan>
class PartWriter {
  using SourceColumn = std::remove_cvref_t<decltype(std::declval<const Source&>().columns()[0])>;
  /// One column of the part and what each source has of it.
  struct Union { std::string_view name; ValueType type; std::vector<const SourceColumn*> of; };

 public:
  PartWriter(ImageWriter& out, std::vector<const Source*> sources, const Plan& plan)
      : out_(out), sources_(std::move(sources)), plan_(plan) {}

  Result<PartPtr> write(const Cover& cover) {
    head_.cover = cover;
    head_.rows = plan_.rows();
    head_.people = plan_.who().size();
    out_.whole({What::who}, plan_.who());
    out_.whole({What::start}, plan_.start());
    write_kinds();
    write_times();
    write_sources();
    const auto unions = columns();
    for (const auto& column : unions) write_column(column);
    write_lanes();
    write_recent();
    out_.whole({What::head}, std::span<const Head>(&head_, 1));
    TRY(auto image, out_.finish());
    return Part::open(std::move(image));
  }

 private:
  template <class F>
  void each_row(F&& fn) const {
    plan_.each([&](std::size_t source, std::uint32_t begin, std::uint32_t end) {
      for (auto row = begin; row < end; ++row) fn(source, row);
    });
  }

  /// All numbers the sources know, and each source's code in the new one.
  template <class Get>
  std::vector<std::int64_t> joined(Get&& get, std::vector<std::vector<std::uint32_t>>& codes) const {
    std::vector<std::int64_t> all;
    for (const auto* source : sources_) all.insert(all.end(), get(*source).begin(), get(*source).end());
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (const auto* source : sources_) {
      auto& to = codes.emplace_back();
      for (const auto id : get(*source))
        to.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(all, id) - all.begin()));
    }
    return all;
  }

  void write_kinds() {
    std::vector<std::vector<std::uint32_t>> codes;
    kinds_ = joined([](const Source& s) { return s.kinds(); }, codes);
    out_.whole({What::kinds}, std::span<const std::int64_t>(kinds_));
    head_.kind_width = width_for(kinds_.size());
    rows_of_kind_.assign(kinds_.size(), 0);
    amounts_of_kind_.assign(kinds_.size(), 0);
    out_.begin({What::kind});
    each_row([&](std::size_t source, std::uint32_t row) {
      const auto code = codes[source][sources_[source]->kind_code(row)];
      ++rows_of_kind_[code];
      amounts_of_kind_[code] += sources_[source]->amount(row) != 0 ? 1 : 0;
      put_number(out_, head_.kind_width, code);
    });
    out_.end();
    kind_codes_ = std::move(codes);
  }

  void write_times() {
    head_.min_at = INT64_MAX;
    head_.max_at = INT64_MIN;
    out_.begin({What::seconds});
    each_row([&](std::size_t source, std::uint32_t row) {
      const auto second = sources_[source]->seconds()[row];
      const auto at = std::int64_t{second} * 1000 + sources_[source]->millis(row);
      head_.min_at = std::min(head_.min_at, at);
      head_.max_at = std::max(head_.max_at, at);
      out_.put(second);
    });
    out_.end();
    if (std::ranges::none_of(sources_, [](const Source* s) { return s->has_millis(); })) return;
    out_.begin({What::millis});
    each_row([&](std::size_t source, std::uint32_t row) { out_.put(static_cast<std::uint16_t>(sources_[source]->millis(row))); });
    out_.end();
  }

  /// A single source takes no bytes.
  void write_sources() {
    std::vector<std::vector<std::uint32_t>> codes;
    const auto all = joined([](const Source& s) { return s.sources(); }, codes);
    out_.whole({What::sources}, std::span<const std::int64_t>(all));
    if (all.size() <= 1) return;
    head_.source_width = width_for(all.size());
    out_.begin({What::source});
    each_row([&](std::size_t source, std::uint32_t row) {
      const auto code = std::ranges::lower_bound(all, sources_[source]->source(row)) - all.begin();
      put_number(out_, head_.source_width, static_cast<std::uint64_t>(code));
    });
    out_.end();
  }

  std::vector<Union> columns() const {
    std::map<std::pair<std::string_view, ValueType>, std::vector<const SourceColumn*>> found;
    for (std::size_t i = 0; i < sources_.size(); ++i)
      for (const auto& column : sources_[i]->columns()) {
        auto& of = found[{column.name(), column.type()}];
        of.resize(sources_.size());
        of[i] = &column;
      }
    std::vector<Union> out;
    for (auto& [key, of] : found) out.push_back({key.first, key.second, std::move(of)});
    return out;
  }

  /// fn(row of the part, source, cell of the source) for each value of a column.
  template <class F>
  void each_cell(const Union& column, F&& fn) const {
    std::uint32_t out = 0;
    plan_.each([&](std::size_t source, std::uint32_t begin, std::uint32_t end) {
      if (const auto* of = column.of[source])
        of->each(begin, end, [&](std::uint32_t row, std::uint32_t cell) { fn(out + (row - begin), source, cell); });
      out += end - begin;
    });
  }

  void write_column(const Union& column) {
    const auto number = static_cast<std::uint32_t>(head_.columns++);
    ColumnHead head{.type = column.type, .name_bytes = static_cast<std::uint32_t>(column.name.size())};
    for (const auto* of : column.of) head.cells += of == nullptr ? 0 : of->cells();
    head.spread = head.cells == head_.rows ? Spread::every : head.cells * 20 > head_.rows ? Spread::some : Spread::few;
    write_presence(column, head, number);
    switch (column.type) {
      case ValueType::integer: case ValueType::boolean: write_integers(column, head, number); break;
      case ValueType::decimal: write_decimals(column, head, number); break;
      case ValueType::text: write_texts(column, head, number); break;
      case ValueType::list: case ValueType::json: write_lists(column, head, number); break;
    }
    out_.begin({What::column, number});
    out_.put(head);
    out_.put(column.name.data(), column.name.size());
    out_.end();
  }

  void write_presence(const Union& column, const ColumnHead& head, std::uint32_t number) {
    if (head.spread == Spread::every) return;
    if (head.spread == Spread::few) {
      out_.begin({What::present, number});
      each_cell(column, [&](std::uint32_t row, std::size_t, std::uint32_t) { out_.put(row); });
      return out_.end();
    }
    std::vector<std::uint64_t> bits((head_.rows + 63) / 64);
    each_cell(column, [&](std::uint32_t row, std::size_t, std::uint32_t) { bits[row / 64] |= 1ULL << row % 64; });
    out_.whole({What::present, number}, std::span<const std::uint64_t>(bits));
    std::uint32_t rank = 0;
    out_.begin({What::ranks, number});
    for (const auto word : bits) {
      out_.put(rank);
      rank += static_cast<std::uint32_t>(std::popcount(word));
    }
    out_.end();
  }

  void write_integers(const Union& column, ColumnHead& head, std::uint32_t number) {
    head.low = INT64_MAX;
    head.high = INT64_MIN;
    for (const auto* of : column.of) {
      if (of == nullptr || of->cells() == 0) continue;
      head.low = std::min(head.low, of->head().low);
      head.high = std::max(head.high, of->head().high);
    }
    if (head.cells == 0) head.low = head.high = 0;
    const auto range = static_cast<std::uint64_t>(head.high) - static_cast<std::uint64_t>(head.low);
    head.width = range == UINT64_MAX ? 8 : width_for(range + 1);
    out_.begin({What::values, number});
    each_cell(column, [&](std::uint32_t, std::size_t source, std::uint32_t cell) {
      put_number(out_, head.width, static_cast<std::uint64_t>(column.of[source]->number(cell)) - static_cast<std::uint64_t>(head.low));
    });
    out_.end();
  }

  void write_decimals(const Union& column, ColumnHead& head, std::uint32_t number) {
    head.width = 8;
    out_.begin({What::values, number});
    each_cell(column, [&](std::uint32_t, std::size_t source, std::uint32_t cell) { out_.put(column.of[source]->decimal(cell)); });
    out_.end();
  }

  /// The sources' words in one sorted list, and each source's codes in it.
  std::vector<std::vector<std::uint32_t>> write_words(const Union& column, std::uint32_t number, std::size_t& count) {
    std::vector<std::string_view> all;
    for (const auto* of : column.of)
      for (std::uint32_t code = 0; of != nullptr && code < of->words().size(); ++code) all.push_back(of->words()[code]);
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    count = all.size();
    std::uint32_t at = 0;
    out_.begin({What::words, number});
    out_.put(at);
    for (const auto word : all) out_.put(at += static_cast<std::uint32_t>(word.size()));
    out_.end();
    out_.begin({What::letters, number});
    for (const auto word : all) out_.put(word.data(), word.size());
    out_.end();
    std::vector<std::vector<std::uint32_t>> codes;
    for (const auto* of : column.of) {
      auto& to = codes.emplace_back();
      for (std::uint32_t code = 0; of != nullptr && code < of->words().size(); ++code)
        to.push_back(static_cast<std::uint32_t>(std::ranges::lower_bound(all, of->words()[code]) - all.begin()));
    }
    return codes;
  }

  void write_texts(const Union& column, ColumnHead& head, std::uint32_t number) {
    std::size_t count = 0;
    const auto codes = write_words(column, number, count);
    head.width = width_for(count);
    out_.begin({What::values, number});
    each_cell(column, [&](std::uint32_t, std::size_t source, std::uint32_t cell) {
      put_number(out_, head.width, codes[source][column.of[source]->code(cell)]);
    });
    out_.end();
  }

  void write_lists(const Union& column, ColumnHead& head, std::uint32_t number) {
    std::size_t count = 0;
    const auto codes = write_words(column, number, count);
    head.width = 4;
    std::uint32_t at = 0;
    out_.begin({What::values, number});
    out_.put(at);
    each_cell(column, [&](std::uint32_t, std::size_t source, std::uint32_t cell) {
      out_.put(at += static_cast<std::uint32_t>(column.of[source]->list(cell).size()));
    });
    out_.end();
    out_.begin({What::elements, number});
    each_cell(column, [&](std::uint32_t, std::size_t source, std::uint32_t cell) {
      for (const auto code : column.of[source]->list(cell)) out_.put(codes[source][code]);
    });
    out_.end();
  }

  /// Kinds that carry money and are few enough to be worth a copy.
  void write_lanes() {
    constexpr std::uint64_t kShare = 8;
    for (std::size_t code = 0; code < kinds_.size(); ++code) {
      const bool money = amounts_of_kind_[code] * 2 >= rows_of_kind_[code] && amounts_of_kind_[code] > 0;
      if (money && rows_of_kind_[code] * kShare <= std::max<std::uint64_t>(head_.rows, kShare)) write_lane(static_cast<std::uint32_t>(code));
    }
  }

  /// fn(place in who, source, its row) for each row of a kind.
  template <class F>
  void each_of_kind(std::uint32_t code, F&& fn) const {
    std::uint32_t out = 0, person = 0;
    plan_.each([&](std::size_t source, std::uint32_t begin, std::uint32_t end) {
      const auto* of = sources_[source];
      const auto& codes = kind_codes_[source];
      const auto mine = std::ranges::find(codes, code);
      if (mine != codes.end()) {
        const auto wanted = static_cast<std::uint32_t>(mine - codes.begin());
        for (auto row = begin; row < end; ++row) {
          if (of->kind_code(row) != wanted) continue;
          const auto here = out + (row - begin);
          while (plan_.start()[person + 1] <= here) ++person;
          fn(person, *of, row);
        }
      }
      out += end - begin;
    });
  }

  void write_lane(std::uint32_t code) {
    const auto number = static_cast<std::uint32_t>(head_.lanes++);
    LaneHead head{.kind = kinds_[code], .rows = rows_of_kind_[code]};
    std::vector<std::uint32_t> who, start;
    std::vector<std::uint64_t> first((head.rows + 63) / 64);
    std::uint32_t seen = 0;
    std::int64_t low = 0, high = 0;
    each_of_kind(code, [&](std::uint32_t person, const Source& of, std::uint32_t row) {
      if (who.empty() || who.back() != person) {
        who.push_back(person);
        start.push_back(seen);
        first[seen / 64] |= 1ULL << seen % 64;
      }
      ++seen;
      low = std::min(low, of.amount(row));
      high = std::max(high, of.amount(row));
    });
    start.push_back(seen);
    head.people = who.size();
    head.amount_width = low < 0 || high > UINT32_MAX ? 8 : 4;
    out_.whole({What::lane_who, number}, std::span<const std::uint32_t>(who));
    out_.whole({What::lane_start, number}, std::span<const std::uint32_t>(start));
    out_.whole({What::lane_first, number}, std::span<const std::uint64_t>(first));
    out_.begin({What::lane_seconds, number});
    each_of_kind(code, [&](std::uint32_t, const Source& of, std::uint32_t row) { out_.put(of.seconds()[row]); });
    out_.end();
    if (std::ranges::any_of(sources_, [](const Source* of) { return of->has_millis(); })) {
      out_.begin({What::lane_millis, number});
      each_of_kind(code, [&](std::uint32_t, const Source& of, std::uint32_t row) { out_.put(static_cast<std::uint16_t>(of.millis(row))); });
      out_.end();
    }
    out_.begin({What::lane_amount, number});
    each_of_kind(code, [&](std::uint32_t, const Source& of, std::uint32_t row) {
      put_number(out_, static_cast<std::uint32_t>(head.amount_width), static_cast<std::uint64_t>(of.amount(row)));
    });
    out_.end();
    out_.whole({What::lane, number}, std::span<const LaneHead>(&head, 1));
  }

  /// Steps that tell most rows' times apart: a clock that is wrong by years does not make them long.
  Steps steps() const {
    constexpr std::size_t kSamples = 4096;
    constexpr std::uint32_t kUsed = 230, kBehind = 10;  // steps of most rows, and of what comes after them
    std::vector<std::uint32_t> seconds;
    const auto stride = std::max<std::size_t>(1, plan_.rows() / kSamples);
    for (const auto* source : sources_)
      for (std::size_t row = 0; row < source->rows(); row += stride) seconds.push_back(source->seconds()[row]);
    Steps out;
    if (seconds.empty()) return out;
    std::ranges::sort(seconds);
    const auto first = seconds[seconds.size() / 100], last = seconds[seconds.size() - 1 - seconds.size() / 100];
    while ((last - first) >> out.shift > kUsed) ++out.shift;
    out.before = static_cast<std::int32_t>(last >> out.shift) - static_cast<std::int32_t>(255 - kBehind);
    return out;
  }

  /// Kind by kind, so many at once as memory allows.
  void write_recent() {
    constexpr std::size_t kBytes = 64 << 20;
    head_.steps = steps();
    const auto people = plan_.who().size();
    const auto at_once = std::max<std::size_t>(1, kBytes / std::max<std::size_t>(1, people));
    std::vector<std::uint8_t> when;
    for (std::size_t first = 0; first < kinds_.size(); first += at_once) {
      const auto end = std::min(kinds_.size(), first + at_once);
      when.assign((end - first) * people, 0);
      collect_recent(first, end, when);
      for (auto code = first; code < end; ++code)
        write_recent(static_cast<std::uint32_t>(code), std::span(when).subspan((code - first) * people, people));
    }
  }
  void collect_recent(std::size_t first, std::size_t end, std::vector<std::uint8_t>& when) const {
    const auto people = plan_.who().size();
    std::uint32_t out = 0, person = 0;
    plan_.each([&](std::size_t source, std::uint32_t begin, std::uint32_t rows_end) {
      const auto* of = sources_[source];
      const auto& codes = kind_codes_[source];
      for (auto row = begin; row < rows_end; ++row, ++out) {
        while (plan_.start()[person + 1] <= out) ++person;
        const std::size_t code = codes[of->kind_code(row)];
        if (code >= first && code < end) when[(code - first) * people + person] = head_.steps.of(of->seconds()[row]);
      }
    });
  }
  /// Of everybody, or of those who ever did when they are few.
  void write_recent(std::uint32_t code, std::span<const std::uint8_t> when) {
    const auto never = static_cast<std::size_t>(std::ranges::count(when, std::uint8_t{0}));
    if ((when.size() - never) * (sizeof(std::uint32_t) + 1) >= when.size()) return out_.whole({What::recent, code}, when);
    out_.begin({What::recent_who, code});
    for (std::uint32_t place = 0; place < when.size(); ++place)
      if (when[place] != 0) out_.put(place);
    out_.end();
    out_.begin({What::recent, code});
    for (const auto step : when)
      if (step != 0) out_.put(step);
    out_.end();
  }

  ImageWriter& out_;
  std::vector<const Source*> sources_;
  const Plan& plan_;
  Head head_;
  std::vector<std::int64_t> kinds_;
  std::vector<std::vector<std::uint32_t>> kind_codes_;
  std::vector<std::uint64_t> rows_of_kind_, amounts_of_kind_;
};

}  // namespace koi::events::columns
