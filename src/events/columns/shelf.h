/// Where the columns stand: parts in files, the newest rows in memory behind them, one list of all. Derived from the log: a
/// file that is missing or damaged is made again from its rows; deleting the folder loses nothing but time.
#pragma once
#include <condition_variable>
#include <mutex>
#include <thread>

#include "events/columns/columns.h"
#include "events/columns/members.h"
#include "events/columns/rows.h"
#include "events/columns/view.h"
#include "store/store.h"

namespace koi::events::columns {

/// Tests force tiny sizes.
struct ShelfShape {
  std::uint32_t chunk_rows = 8192;     // rows that are sorted together in memory
  std::uint64_t seal_rows = 1 << 20;   // rows in memory that become a file
};

struct PeopleKinds;

/// Nodes whose rows do not follow one another part by part, found while parts are put one behind the other.
class Overlaps {
 public:
  /// Parts in order; nodes that have a row in this part that is not after all of theirs before it.
  void add(const Part& part, const Places& places);
  const People& woven() const { return woven_; }

 private:
  std::vector<std::uint32_t> last_;  // the newest second of each ordinal, plus one
  People woven_;
};

class Shelf {
 public:
  Shelf(std::string folder, ShelfShape shape);
  ~Shelf();
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  /// The one of this transaction's store; made on first use.
  static Shelf& of(Tx& tx);
  static Shelf& open(Tx& tx, ShelfShape shape);

  /// Everything this transaction can see. unavailable "events.columns_building" (with how far it has come) while a long
  /// log is read for the first time.
  Result<ViewPtr> view(Tx& tx);
  /// Takes in what is new, at most `rows` rows; how many it took.
  Result<std::uint64_t> catch_up(Tx& tx, std::uint64_t rows);
  /// One piece of work: seals what is in memory, or makes one part of several. False: nothing to do.
  Result<bool> work();
  /// Whether more rows wait in memory for a file than should: whoever takes in more had better let work() catch up.
  bool crowded();
  /// Before a stop: what is in memory becomes a file before its time, so that the next start need not read it from the log
  /// again. A few rows are left: they are soon read.
  Result<> put_away();
  /// Reads every part against its checksums, and counts its rows against the log. "events.columns_damaged".
  Result<> verify(Tx& tx);

  /// Reads the files against their checksums; from the first damaged one on they are made again from the log.
  Result<bool> check_files();
  Figures figures();

 private:
  bool keeps_files() const { return !folder_.empty(); }
  std::filesystem::path path_of(const Cover& cover) const;
  Result<> ready(Tx& tx);
  Result<> open_files(Tx& tx);
  Result<bool> same_log(Tx& tx, const Cover& cover);
  Result<> meet_people(Tx& tx);
  Result<> meet_again(Tx& tx, std::span<const PersonId> people);
  Result<> meet_changed(Tx& tx);
  void notice(const RawRow& row, const PeopleKinds& kinds);
  void take(const Member& member);
  void untie(Ordinal node);
  void tie(Ordinal node, Ordinal root);
  Result<> take_rows(Tx& tx, std::uint64_t rows, std::uint64_t& taken);
  std::uint32_t chunk_rows() const;
  std::uint64_t seal_rows() const;
  Result<> settle_chunk();
  Result<> tidy_memory();
  Shelved shelve(PartPtr part) const;
  Result<ViewPtr> make_view();
  Result<std::vector<PartPtr>> early_parts(Tx& tx);
  ViewPtr with_early(const View& view, std::span<const PartPtr> early) const;
  Result<bool> seal(std::uint64_t least);
  Result<bool> merge_memory();
  Result<bool> merge_files();
  void replace(std::size_t first, std::size_t count, Shelved part);

  const std::string folder_;
  const ShelfShape shape_;
  std::mutex files_mutex_;  // one piece of work at a time
  std::mutex mutex_;        // everything below
  bool ready_ = false;
  std::vector<Shelved> parts_;  // files, then memory
  std::size_t files_ = 0;       // how many of them are files
  std::size_t held_ = 0;        // parts in memory that are being sealed or merged
  std::shared_ptr<Roster> roster_ = std::make_shared<Roster>();
  Ties ties_;
  People erased_, late_;  // late_: nodes out of order
  bool people_changed_ = true;  // since they were last shown
  std::shared_ptr<const Ties> shown_ties_;
  std::shared_ptr<const People> shown_erased_;
  Overlaps overlaps_;
  std::unique_ptr<Rows> filling_;
  bool behind_ = false;  // the log went on where the last turn ended
  std::vector<PersonId> changed_;  // people whose nodes the rows read so far have changed
  ViewPtr view_;                   // of everything taken so far; null when there is something newer
  std::uint64_t sealed_ = 0, woven_rows_ = 0;
};

}  // namespace koi::events::columns
