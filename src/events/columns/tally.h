/// Sums over what each person did: how often, how much, when first and last. Rules, RFM and features of a person are
/// comparisons of such sums.
#pragma once
#include "events/columns/funnel.h"

namespace koi::events::columns {

struct TallyOf {
  Step what;
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;  // [from, to)
  std::string property = std::string(kAmount);         // what sum, least and most are of; events without it only count
  bool times = true;                                   // whether first_at and last_at are asked for
};
struct Sum {
  std::uint32_t count = 0, valued = 0;      // events; those that carry the property
  std::int64_t sum = 0;                     // whole numbers, exact
  std::int64_t micros = 0;                  // what is no whole number, apart, in millionths: the same in whatever order
  std::int64_t first_at = INT64_MAX, last_at = INT64_MIN;
  double least = 0, most = 0;               // of `valued` > 0
  double total() const { return static_cast<double>(sum) + static_cast<double>(micros) / 1e6; }
};

/// Whether lanes alone answer it: a small part of the bytes.
bool stands_alone(const View& view, const TallyOf& of);

/// Calls fn(person, one Sum for each question) for whoever may have such events; the sums of everybody else who was asked about
/// are empty. From several threads, but never from two for people of the same 64, so that bits and slots of ordinals can be
/// written.
using TallyFn = std::function<void(Ordinal, std::span<const Sum>)>;
void tally(const View& view, const ScanOptions& options, std::span<const TallyOf> of,
           const SourceNames& source_of, const TallyFn& fn);

/// How often or how much, between two bounds, both included; `outside`: not between them.
struct SumWithin {
  std::size_t of = 0;  // which of the questions
  bool counts = true;  // how often; else how much
  std::int64_t least = 0, most = 0;
  bool outside = false;
};
/// Everybody asked about who is within, a set for each; nothing unless lanes answer all of a few questions. Several times as
/// fast as tally().
std::optional<std::vector<People>> people_within(const View& view, const ScanOptions& options, std::span<const TallyOf> of, std::span<const SumWithin> within);
/// `options` with no more than the time these questions are about.
ScanOptions in_time_of(ScanOptions options, std::span<const TallyOf> of);

/// Recency, frequency and money of one behaviour in `tiles` equal groups each (1 lowest): a person's group is
/// 1 + tiles * (how many have less) / everybody, as rank() counts.
struct RfmCell { int r = 0, f = 0, m = 0; std::uint64_t people = 0; std::int64_t fen = 0; };
struct RfmAnswer {
  std::uint64_t people = 0;
  std::vector<RfmCell> cells;  // those somebody is in, by r, f, m
  People in;                   // of the cell asked for
};
struct RfmQuestion {
  TallyOf of;
  int tiles = 5;
  std::optional<RfmCell> cell = {};  // collect its people; 0 in r, f or m: any
  SourceNames source_of = {};
};
RfmAnswer rfm(const View& view, const ScanOptions& options, const RfmQuestion& question);

}  // namespace koi::events::columns
