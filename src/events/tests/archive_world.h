/// What the tests of the archive share: rows with text of their own, and a log whose files are tiny.
#pragma once
#include <algorithm>
#include <filesystem>
#include <tuple>

#include "events/log.h"
#include "tests/support/world.h"

namespace koi::events {

inline constexpr ArchiveShape kTinyArchive{.keep_rows = 10, .segment_rows = 24, .step_rows = 5, .block_rows = 7};
inline constexpr IndexShape kTinyArchiveIndex{.chunk_events = 16, .fan_in = 3};

/// A row with text of its own.
struct OwnedRow {
  RawRow row;
  std::string props;
  OwnedRow() = default;
  explicit OwnedRow(const RawRow& r) : row(r), props(r.props) {}
  auto key() const {
    return std::tuple(row.seq, row.kind, row.person.v, row.subject, row.at, row.received_at, row.raw_at, row.source, row.id.hi,
                      row.id.lo, row.amount_fen, row.flags, props);
  }
  friend bool operator==(const OwnedRow& a, const OwnedRow& b) { return a.key() == b.key(); }
};

/// The log in a folder of its own, with tiny files.
struct ArchiveWorld : testing::World {
  explicit ArchiveWorld(ArchiveShape shape = kTinyArchive) : testing::World({store::schema(), events::schema()}), shape_(shape) {
    EXPECT_EQ(warm(), "ok");
  }
  std::string warm() {
    return testing::outcome(write([&](Tx& tx) -> Result<> {
      Log::open(tx, kTinyArchiveIndex);
      TRY(install_catalogue(tx));
      return open_log(tx);
    }));
  }
  std::string restart() {
    reopen();
    return warm();
  }
  void fill(int n) {
    for (int i = 0; i < n; ++i) {
      const auto id = std::to_string(++made_);
      ASSERT_EQ(testing::outcome(write([&](Tx& tx) { return accept(tx, {.kind = "page_viewed", .person = {made_ % 5 + 1}, .at = from_ms(made_ * 10), .source = "web", .id = id, .props = R"({"n":)" + id + "}"}); })), "ok");
    }
  }
  Result<bool> step() { return archive_step(db(), shape_); }
  std::string archive_all() {
    for (;;) {
      const auto more = step();
      if (!more) return more.error().code;
      if (!*more) return "ok";
    }
  }
  Result<std::vector<OwnedRow>> rows(Seq from = 0, std::size_t limit = 1'000'000) {
    return read([&](Tx& tx) { return rows_in(tx, from, limit); });
  }
  static Result<std::vector<OwnedRow>> rows_in(Tx& tx, Seq from = 0, std::size_t limit = 1'000'000) {
    std::vector<OwnedRow> out;
    TRY(each_row(tx, from, limit, [&](const RawRow& row) -> Result<> {
      out.emplace_back(row);
      return {};
    }));
    return out;
  }
  LogFigures figures() { return read(log_figures).value(); }
  std::string verified() { return testing::outcome(read(verify_log)); }
  std::vector<std::filesystem::path> files(std::string_view extension = ".seg") {
    std::vector<std::filesystem::path> out;
    std::error_code ec;
    for (const auto& entry : std::filesystem::directory_iterator(dir() + "/log", ec))
      if (entry.path().extension() == extension) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
  }
  ArchiveShape shape_;
  int made_ = 0;
};

}  // namespace koi::events
