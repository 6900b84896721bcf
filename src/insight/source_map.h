/// Path × pool: which pool carries people how far along the path 拉新 → 留存 → 转化 → 复购 → 推荐. A pool is where people can be
/// reached again (a guide's friends, groups, followers, the mini program, live rooms, stores); somebody may be in several.
/// Both are rules of the segment language, so that every number can be opened, saved as a segment and argued about.
#pragma once
#include "http/wire.h"
#include "insight/insight.h"

namespace koi::insight {

/// Whom the map is about besides the scope.
struct SourceMapSpec { std::optional<std::string> segment, among; };
BOOST_DESCRIBE_STRUCT(SourceMapSpec, (), (segment, among))
/// `rate` is of the pool's people; null in an empty pool.
struct SourceCell { std::string_view step; std::int64_t people = 0; std::optional<double> rate; };
BOOST_DESCRIBE_STRUCT(SourceCell, (), (step, people, rate))
struct SourcePool { std::string_view pool, rule; std::vector<SourceCell> steps; };
BOOST_DESCRIBE_STRUCT(SourcePool, (), (pool, rule, steps))
/// `main`: the pool that carries most people through the step; "" when nobody came so far. `people` of everybody.
struct SourceStep { std::string_view step, rule, main; std::int64_t people = 0; };
BOOST_DESCRIBE_STRUCT(SourceStep, (), (step, rule, main, people))
struct SourceMap { Instant as_of{}; std::int64_t people = 0; std::vector<SourceStep> steps; std::vector<SourcePool> pools; };
BOOST_DESCRIBE_STRUCT(SourceMap, (), (as_of, people, steps, pools))

/// Codes of find_segment and people_of_text, and "events.columns_building".
Result<SourceMap> ask_source_map(Tx& tx, const Scope& scope, const SourceMapSpec& spec);

}  // namespace koi::insight
