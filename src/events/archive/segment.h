/// One file of the archive: rows of the log that follow each other without a hole, in blocks, each compressed and
/// checksummed. It is the truth, not derived from it: written once, never changed, never removed.
/// Layout: header, dictionary, blocks, index (checksum and end of each block), footer; the footer's checksum covers
/// everything but the blocks, and the manifest repeats it.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/pages.h"
#include "base/result.h"
#include "events/archive/codec.h"

struct ZSTD_DDict_s;
struct ZSTD_CDict_s;

namespace koi::events {

/// What the manifest says of a file.
struct SegmentFacts {
  Seq first_seq = 0, last_seq = 0;
  std::int64_t rows = 0, bytes = 0, checksum = 0;
  friend bool operator==(const SegmentFacts&, const SegmentFacts&) = default;
};
/// "1-262144.seg": a name is a place in the log.
std::string segment_name(const SegmentFacts& facts);

/// A block as it is read back; the rows' props point into `packed`.
struct Block {
  PackedRows packed;
  std::vector<RawRow> rows;
  std::size_t bytes() const { return packed.text.size() + packed.noise.size() + rows.size() * sizeof(RawRow); }
};

class Segment {
 public:
  /// Maps the file and checks everything but its blocks; unavailable "events.log_damaged" names what is wrong.
  static Result<std::shared_ptr<const Segment>> open(const std::filesystem::path& file);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  const SegmentFacts& facts() const { return facts_; }
  const std::filesystem::path& file() const { return file_; }
  std::size_t blocks() const { return blocks_; }
  std::size_t block_of(Seq seq) const { return static_cast<std::size_t>(seq - facts_.first_seq) / block_rows_; }
  /// Checked and unpacked; unavailable "events.log_damaged" names file and block.
  Result<std::shared_ptr<const Block>> block(std::size_t number) const;
  /// Reads every block; the first bad one is the error.
  Result<> verify() const;

 private:
  Segment() = default;
  struct Fence { std::uint64_t sum, end; };  // of a block: its checksum, and where in the file it ends
  Fence fence(std::size_t block) const;
  Result<> read_frame();
  const ZSTD_DDict_s* dictionary() const;

  std::filesystem::path file_;
  SegmentFacts facts_;
  std::size_t blocks_ = 0, block_rows_ = 1, blocks_at_ = 0, index_at_ = 0;
  Pages pages_;
  std::string_view bytes_, dictionary_bytes_;
  mutable std::once_flag dictionary_made_;
  mutable ZSTD_DDict_s* dictionary_ = nullptr;
};

/// Writes rows first, first + 1, … beside the final name, makes them durable, then gives them the name. A crash leaves a
/// draft, which the next start drops.
class SegmentWriter {
 public:
  SegmentWriter(std::filesystem::path folder, Seq first, std::size_t block_rows);
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;
  Result<> add(const RawRow& row);
  /// The file stands, synced, under its name, and every block has been read back.
  Result<std::shared_ptr<const Segment>> finish();

 private:
  void end_block();
  Result<> train();
  Result<> write_block(const PackedRows& packed);
  Result<> write(std::string_view bytes);
  Result<> flush();
  Result<> sync_and_name(const std::filesystem::path& file);

  std::filesystem::path folder_, draft_;
  const Seq first_;
  const std::size_t block_rows_;
  int fd_ = -1;
  std::uint64_t written_ = 0;  // bytes of the file so far, buffered ones too
  std::string buffer_, index_, head_;
  std::vector<RawRow> rows_;   // of the block that grows; their props stand in texts_
  std::vector<std::string> texts_;
  std::int64_t count_ = 0;
  std::vector<PackedRows> waiting_;  // until there is enough to train a dictionary on
  std::size_t waiting_bytes_ = 0;
  bool trained_ = false;
  ZSTD_CDict_s* dictionary_ = nullptr;
};

/// Makes a folder's names durable; a failed sync ends the process, as nobody knows then what is on the disk.
Result<> sync_folder(const std::filesystem::path& folder);

}  // namespace koi::events
