/// The referee: the five answers by the plainest code, straight from the log. Clear before fast.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "bench/behaviour/behaviour.h"

namespace koi::bench::behaviour {

namespace {

namespace fs = std::filesystem;
using std::uint32_t, std::uint64_t, std::int64_t, std::uint8_t;

template <class T>
std::vector<T> read_all(const fs::path& path) {
  std::vector<T> all(fs::file_size(path) / sizeof(T));
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(all.data()), static_cast<std::streamsize>(all.size() * sizeof(T)));
  return all;
}

boost::json::value read_manifest(const fs::path& set) {
  std::ifstream in(set / "manifest.json");
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

/// Every event under the number its person has today, without erased people, by person and time.
std::vector<Row> read_log(const fs::path& set) {
  const auto manifest = read_manifest(set);
  std::unordered_map<uint32_t, uint32_t> today;
  std::unordered_set<uint32_t> erased;
  for (const auto& pair : manifest.at("merged").as_array()) today[pair.at(1).to_number<uint32_t>()] = pair.at(0).to_number<uint32_t>();
  for (const auto& person : manifest.at("erased").as_array()) erased.insert(person.to_number<uint32_t>());

  std::vector<Row> all;
  all.reserve(manifest.at("events").to_number<uint64_t>());
  for (const auto& file : manifest.at("files").as_array()) {
    for (auto row : read_all<Row>(set / std::string_view(file.as_string()))) {
      if (const auto moved = today.find(row.person); moved != today.end()) row.person = moved->second;
      if (!erased.contains(row.person)) all.push_back(row);
    }
  }
  std::ranges::sort(all, {}, [](const Row& row) { return std::tuple(+row.person, +row.at_ms); });
  return all;
}

using Life = std::span<const Row>;  // one person's events, oldest first

class Funnel {
 public:
  void add(Life life) {
    // started[k]: when the latest chain that has come k steps far began
    std::optional<int64_t> started[5];
    int furthest = 0;
    for (const auto& event : life) {
      if (event.kind < kViewed || event.kind > kPaid) continue;
      const int step = event.kind - kViewed + 1;
      if (step == 1) started[1] = event.at_ms;
      else if (started[step - 1] && event.at_ms - *started[step - 1] <= kWeekMs) started[step] = started[step - 1];
      else continue;
      furthest = std::max(furthest, step);
    }
    if (furthest > 0) ++people_[furthest];
  }
  std::string lines() const {
    std::string out;
    for (const auto& [level, people] : people_) out += fmt::format("{},{}\n", level, people);
    return out;
  }

 private:
  std::map<int, int64_t> people_;
};

class Retention {
 public:
  void add(Life life) {
    std::map<int64_t, bool> weeks;
    for (const auto& event : life)
      if (event.kind == kPaid) weeks[(event.at_ms - kT0) / kWeekMs] = true;
    for (const auto& [week, paid] : weeks)
      if (const auto later = week - weeks.begin()->first; later <= 12) ++people_[{weeks.begin()->first, later}];
  }
  std::string lines() const {
    std::string out;
    for (const auto& [cell, people] : people_) out += fmt::format("{},{},{}\n", cell.first, cell.second, people);
    return out;
  }

 private:
  std::map<std::pair<int64_t, int64_t>, int64_t> people_;
};

class Segment {
 public:
  explicit Segment(const std::vector<TagRow>& tags) {
    for (const auto& row : tags) {
      if (row.tag == 1) wanted_.insert(row.person);
      if (row.tag == 2) unwanted_.insert(row.person);
    }
  }
  void add(Life life) {
    if (!wanted_.contains(life.front().person) || unwanted_.contains(life.front().person)) return;
    int64_t payments = 0, fen = 0, opened = 0;
    for (const auto& event : life) {
      if (event.kind == kPaid && event.at_ms >= kNow - 30 * kDayMs) { ++payments; fen += event.amount_fen; }
      if (event.kind == kOpened && event.at_ms >= kNow - 14 * kDayMs) ++opened;
    }
    if (payments >= 2 && fen >= 200'00 && opened == 0) ++people_;
  }
  std::string lines() const { return fmt::format("{}\n", people_); }

 private:
  std::unordered_set<uint32_t> wanted_, unwanted_;
  int64_t people_ = 0;
};

class Rfm {
 public:
  void add(Life life) {
    int64_t last = 0, payments = 0, fen = 0;
    for (const auto& event : life)
      if (event.kind == kPaid) { last = event.at_ms; ++payments; fen += event.amount_fen; }
    if (payments > 0) {
      lasts_.push_back(last);
      payments_.push_back(payments);
      fens_.push_back(fen);
    }
  }
  std::string lines() const {
    const auto r = quintiles(lasts_), f = quintiles(payments_), m = quintiles(fens_);
    std::map<std::tuple<int64_t, int64_t, int64_t>, std::pair<int64_t, int64_t>> cells;
    for (std::size_t i = 0; i < fens_.size(); ++i) {
      auto& [people, fen] = cells[{r[i], f[i], m[i]}];
      ++people;
      fen += fens_[i];
    }
    std::string out;
    for (const auto& [cell, sums] : cells)
      out += fmt::format("{},{},{},{},{}\n", std::get<0>(cell), std::get<1>(cell), std::get<2>(cell), sums.first, sums.second);
    return out;
  }

 private:
  static std::vector<int64_t> quintiles(const std::vector<int64_t>& values) {
    auto sorted = values;
    std::ranges::sort(sorted);
    std::vector<int64_t> out;
    for (const auto value : values) {
      const auto below = std::ranges::lower_bound(sorted, value) - sorted.begin();
      out.push_back(1 + 5 * below / static_cast<int64_t>(values.size()));
    }
    return out;
  }
  std::vector<int64_t> lasts_, payments_, fens_;
};

class FirstTouch {
 public:
  void add(Life life) {
    for (std::size_t i = 0, first = 0; i < life.size(); ++i) {
      const auto& paid = life[i];
      if (paid.kind != kPaid || paid.at_ms < kNow - 30 * kDayMs) continue;
      // Payments come in the order of time, so the window's start only moves forward.
      while (first < i && (life[first].kind != kTouch || life[first].at_ms < paid.at_ms - 30 * kDayMs)) ++first;
      auto& [payments, fen] = sums_[first < i ? life[first].channel : 0];
      ++payments;
      fen += paid.amount_fen;
    }
  }
  std::string lines() const {
    std::string out;
    for (const auto& [channel, sums] : sums_) out += fmt::format("{},{},{}\n", channel, sums.first, sums.second);
    return out;
  }

 private:
  std::map<int, std::pair<int64_t, int64_t>> sums_;
};

}  // namespace

std::string sorted_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::ranges::sort(lines);
  std::string out;
  for (const auto line : lines) out.append(line).append("\n");
  return out;
}

int referee(const std::string& set, const std::string& answers) {
  const auto log = read_log(set);
  Funnel funnel;
  Retention retention;
  Segment segment(read_all<TagRow>(fs::path(set) / "tags.bin"));
  Rfm rfm;
  FirstTouch first_touch;
  for (std::size_t begin = 0, end = 0; begin < log.size(); begin = end) {
    while (end < log.size() && log[end].person == log[begin].person) ++end;
    const Life life(&log[begin], end - begin);
    funnel.add(life);
    retention.add(life);
    segment.add(life);
    rfm.add(life);
    first_touch.add(life);
  }
  fs::create_directories(answers);
  const auto write = [&](std::string_view name, const std::string& lines) {
    std::ofstream(fs::path(answers) / fmt::format("{}.csv", name)) << sorted_lines(lines);
  };
  write("funnel", funnel.lines());
  write("retention", retention.lines());
  write("segment", segment.lines());
  write("rfm", rfm.lines());
  write("first_touch", first_touch.lines());
  return 0;
}

}  // namespace koi::bench::behaviour
