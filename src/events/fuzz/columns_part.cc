// A file of columns with any bytes. What opens and passes verify() can be asked anything. The first byte says whether the
// checksums are made right first, so that what they protect is reached.
#include <cstring>
#include <vector>

#include "base/crypto.h"
#include "base/fuzz/file.h"
#include "events/columns/funnel.h"
#include "events/columns/tally.h"
#include "events/columns/weave.h"

namespace {

namespace columns = koi::events::columns;
using Bytes = std::vector<char>;

// As image.cc writes them.
constexpr std::uint64_t kMagic = 0x31736c6f632e696bULL;
constexpr std::size_t kStretch = 1 << 16;
struct Section { std::uint32_t what, which; std::uint64_t at, bytes, sum; };
struct Trailer { std::uint64_t table_at, sections, table_sum, magic; };

std::uint64_t sum_of(const char* data, std::size_t bytes) { return koi::hash64({data, bytes}); }

void mend(Bytes& file) {
  Trailer t{};
  if (file.size() < sizeof t) return;
  auto* trailer = file.data() + file.size() - sizeof t;
  std::memcpy(&t, trailer, sizeof t);
  t.magic = kMagic;
  const auto room = file.size() - sizeof t;
  if (t.table_at <= room && t.sections == (room - t.table_at) / sizeof(Section)) {
    for (std::uint64_t i = 0; i < t.sections; ++i) {
      Section s{};
      auto* place = file.data() + t.table_at + i * sizeof s;
      std::memcpy(&s, place, sizeof s);
      if (s.at > room || s.bytes > room - s.at) continue;
      s.sum = 0;
      for (std::size_t at = 0; at < s.bytes; at += kStretch) {
        const std::uint64_t both[] = {s.sum, sum_of(file.data() + s.at + at, std::min(kStretch, s.bytes - at))};
        s.sum = sum_of(reinterpret_cast<const char*>(both), sizeof both);
      }
      std::memcpy(place, &s, sizeof s);
    }
    t.table_sum = sum_of(file.data() + t.table_at, t.sections * sizeof(Section));
  }
  std::memcpy(trailer, &t, sizeof t);
}

columns::View view_of(const columns::PartPtr& part) {
  columns::View view;
  auto roster = std::make_shared<columns::Roster>();
  for (const auto node : part->who()) roster->add(node);
  auto places = std::make_shared<columns::Places>();
  places->of = roster->ordinals(part->who());
  for (std::uint32_t first = 0; first < places->of.size(); first += columns::kBlock) places->block.push_back(first);
  places->block.push_back(static_cast<std::uint32_t>(places->of.size()));
  view.parts = {{part, places}};
  view.people = roster->size();
  view.roster = roster;
  view.ties = std::make_shared<columns::Ties>();
  view.erased = view.woven = std::make_shared<columns::People>();
  return view;
}

void read_all(const columns::Part& part) {
  std::uint64_t seen = 0;
  for (const auto& column : part.columns())
    column.each(0, part.rows(), [&](std::uint32_t, std::uint32_t cell) {
      if (column.type() == columns::ValueType::text) seen += column.words()[column.code(cell)].size();
      else if (column.numeric()) seen += column.as_double(cell) > 0 ? 1 : 0;
      else for (const auto code : column.list(cell)) seen += column.words()[code].size();
    });
  for (std::uint32_t row = 0; row < part.rows(); ++row) seen += static_cast<std::uint64_t>(part.source(row)) + static_cast<std::uint64_t>(part.amount(row));
  (void)seen;
}

void ask(const columns::PartPtr& part) {
  const auto view = view_of(part);
  const auto kinds = part->kinds();
  if (kinds.empty()) return;
  const columns::Step some{.kinds = {kinds.front()}}, other{.kinds = {kinds.back()}};
  std::vector<columns::TallyOf> of{{.what = some}, {.what = other}};
  columns::tally(view, {.threads = 1}, of, {}, [](columns::Ordinal, std::span<const columns::Sum>) {});
  columns::funnel(view, {.threads = 1}, {.steps = {some, other}, .window_ms = 86'400'000});
  for (const auto& column : part->columns())
    columns::funnel(view, {.threads = 1}, {.steps = {some, other}, .window_ms = 86'400'000, .same = std::string(column.name()), .by = {.property = std::string(column.name())}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes file(data + 1, data + size);
  if ((data[0] & 1) != 0) mend(file);
  const MemoryFile on_disk(file.data(), file.size());
  auto image = columns::Image::open(on_disk.path());
  if (!image) return 0;
  const auto part = columns::Part::open(std::move(*image));
  if (!part || !(*part)->verify()) return 0;
  read_all(**part);
  ask(*part);
  columns::ImageWriter out;
  const columns::PartPtr twice[] = {*part, *part};
  const auto woven = columns::weave(out, twice);
  CHECK(woven && (*woven)->verify() && (*woven)->rows() == 2 * (*part)->rows());
  return 0;
}
