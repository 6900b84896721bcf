#include <gtest/gtest.h>

#include <map>
#include <random>

#include "events/tests/archive_world.h"

namespace koi::events {
namespace {

using testing::on_postgres;
using testing::outcome;

/// Random steps of everybody at once against a plain list: whoever writes, moves rows, reads, and the restart between.
struct ArchiveStory {
  explicit ArchiveStory(unsigned seed) : rng(seed), world(shape()) {
    EXPECT_EQ(outcome(world.write([](Tx& tx) { return move_cursor(tx, "c", 0, 0); })), "ok");
  }

  std::int64_t some(std::int64_t most) { return 1 + static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(most)); }
  ArchiveShape shape() {
    return {.keep_rows = some(40), .segment_rows = some(60), .step_rows = some(30), .block_rows = static_cast<std::size_t>(some(20))};
  }
  Event event_of(const OwnedRow& r, const std::string& id) const {
    return {.kind = "page_viewed", .person = r.row.person, .at = from_ms(r.row.at), .source = "s", .id = id, .props = r.props,
            .amount_fen = r.row.amount_fen, .raw_at = from_ms(r.row.raw_at), .received_at = from_ms(r.row.received_at)};
  }
  OwnedRow any_row() {
    OwnedRow r;
    r.props = rng() % 3 == 0 ? "{}" : R"({"v":)" + std::to_string(rng()) + "}";
    r.row.person = {static_cast<std::int64_t>(rng() % 4)};
    r.row.at = some(500);
    r.row.raw_at = rng() % 2 == 0 ? r.row.at : some(500);
    r.row.received_at = some(900);
    r.row.amount_fen = some(3) - 2;
    return r;
  }
  /// Appends some, and takes them back one time in five.
  void append() {
    const bool undo = rng() % 5 == 0;
    std::vector<OwnedRow> fresh;
    std::map<std::string, Seq> named;
    const auto done = world.write([&](Tx& tx) -> Result<> {
      for (auto n = some(20); n > 0; --n) {
        auto row = any_row();
        const auto id = rng() % 3 == 0 ? std::string() : std::to_string(rng() % 2000);
        TRY(const auto got, accept(tx, event_of(row, id)));
        const bool known = !id.empty() && (ids.contains(id) || named.contains(id));
        EXPECT_EQ(got.verdict == Verdict::duplicate, known) << id;
        if (known) continue;
        row.row.seq = got.seq;
        if (!id.empty()) named[id] = got.seq;
        row.row.id = id.empty() ? IdHash{} : hash_id("s", id);
        fresh.push_back(row);
      }
      return undo ? fail(Errc::invalid, "test.undo") : Result<>{};
    });
    if (!done) return;
    all.insert(all.end(), fresh.begin(), fresh.end());
    ids.merge(named);
  }
  void read_a_stretch() {
    const auto from = rng() % (all.size() + 2), limit = static_cast<std::size_t>(some(80));
    std::vector<OwnedRow> want(all.begin() + static_cast<std::ptrdiff_t>(std::min(from, all.size())), all.end());
    want.resize(std::min(want.size(), limit));
    for (auto& r : want) r.row.kind = r.row.source = 1;  // page_viewed, and the only source
    const auto got = world.rows(static_cast<Seq>(from), limit).value();
    ASSERT_EQ(got, want);
    Seq last = 0;
    const auto brief = world.read([&](Tx& tx) {
      return after_of(tx, static_cast<Seq>(from), static_cast<int>(limit), std::array<std::int64_t, 1>{1}, last);
    }).value();
    ASSERT_EQ(brief.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_EQ(brief[i].seq, want[i].row.seq);
  }
  void read_a_history() {
    const std::array people{PersonId{some(3)}};
    std::vector<std::pair<std::int64_t, Seq>> want, got;
    for (const auto& r : all)
      if (r.row.person == people[0]) want.emplace_back(r.row.at, r.row.seq);
    std::ranges::sort(want, std::greater{});
    want.resize(std::min<std::size_t>(want.size(), 30));
    const auto page = world.read([&](Tx& tx) { return timeline(tx, {.people = people, .limit = 30}); }).value();
    for (const auto& e : page) got.emplace_back(to_ms(e.at), e.seq);
    ASSERT_EQ(got, want);
  }
  void consume() {
    const auto to = std::min<Seq>(cursor_at + some(60), static_cast<Seq>(all.size()));
    if (to == cursor_at) return;
    ASSERT_EQ(outcome(world.write([&](Tx& tx) { return move_cursor(tx, "c", std::exchange(cursor_at, to), to); })), "ok");
  }
  void any_step() {
    switch (rng() % 16) {
      case 0: ASSERT_EQ(world.restart(), "ok"); break;
      case 1: case 2: consume(); break;
      case 3: case 4: read_a_history(); break;
      case 5: case 6: case 7: read_a_stretch(); break;
      case 8: case 9: case 10: case 11: ASSERT_EQ(outcome(world.step()), "ok"); break;
      default: append();
    }
  }
  /// A file never holds what a consumer has not seen, and the newest rows stay where they are.
  void check_places() {
    const auto f = world.figures();
    ASSERT_LE(f.archived_events, cursor_at);
    ASSERT_LE(f.archived_events, std::max<std::int64_t>(0, static_cast<Seq>(all.size()) - world.shape_.keep_rows));
  }

  std::mt19937_64 rng;
  ArchiveWorld world;
  std::vector<OwnedRow> all;  // the oracle
  std::map<std::string, Seq> ids;
  Seq cursor_at = 0;
};

class ArchiveSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(ArchiveSim, EveryReadMatchesAPlainList) {
  if (on_postgres()) return;
  ArchiveStory story(GetParam());
  for (int step = 0; step < 250; ++step) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + " step " + std::to_string(step));
    story.any_step();
    story.check_places();
    if (HasFailure()) return;
  }
  ASSERT_EQ(story.world.archive_all(), "ok");
  EXPECT_EQ(story.world.verified(), "ok");
  EXPECT_EQ(story.world.rows().value().size(), story.all.size());
  EXPECT_EQ(story.world.read(end_of_log).value(), static_cast<Seq>(story.all.size()));
}
INSTANTIATE_TEST_SUITE_P(Seeds, ArchiveSim, ::testing::Range(1u, 25u));

}  // namespace
}  // namespace koi::events
