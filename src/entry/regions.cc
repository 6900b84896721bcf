// Where an address of the net is, as far as the merchant's own list says. No list is shipped: such data goes stale.
#include <arpa/inet.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "entry/links.h"
#include "store/rows.h"

namespace koi::entry {

struct RegionRow { std::int64_t high = 0; std::string name; };
BOOST_DESCRIBE_STRUCT(RegionRow, (), (high, name))

namespace {

constexpr std::string_view kLook = "SELECT high, name FROM entry_region WHERE low <= $1 ORDER BY low DESC LIMIT 1";
constexpr std::string_view kDrop = "DELETE FROM entry_region";
constexpr std::string_view kAdd = "INSERT INTO entry_region (low, high, name) VALUES ($1, $2, $3)";
constexpr std::size_t kLinesMax = 100'000, kNameMax = 60;
constexpr std::int64_t kBits = 32;

std::optional<std::int64_t> number_of(std::string_view text) {
  in_addr out{};
  if (inet_pton(AF_INET, std::string(trim(text)).c_str(), &out) != 1) return {};
  return static_cast<std::int64_t>(ntohl(out.s_addr));
}

struct Range { std::int64_t low = 0, high = 0; std::string name; std::size_t line = 0; };

std::optional<Range> range_of(std::string_view text) {
  if (const auto stroke = text.find('/'); stroke != text.npos) {
    const auto base = number_of(text.substr(0, stroke));
    const auto bits = parse_int(trim(text.substr(stroke + 1)));
    if (!base || !bits || *bits < 1 || *bits > kBits) return {};
    const auto size = std::int64_t{1} << (kBits - *bits);
    const auto low = *base / size * size;
    return Range{low, low + size - 1, {}, 0};
  }
  const auto dash = text.find('-');
  const auto low = number_of(text.substr(0, dash)), high = dash == text.npos ? low : number_of(text.substr(dash + 1));
  if (!low || !high || *high < *low) return {};
  return Range{*low, *high, {}, 0};
}

Result<std::vector<Range>> ranges_of(std::string_view csv) {
  std::vector<Range> out;
  std::size_t number = 0;
  for (auto line : split_text(csv, '\n')) {
    ++number;
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    if (out.size() >= kLinesMax) return refuse("entry.limit", say("at most {} lines", "最多 {} 行", kLinesMax), std::to_string(number) + ":1");
    const auto comma = line.find(',');
    auto range = comma == line.npos ? std::nullopt : range_of(trim(line.substr(0, comma)));
    const auto name = comma == line.npos ? std::string_view() : trim(line.substr(comma + 1));
    if (!range || name.empty() || count_chars(name) > kNameMax || !valid_utf8(name))
      return refuse("entry.region_line", say("\"{}\": write 1.2.0.0/16,name or 1.2.0.0-1.2.3.255,name", "“{}”:写作 1.2.0.0/16,地区 或 1.2.0.0-1.2.3.255,地区", take_chars(line, 80)), std::to_string(number) + ":1");
    range->name = name;
    range->line = number;
    out.push_back(std::move(*range));
  }
  return out;
}

}  // namespace

Result<std::int64_t> put_regions(Tx& tx, std::string_view csv) {
  TRY(auto ranges, ranges_of(csv));
  std::ranges::sort(ranges, {}, &Range::low);
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].low <= ranges[i - 1].high)
      return refuse("entry.region_overlap", say("lines {} and {} meet", "第 {} 行与第 {} 行重叠", ranges[i - 1].line, ranges[i].line), std::to_string(ranges[i].line) + ":1");
  TRY(tx.exec(kDrop));
  for (const auto& r : ranges) TRY(tx.exec(kAdd, r.low, r.high, r.name));
  return static_cast<std::int64_t>(ranges.size());
}

Result<std::string> region_of(Tx& tx, std::string_view remote) {
  const auto address = number_of(remote.starts_with("::ffff:") ? remote.substr(7) : remote);
  if (!address) return std::string();
  TRY(auto row, tx.maybe<RegionRow>(kLook, *address));
  return row && *address <= row->high ? std::move(row->name) : std::string();
}

}  // namespace koi::entry
