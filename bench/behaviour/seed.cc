/// koi_bench_seed SET DATA: a data folder with the set's people, tags and log as the product would have them, the older part
/// of the log in its archive. What takes the door of one event at a time is skipped (identifiers, receipts, stages): no question
/// asks for it.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "app/rooms.h"
#include "bench/behaviour/behaviour.h"
#include "events/archive/archive.h"
#include "events/columns/columns.h"
#include "events/log.h"

namespace koi::bench::behaviour {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
constexpr std::int64_t kSegmentRows = 256 * 1024;  // as the product seals them
constexpr std::int64_t kInTable = 300'000;         // newest rows that have not left the table
constexpr int kBatch = 20'000;

constexpr std::string_view kPerson =
    "INSERT INTO person (id, merged_into, created_at, first_seen_at, last_seen_at, erased_at) VALUES ($1, $2, $3, $3, $4, $5)";
constexpr std::string_view kTag =
    "INSERT INTO tag (id, group_id, name, created_at) VALUES ($1, 0, $2, $3)";
constexpr std::string_view kGive =
    "INSERT INTO tag_assignment (person_id, origin_id, tag_id, source, at) VALUES ($1, $1, $2, 'manual', $3)";
constexpr std::string_view kEvent =
    "INSERT INTO event (seq, kind, person_id, at, received_at, source, amount_fen, flags, props) VALUES ($1, $2, $3, $4, $5, 1, $6, 0, $7)";
constexpr std::string_view kSegment =
    "INSERT INTO log_segment (first_seq, last_seq, rows, bytes, checksum, sealed_at) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kCursor = "INSERT INTO log_cursor (consumer, seq, moved_at) VALUES ($1, $2, $3)";
constexpr std::string_view kSource = "INSERT INTO event_source (id, name) VALUES (1, 'shop')";

template <class T>
std::vector<T> read_all(const fs::path& file) {
  std::vector<T> out(fs::file_size(file) / sizeof(T));
  std::ifstream(file, std::ios::binary).read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(T)));
  return out;
}

struct Set {
  explicit Set(fs::path folder) : dir(std::move(folder)) {
    std::ifstream in(dir / "manifest.json", std::ios::binary);
    const auto manifest = json::parse(std::string(std::istreambuf_iterator<char>(in), {})).as_object();
    people = manifest.at("people").to_number<std::int64_t>();
    events = manifest.at("events").to_number<std::int64_t>();
    for (const auto& id : manifest.at("erased").as_array()) erased[id.to_number<std::int64_t>()] = true;
    for (const auto& pair : manifest.at("merged").as_array()) merged[pair.at(1).to_number<std::int64_t>()] = pair.at(0).to_number<std::int64_t>();
    for (const auto& entry : fs::directory_iterator(dir))
      if (entry.path().filename().string().starts_with("log-")) logs.push_back(entry.path());
    std::ranges::sort(logs);
  }
  fs::path dir;
  std::int64_t people = 0, events = 0;
  std::map<std::int64_t, bool> erased;
  std::map<std::int64_t, std::int64_t> merged;  // b: a
  std::vector<fs::path> logs;
};

Result<> write_people(Db& db, const Set& set) {
  for (std::int64_t first = 1; first <= set.people; first += kBatch)
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (auto id = first; id < std::min<std::int64_t>(first + kBatch, set.people + 1); ++id) {
        const auto into = set.merged.find(id);
        TRY(tx.exec(kPerson, id, into == set.merged.end() ? std::nullopt : std::optional(into->second), kT0, kNow,
                    set.erased.contains(id) ? std::optional(kNow) : std::nullopt));
      }
      return {};
    }));
  return {};
}

Result<> write_tags(Db& db, const Set& set) {
  const auto given = read_all<TagRow>(set.dir / "tags.bin");
  TRY(db.write([](Tx& tx) -> Result<> {
    for (std::int64_t tag = 1; tag <= 32; ++tag) TRY(tx.exec(kTag, tag, fmt::format("tag {}", tag), kT0));
    return {};
  }));
  for (std::size_t first = 0; first < given.size(); first += kBatch)
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (auto i = first; i < std::min(first + kBatch, given.size()); ++i)
        TRY(tx.exec(kGive, static_cast<std::int64_t>(given[i].person), static_cast<std::int64_t>(given[i].tag), kNow));
      return {};
    }));
  return {};
}

