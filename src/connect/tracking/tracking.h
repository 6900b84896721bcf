/// The Segment tracking API and the NDJSON bulk door, made for speed: JSON is read where the request arrives, the Writer
/// sees prepared events only. Owns no table: identity is people's, the log is events'. Source: model.md §9.1,
/// interfaces.md §8.3.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "events/events.h"
#include "http/http.h"
#include "people/people.h"

namespace koi::connect::tracking {

constexpr std::size_t kEventBytesMax = 64 << 10;
constexpr std::size_t kBatchBytesMax = 4 << 20;
constexpr std::size_t kBatchEventsMax = 1000;     // of one /v1/batch
constexpr std::size_t kChunkEvents = 2000;        // of one Writer operation; a bulk request may hold many
constexpr std::size_t kIdMax = 100, kUserMax = 200;
constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kTraitsMax = 50;           // of one identify; further ones are left out
constexpr std::size_t kProblemsMax = 1000;        // listed in a bulk reply; all are counted

enum class Type : std::uint8_t { track, identify, alias, group, page, screen };

/// One event, ready for the Writer. Views are of the arena.
struct Item {
  Type type = Type::track;
  std::string_view kind, id, evidence, props = "{}", previous;  // previous: the old id of an alias
  std::uint32_t first_ident = 0, idents = 0, first_trait = 0, traits = 0;
  std::int64_t amount_fen = 0;
  events::IdHash hash;             // of the id, computed off the writer's thread
  Instant raw_at{}, at{};
  bool late = false, asserts = false;
  std::int64_t line = 0;           // place in the request, from 1
  std::string_view refused;        // a code: never reaches the Writer
};

struct Prepared {
  std::string source;
  Instant received{};
  Arena arena;
  std::vector<people::Ident> idents;
  std::vector<std::pair<std::string, std::string>> traits;  // of identifies: attribute, value
  std::vector<Item> items;
};

struct ReadOptions {
  std::string source;
  Instant received{};
  bool history = false;  // /v1/import: old times are no lateness, clocks are not corrected
};
/// One call of the Segment API; `type` is the route's. malformed "connect.bad_json".
Result<std::shared_ptr<Prepared>> read_single(const std::string& body, Type type, const ReadOptions& options);
/// {"batch": [...], "sentAt": ...}. malformed "connect.bad_json", "connect.no_batch"; too_large "connect.batch_too_long".
Result<std::shared_ptr<Prepared>> read_batch(const std::string& body, const ReadOptions& options);
/// NDJSON: one event a line, Segment's names or ours (model.md §9.1). A line that is no event is refused alone.
std::vector<std::shared_ptr<Prepared>> read_lines(const std::string& body, const ReadOptions& options);

/// How each item ended, in the order of Prepared::items.
struct Outcome {
  events::Verdict verdict = events::Verdict::accepted;
  std::string code, pointer;
};
/// Resolves who it is about and appends each event; a refusal of one is no refusal of the others. Repeat-safe by
/// (source, id). An identify also sets attributes, an alias joins two identities.
Result<std::vector<Outcome>> accept(Tx& tx, const Prepared& batch);

/// A kind of ours for an event name of the Segment spec ("Order Completed" -> "order_paid"), or the name in
/// object_action form.
std::string kind_of(std::string_view name);

std::span<const http::Route> routes();

}  // namespace koi::connect::tracking
