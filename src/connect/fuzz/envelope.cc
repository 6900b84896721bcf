// The Segment tracking API: single calls, batches, NDJSON.
#include "connect/tracking/tracking.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace tracking = koi::connect::tracking;
  if (size == 0) return 0;
  const std::string body(reinterpret_cast<const char*>(data + 1), size - 1);
  const tracking::ReadOptions options{.source = "web", .received = koi::from_ms(1'795'000'000'000), .history = data[0] % 2 == 1};
  for (int type = 0; type < 6; ++type) (void)tracking::read_single(body, static_cast<tracking::Type>(type), options);
  if (const auto batch = tracking::read_batch(body, options)) CHECK((*batch)->items.size() <= tracking::kBatchEventsMax);
  for (const auto& chunk : tracking::read_lines(body, options))
    for (const auto& item : chunk->items) CHECK(item.first_ident + item.idents <= chunk->idents.size());
  return 0;
}
