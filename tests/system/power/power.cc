/// Power loss, proven by replay (RELIABILITY R2).
///   koi_power work DIR COUNT [weak]      does COUNT operations through the Writer, noting each acknowledgement in DIR/acks
///   koi_power replay LOG SCRATCH IMAGES SEED
///        rebuilds IMAGES disks from the recorder's log, each as a power cut at a random instant may leave it, opens the
///        store on each and checks: no corruption, everything acknowledged is there, nothing twice, the books balance.
/// An operation is a chain of two ledger transfers, an audit row and an event, all named by its number. Meanwhile old events
/// leave the table for tiny files, and columns are made of them in tiny files: their names and bytes are part of every image,
/// each as its syncs allow.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "app/rooms.h"
#include "base/text.h"
#include "events/columns/shelf.h"
#include "events/log.h"
#include "ledger/ledger.h"
#include "store/trail.h"

namespace {

using namespace koi;
namespace fs = std::filesystem;

constexpr int kWorkers = 8;
constexpr std::size_t kEventsMax = 1 << 20;
constexpr std::uint64_t kSector = 512;
constexpr events::columns::ShelfShape kTinyParts{.chunk_rows = 8, .seal_rows = 24};
constexpr events::ArchiveShape kTinyFiles{.keep_rows = 20, .segment_rows = 30, .step_rows = 7, .block_rows = 8};

// ---- work ---------------------------------------------------------------------------------------------------------

Result<> one_operation(Tx& tx, int number) {
  const auto name = fmt::format("op:{:06}", number);
  TRY(const auto mint, ledger::open_account(tx, {.code = "mint", .unit = "CNY", .flags = ledger::kPlain}));
  TRY(const auto till, ledger::open_account(tx, {.code = "till", .unit = "CNY"}));
  TRY(const auto mine, ledger::open_account(tx, {.code = fmt::format("person:{}", number % 50), .unit = "CNY"}));
  const auto in = name + ":in", out = name + ":out";
  const ledger::Transfer chain[] = {{.key = in, .from = mint, .to = till, .amount = 100}, {.key = out, .from = till, .to = mine, .amount = 60}};
  TRY(ledger::transfer_chain(tx, chain));
  TRY(events::append(tx, {.kind = "points_earned", .subject = number, .source = "power", .id = name,
                          .props = R"({"programme_id":"p","unit":"CNY","amount":60,"lot_ids":[],"ref":"op"})"}));
  return store::audit(tx, {.author = {"system", 0, "power"}, .action = "power.op", .subject = name});
}

int work(const std::string& dir, int count, bool weak) {
  store::Options options;
  options.address = dir;
  options.weak_sync = weak;
  options.readers = 1;
  auto db = Db::open(options);
  if (!db || !app::furnish(**db)) return 1;
  const int acks = ::open((dir + "/acks").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  std::atomic<int> next{1};
  std::vector<std::thread> workers;
  for (int w = 0; w < kWorkers; ++w)
    workers.emplace_back([&] {
      for (int n = next++; n <= count; n = next++) {
        if (!(*db)->write([n](Tx& tx) { return one_operation(tx, n); })) continue;
        const auto line = fmt::format("{}\n", n);
        if (::write(acks, line.data(), line.size()) < 0) return;
      }
    });
  std::atomic<bool> done = false;
  std::thread archiver([&] {
    for (bool more = true; !done || more;) {
      const auto step = events::archive_step(**db, kTinyFiles);
      if (!step) { fmt::print(stderr, "archive: {} {}\n", step.error().code, step.error().detail); std::_Exit(1); }
      more = *step;
    }
  });
  std::thread keeper([&] {
    auto shelf = (*db)->read([](Tx& tx) -> Result<events::columns::Shelf*> { return &events::columns::Shelf::open(tx, kTinyParts); });
    for (bool more = true; !done || more;) {
      const auto taken = (*db)->read([&](Tx& tx) { return (*shelf)->catch_up(tx, 64); });
      const auto step = (*shelf)->work();
      if (!taken || !step) { fmt::print(stderr, "columns: {}\n", (taken ? step.error() : taken.error()).detail); std::_Exit(1); }
      more = *taken > 0 || *step;
    }
  });
  for (auto& worker : workers) worker.join();
  done = true;
  archiver.join();
  keeper.join();
  std::_Exit(0);  // no tidy close: the power goes
}

// ---- replay -------------------------------------------------------------------------------------------------------

struct Entry { char op; std::uint32_t file; std::uint64_t offset; std::string bytes; };

std::vector<Entry> read_log(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Entry> out;
  for (Entry e; in.get(e.op);) {
    std::uint32_t n = 0;
    in.read(reinterpret_cast<char*>(&e.file), 4).read(reinterpret_cast<char*>(&e.offset), 8).read(reinterpret_cast<char*>(&n), 4);
    e.bytes.resize(n);
    in.read(e.bytes.data(), n);
    if (in) out.push_back(e);
  }
  return out;
}

struct Disk {
  std::map<std::uint32_t, std::string> content, names;
  std::map<std::string, std::uint32_t> kept;  // names in the folders below, "log/1-30.seg"
  void apply(const Entry& e) {
    auto& file = content[e.file];
    if (e.op == 'T') file.resize(e.offset);
    if (e.op == 'U') file.clear();
    if (e.op == 'W') {
      if (file.size() < e.offset + e.bytes.size()) file.resize(e.offset + e.bytes.size());
      file.replace(e.offset, e.bytes.size(), e.bytes);
    }
  }
};

enum class Fate { none, all, prefix, subset, torn };

constexpr std::string_view kFolders[] = {"log", "columns"};  // of files with names of their own

/// Which names such a folder has after the cut: what its last sync saw, and by fate some of what came after it. Until the
/// folder above it is synced, it may be missing as a whole.
void name_files(Disk& disk, const std::vector<Entry>& log, std::size_t cut, Fate fate, std::string_view which, std::mt19937_64& rng) {
  const auto inside = [&](const std::string& path) { return fs::path(path).parent_path().filename() == which; };
  std::map<std::uint32_t, std::string> names;
  std::string folder;
  bool loose_folder = false;
  std::size_t synced = 0;
  std::vector<std::size_t> changes;
  for (std::size_t i = 0; i < cut; ++i) {
    const auto& e = log[i];
    if (e.op == 'N') names[e.file] = e.bytes;
    if ((e.op == 'N' || e.op == 'R') && inside(e.bytes)) changes.push_back(i);
    if (e.op == 'M' && fs::path(names[e.file]).filename() == which) folder = names[e.file];
    if (e.op == 'M' && names[e.file] == folder) loose_folder = true;
    if (e.op != 'S' || folder.empty()) continue;
    if (names[e.file] == folder) synced = i;
    if (names[e.file] == fs::path(folder).parent_path()) loose_folder = false;
  }
  const std::size_t keep_first = changes.empty() ? 0 : rng() % (changes.size() + 1);
  const auto kept = [&](std::size_t place) {
    return fate == Fate::all || (fate == Fate::prefix && place < keep_first) || (fate >= Fate::subset && rng() % 2 == 0);
  };
  if (loose_folder && !kept(0)) return;
  for (std::size_t place = 0; place < changes.size(); ++place) {
    const auto& e = log[changes[place]];
    if (changes[place] > synced && !kept(place)) continue;
    if (e.op == 'R') std::erase_if(disk.kept, [&](const auto& entry) { return entry.second == e.file; });
    disk.kept[fmt::format("{}/{}", which, fs::path(e.bytes).filename().string())] = e.file;
  }
}

/// What a cut before log[cut] may leave: all that was synced, and by fate some of what was not.
Disk image_at(const std::vector<Entry>& log, std::size_t cut, Fate fate, std::mt19937_64& rng) {
  std::map<std::uint32_t, std::size_t> synced;  // file -> entries before this index are on the disk
  for (std::size_t i = 0; i < cut; ++i)
    if (log[i].op == 'S') synced[log[i].file] = i;
  std::vector<std::size_t> loose;
  for (std::size_t i = 0; i < cut; ++i)
    if (std::strchr("WTU", log[i].op) != nullptr && i >= synced[log[i].file]) loose.push_back(i);
  const std::size_t keep_first = loose.empty() ? 0 : rng() % (loose.size() + 1);
  Disk disk;
  for (std::size_t i = 0, seen = 0; i < cut; ++i) {
    const Entry& e = log[i];
    if (e.op == 'N') disk.names[e.file] = e.bytes;
    if (std::strchr("WTU", e.op) == nullptr) continue;
    if (i < synced[e.file]) { disk.apply(e); continue; }
    const std::size_t place = seen++;
    if (fate == Fate::none || (fate == Fate::prefix && place >= keep_first) || (fate == Fate::subset && rng() % 2 == 0)) continue;
    if (fate == Fate::torn && e.op == 'W' && rng() % 2 == 0) {
      Entry part = e;  // only the first sectors arrived
      part.bytes.resize(std::min<std::uint64_t>(part.bytes.size(), kSector * (rng() % (part.bytes.size() / kSector + 1))));
      if (!part.bytes.empty()) disk.apply(part);
      continue;
    }
    disk.apply(e);
  }
  for (const auto folder : kFolders) name_files(disk, log, cut, fate, folder, rng);
  return disk;
}

std::set<int> acknowledged_before(const std::vector<Entry>& log, std::size_t cut) {
  std::set<int> out;
  for (std::size_t i = 0; i < cut; ++i)
    if (log[i].op == 'A') out.insert(std::atoi(log[i].bytes.c_str()));
  return out;
}

void write_disk(const Disk& disk, const std::string& dir) {
  fs::remove_all(dir);
  fs::create_directories(dir);
  for (const auto& [file, content] : disk.content) {
    const auto at = disk.names.find(file);
    if (at == disk.names.end()) continue;
    const auto name = fs::path(at->second).filename().string();
    if (name != "koipond.db" && name != "koipond.db-wal") continue;  // derived files must be rebuildable without
    std::ofstream(dir + "/" + name, std::ios::binary) << content;
  }
  for (const auto folder : kFolders) fs::create_directories(fmt::format("{}/{}", dir, folder));
  for (const auto& [name, file] : disk.kept) {
    const auto content = disk.content.find(file);
    std::ofstream(dir + "/" + name, std::ios::binary) << (content == disk.content.end() ? std::string() : content->second);
  }
}

/// The columns hold each event of the log once, whatever was left of their files.
Result<std::string> judge_columns(Tx& tx, const std::set<std::int64_t>& events) {
  auto& shelf = events::columns::Shelf::open(tx, kTinyParts);
  TRY(const auto view, shelf.view(tx));
  std::set<std::int64_t> seen;
  for (const auto& shelved : view->parts) {
    const auto* subject = shelved.part->column(events::columns::kSubject, events::columns::ValueType::integer);
    for (std::uint32_t row = 0; row < shelved.part->rows(); ++row)
      if (subject == nullptr || !seen.insert(subject->number(subject->cell(row))).second) return "doubled in the columns";
  }
  if (seen != events) return fmt::format("{} events in the columns, {} in the log", seen.size(), events.size());
  TRY(shelf.verify(tx));
  return std::string();
}

Result<std::string> judge(Tx& tx, const std::set<int>& acknowledged) {
  TRY(const auto integrity, tx.one<std::string>("PRAGMA integrity_check"));
  if (integrity != "ok") return "integrity: " + integrity;
  std::set<int> kept;
  TRY(const auto rows, tx.all<std::string>("SELECT subject FROM audit_log WHERE action = 'power.op'"));
  for (const auto& subject : rows)
    if (!kept.insert(std::atoi(subject.c_str() + 3)).second) return "doubled: " + subject;
  for (const int n : acknowledged)
    if (!kept.contains(n)) return fmt::format("lost: operation {}", n);
  std::set<std::int64_t> events;  // read wherever they stand
  std::string twice;
  TRY(events::each_row(tx, 0, kEventsMax, [&](const events::RawRow& row) -> Result<> {
    if (!events.insert(row.subject).second) twice = fmt::format("doubled: the event of operation {}", row.subject);
    return {};
  }));
  if (!twice.empty()) return twice;
  if (events.size() != kept.size()) return fmt::format("{} events for {} operations", events.size(), kept.size());
  TRY(events::verify_log(tx));
  TRY(const auto columns, judge_columns(tx, events));
  if (!columns.empty()) return columns;
  TRY(const auto wrong, ledger::verify(tx));
  if (!wrong.empty()) return "ledger: " + wrong.front().what;
  TRY(const auto chain, store::verify_audit(tx));
  return std::string(chain.intact ? "" : "audit chain broken");
}

std::string check(const std::string& dir, const std::set<int>& acknowledged) {
  store::Options options;
  options.address = dir;
  options.readers = 1;
  auto db = Db::open(options);
  if (!db) return "open: " + db.error().code + " " + db.error().detail;
  if (acknowledged.empty()) return "";  // the cut fell before the first answer: opening is all that is asked
  auto verdict = (*db)->read([&](Tx& tx) { return judge(tx, acknowledged); });
  return verdict ? *verdict : verdict.error().code + ": " + verdict.error().detail;
}

int replay(const std::string& log_path, const std::string& scratch, int images, std::uint64_t seed) {
  const auto log = read_log(log_path);
  std::mt19937_64 rng(seed);
  int bad = 0;
  std::size_t most = 0, files = 0;
  for (int i = 0; i < images; ++i) {
    const std::size_t cut = i == 0 ? log.size() : rng() % log.size() + 1;
    const auto fate = static_cast<Fate>(rng() % 5);
    const auto acknowledged = acknowledged_before(log, cut);
    most = std::max(most, acknowledged.size());
    const auto disk = image_at(log, cut, fate, rng);
    files = std::max(files, disk.kept.size());
    write_disk(disk, scratch);
    const auto fault = check(scratch, acknowledged);
    if (fault.empty()) continue;
    ++bad;
    fmt::print("image {} (seed {}, cut {} of {}, fate {}): {}\n", i, seed, cut, log.size(), static_cast<int>(fate), fault);
  }
  fmt::print("{} images over {} disk operations, up to {} acknowledged, up to {} files of log and columns: {} bad\n", images, log.size(),
             most, files, bad);
  return bad == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "work" && argc >= 4) return work(argv[2], std::atoi(argv[3]), argc > 4 && std::string(argv[4]) == "weak");
  if (verb == "replay" && argc == 6) return replay(argv[2], argv[3], std::atoi(argv[4]), std::strtoull(argv[5], nullptr, 10));
  fmt::print(stderr, "koi_power work DIR COUNT [weak] | replay LOG SCRATCH IMAGES SEED\n");
  return 2;
}
