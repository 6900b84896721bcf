/// Request bodies into prepared events, on the thread the request arrived on.
#include <algorithm>
#include <cstring>

#include "connect/tracking/envelope.h"

namespace koi::connect::tracking {
namespace {

/// One parser a thread: its buffers grow once and stay.
dom::parser& parser() {
  thread_local dom::parser one;
  thread_local const bool ready = [] {
    return one.allocate(kEventBytesMax, kDepthMax) == simdjson::SUCCESS;
  }();
  (void)ready;
  return one;
}

Result<dom::element> parse_body(const std::string& body) {
  dom::element root;
  if (const auto error = parser().parse(body).get(root); error != simdjson::SUCCESS) {
    return fail(Errc::malformed, "connect.bad_json", simdjson::error_message(error));
  }
  return root;
}

}  // namespace

Result<std::shared_ptr<Prepared>> read_single(const std::string& body, Type type, const ReadOptions& options) {
  TRY(const auto root, parse_body(body));
  auto out = std::make_shared<Prepared>();
  Builder builder(*out, options);
  if (!root.is_object()) return fail(Errc::malformed, "connect.bad_json", "not an object");
  builder.add(root, body.size(), 1, &type);
  return out;
}

Result<std::shared_ptr<Prepared>> read_batch(const std::string& body, const ReadOptions& options) {
  if (body.size() > kBatchBytesMax) return fail(Errc::too_large, "connect.batch_too_long");
  TRY(const auto root, parse_body(body));
  dom::array batch;
  dom::object object;
  if (root.get(object) || object["batch"].get(batch)) return fail(Errc::malformed, "connect.no_batch");
  auto out = std::make_shared<Prepared>();
  Builder builder(*out, options);
  dom::element sent;
  Instant at;
  if (!object["sentAt"].get(sent) && read_time(sent, at)) builder.sent_at(at);
  if (batch.size() > kBatchEventsMax) return fail(Errc::too_large, "connect.batch_too_long");
  out->items.reserve(batch.size());
  std::int64_t n = 0;
  for (const auto value : batch) builder.add(value, 0, ++n, nullptr);
  return out;
}

std::vector<std::shared_ptr<Prepared>> read_lines(const std::string& body, const ReadOptions& options) {
  std::vector<std::shared_ptr<Prepared>> chunks;
  std::optional<Builder> builder;
  const char* at = body.data();
  const char* const end = at + body.size();
  if (body.starts_with("\xEF\xBB\xBF")) at += 3;
  for (std::int64_t line = 1; at < end; ++line) {
    const auto* stop = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (stop == nullptr) stop = end;
    auto size = static_cast<std::size_t>(stop - at);
    if (size > 0 && at[size - 1] == '\r') --size;
    if (size > 0) {
      if (chunks.empty() || chunks.back()->items.size() >= kChunkEvents) {
        chunks.push_back(std::make_shared<Prepared>());
        chunks.back()->items.reserve(kChunkEvents);
        builder.emplace(*chunks.back(), options);
      }
      dom::element value;
      // The parser may look a little beyond the line, which near the end of the body needs a copy.
      const bool copy = static_cast<std::size_t>(end - at) < size + simdjson::SIMDJSON_PADDING;
      if (size > kEventBytesMax) builder->refuse(line, "connect.event_too_large");
      else if (parser().parse(at, size, copy).get(value) != simdjson::SUCCESS) builder->refuse(line, "connect.event_bad_json");
      else builder->add(value, size, line, nullptr);
    }
    at = stop + 1;
  }
  return chunks;
}

}  // namespace koi::connect::tracking
