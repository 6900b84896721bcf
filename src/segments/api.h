/// Inside the room: what its api files share, and their route tables.
#pragma once
#include "http/wire.h"
#include "segments/keep.h"
#include "segments/survey.h"

namespace koi::segments {

std::span<const Route> keep_routes();  // api.cc
std::span<const Route> ask_routes();   // api_ask.cc
std::span<const Route> look_routes();  // api_look.cc
std::span<const Route> list_routes();  // api_lists.cc
std::span<const Route> pack_routes();  // api_packs.cc

struct Sentence { std::string zh, en; };
BOOST_DESCRIBE_STRUCT(Sentence, (), (zh, en))
Sentence sentence_in(const Clause& clause, const Vocabulary& words);

/// What is asked about: a segment by id or name, or a rule as text or JSON; exactly one.
struct WhatIn {
  std::optional<std::string> segment, text;
  std::optional<http::Json> rule;
};
BOOST_DESCRIBE_STRUCT(WhatIn, (), (segment, text, rule))
struct What { Rule rule{}; std::optional<Segment> segment{}; };
/// invalid "segments.rule_missing", codes of read_rule and find_segment.
Result<What> what_of(Tx& tx, const WhatIn& in, const Vocabulary& words);
Result<events::columns::People> people_of(Survey& survey, const What& what);

Written written(const std::optional<std::string>& text, const std::optional<http::Json>& rule);
/// "user 7": who did it, as versions keep it.
std::string by_of(const Call& call);

struct SegmentOut : Segment {
  std::string text;
  std::optional<std::int64_t> size;
  std::string state;  // ready, filling, asked
  std::optional<Instant> filled_at;
  std::optional<std::int64_t> entered_today, left_today;
};
BOOST_DESCRIBE_STRUCT(SegmentOut, (Segment), (text, size, state, filled_at, entered_today, left_today))
/// Its size is of the caller's people, when it is kept; entering and leaving are everybody's and not shown to whoever sees less.
Result<SegmentOut> segment_out(Tx& tx, const Scope& scope, const Segment& segment);

/// Milliseconds since it was made.
class Stopwatch {
 public:
  std::int64_t millis() const { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_).count(); }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

/// Reads first, on a reader; then writes what came of it, with the record and audit of every write. For what takes longer than
/// the Writer may be kept.
template <class T>
Answer read_then_write(Call& call, ShardKey shard, std::function<Result<T>(Tx&)> look, std::function<Result<Reply>(Tx&, const T&)> act) {
  auto seen = std::make_shared<std::optional<T>>();
  auto keep = call.later();  // holds the request open
  auto queued = call.db().read_later(
      [seen, look = std::move(look)](Tx& tx) -> Result<> {
        TRY(*seen, look(tx));
        return {};
      },
      [&call, keep, seen, shard, act = std::move(act)](Result<> ended) {
        if (!ended) return keep(std::unexpected(std::move(ended).error()));
        call.write(shard, [seen, act](Tx& tx) { return act(tx, **seen); });
      });
  if (!queued) keep(std::unexpected(std::move(queued).error()));
  return Answer::Later{};
}

}  // namespace koi::segments