/// Kinds by their number in the set; a name nobody knows becomes a custom kind.
Result<std::vector<std::int64_t>> write_kinds(Db& db) {
  return db.write([](Tx& tx) -> Result<std::vector<std::int64_t>> {
    TRY(tx.exec(kSource));
    std::vector<std::int64_t> out{0};
    for (const auto name : kKinds) {
      TRY(auto kind, events::find_kind(tx, name));
      if (!kind) {
        TRY(kind, events::define_kind(tx, {.id = 0, .name = std::string(name), .version = 1, .zh = std::string(name), .en = std::string(name), .group = "custom", .props = {}}));
      }
      out.push_back(kind->id);
    }
    return out;
  });
}

class LogSeeder {
 public:
  LogSeeder(Db& db, const Set& set, std::vector<std::int64_t> kinds, fs::path folder)
      : db_(db), kinds_(std::move(kinds)), folder_(std::move(folder)), archived_((set.events - kInTable) / kSegmentRows * kSegmentRows) {}
  Result<> add(const Row& from) {
    events::RawRow row;
    row.seq = ++seq_;
    row.kind = kinds_[from.kind];
    row.person = {from.person};
    row.at = row.raw_at = from.at_ms;
    row.received_at = std::max(from.at_ms, std::exchange(received_, std::max(received_, from.at_ms)));
    row.source = 1;
    row.amount_fen = from.amount_fen;
    props_.clear();
    fmt::format_to(std::back_inserter(props_), R"({{"channel":{},"city":{},"device":{}}})", from.channel, from.city, from.device);
    row.props = props_;
    if (seq_ > archived_) return to_table(row);
    if (!writer_) writer_ = std::make_unique<events::SegmentWriter>(folder_, seq_, 64);
    TRY(writer_->add(row));
    if (seq_ % kSegmentRows != 0) return {};
    TRY(const auto segment, writer_->finish());
    writer_.reset();
    const auto f = segment->facts();
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kSegment, f.first_seq, f.last_seq, f.rows, f.bytes, f.checksum, kNow));
      return {};
    });
  }
  Result<> finish() {
    TRY(flush());
    return db_.write([&](Tx& tx) -> Result<> {
      for (const auto& consumer : app::consumers()) TRY(tx.exec(kCursor, consumer.name, seq_, kNow));
      return {};
    });
  }

 private:
  struct Kept { events::RawRow row; std::string props; };
  Result<> to_table(const events::RawRow& row) {
    kept_.push_back({row, props_});
    return kept_.size() < kBatch ? Result<>{} : flush();
  }
  Result<> flush() {
    TRY(db_.write([&](Tx& tx) -> Result<> {
      for (const auto& [row, props] : kept_)
        TRY(tx.exec(kEvent, row.seq, row.kind, row.person, row.at, row.received_at, row.amount_fen == 0 ? std::nullopt : std::optional(row.amount_fen), props));
      return {};
    }));
    kept_.clear();
    return {};
  }
  Db& db_;
  std::vector<std::int64_t> kinds_;
  fs::path folder_;
  const std::int64_t archived_;
  std::int64_t seq_ = 0, received_ = 0;
  std::string props_;
  std::unique_ptr<events::SegmentWriter> writer_;
  std::vector<Kept> kept_;
};

Result<> seed(const Set& set, const std::string& data) {
  app::Config config;
  config.data = data;
  config.alone = true;
  {
    TRY(auto db, app::open_store(config));
    TRY(const auto kinds, write_kinds(*db));
    TRY(write_people(*db, set));
    TRY(write_tags(*db, set));
    fs::create_directories(data + "/log");
    LogSeeder log(*db, set, kinds, data + "/log");
    for (const auto& file : set.logs)
      for (const auto& row : read_all<Row>(file)) TRY(log.add(row));
    TRY(log.finish());
    db->close();
  }
  TRY(auto db, app::open_store(config));  // as a start does: the derived indexes are made from the log
  const auto began = std::chrono::steady_clock::now();
  TRY(events::columns::settle(*db));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  TRY(const auto f, db->read([](Tx& tx) { return events::columns::figures(tx); }));
  fmt::print(R"({{"columns_s":{:.1f},"rows":{},"files":{},"file_bytes":{},"woven_rows":{}}})" "\n", took.count(), f.rows, f.files, f.file_bytes, f.woven_rows);
  db->close();
  return {};
}

}  // namespace
}  // namespace koi::bench::behaviour

int main(int count, char** args) {
  if (count != 3) return 2;
  const auto done = koi::bench::behaviour::seed(koi::bench::behaviour::Set(args[1]), args[2]);
  if (!done) fmt::print(stderr, "{}: {}\n", done.error().code, done.error().detail);
  return done ? 0 : 1;
}
