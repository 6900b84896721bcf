#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "events/tests/archive_world.h"

namespace koi::events {
namespace {

std::vector<RawRow> borrowed(std::vector<OwnedRow>& rows) {
  std::vector<RawRow> out;
  for (auto& r : rows) {
    r.row.props = r.props;
    out.push_back(r.row);
  }
  return out;
}

std::vector<OwnedRow> packed_and_unpacked(std::vector<OwnedRow>& rows) {
  const auto packed = pack_rows(borrowed(rows));
  std::vector<OwnedRow> out;
  const auto back = unpack_rows(packed, rows.empty() ? 1 : rows.front().row.seq, rows.size());
  if (!back) return out;
  for (const auto& row : *back) out.emplace_back(row);
  return out;
}

TEST(PackRows, KeepsExtremesAndAbsences) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min(), kMax = std::numeric_limits<std::int64_t>::max();
  std::vector<OwnedRow> rows;
  const auto add = [&](auto&& change) {
    OwnedRow r;
    r.row.seq = 5 + static_cast<Seq>(rows.size());
    change(r);
    rows.push_back(r);
  };
  add([](OwnedRow&) {});  // nothing at all
  add([](OwnedRow& r) { r.row.kind = 1; r.props = "{}"; });
  add([&](OwnedRow& r) { r.row = {{kMax, {kMax}, kMax, kMax, kMax, kMax, kMax, {~0ULL, ~0ULL}, kMax, kMax, {}}, r.row.seq}; });
  add([&](OwnedRow& r) { r.row = {{kMin, {kMin}, kMin, kMin, kMin, kMin, kMin, {1, 0}, kMin, kMin, {}}, r.row.seq}; });
  add([&](OwnedRow& r) { r.row.at = kMax; r.row.received_at = kMin; r.row.raw_at = 0; r.row.id = {0, 1}; });
  add([](OwnedRow& r) { r.props = std::string(64 * 1024, 'x'); });
  add([](OwnedRow& r) { r.props = std::string("\0\xff{\"名\":\"鲤\"}", 14); });
  EXPECT_EQ(packed_and_unpacked(rows), rows);
}

RC_GTEST_PROP(PackRows, AnyRowsComeBack, ()) {
  const auto number = [] { return *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(-3, 1000), rc::gen::just<std::int64_t>(0)); };
  std::vector<OwnedRow> rows(*rc::gen::inRange<std::size_t>(0, 90));
  Seq seq = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
  for (auto& r : rows) {
    r.row = {{number(), {number()}, number(), number(), number(), number(), number(),
              {static_cast<std::uint64_t>(number()), static_cast<std::uint64_t>(number())}, number(), number(), {}}, seq++};
    r.props = *rc::gen::string<std::string>();
  }
  RC_ASSERT(packed_and_unpacked(rows) == rows);
}

RC_GTEST_PROP(PackRows, ForeignBytesAreRefusedOrReadAsSomething, ()) {
  const PackedRows packed{*rc::gen::string<std::string>(), *rc::gen::string<std::string>()};
  (void)unpack_rows(packed, 1, *rc::gen::inRange<std::size_t>(0, 200));  // no crash is all that is asked
}

}  // namespace
}  // namespace koi::events
