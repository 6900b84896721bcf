/// Questions worth keeping: a name, a kind, the spec its route takes and how the answer is shown. One's own; when shared,
/// everybody's to see; on a shared dashboard of the same owner, seen there. Numbers are always the reader's: a chart is asked
/// anew in the scope of whoever looks.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/store.h"
#include "store/trail.h"

namespace koi::insight {

struct ChartTag { static constexpr std::string_view prefix = "cht"; };
using ChartId = Id<ChartTag>;

struct Chart {
  ChartId id;
  std::string owner_kind{};
  std::int64_t owner_id = 0;
  std::string owner_name{}, name{}, kind{}, spec{}, look{};
  bool shared = false;
  std::int64_t ver = 1;
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(Chart, (), (id, owner_kind, owner_id, owner_name, name, kind, spec, look, shared, ver, created_at, updated_at))

/// Who acts, and whether what others shared is theirs to change as well ("chart.manage").
struct Hand { store::Author who; bool all = false; };
/// What belongs to "system" is the house's: anybody who may write charts may change it.
bool may_change(const Hand& hand, std::string_view owner_kind, std::int64_t owner_id);

/// A part of a name as LIKE … ESCAPE '\' takes it, in small letters; "" for nothing.
std::string like_text(std::string_view q);

inline constexpr int kChartsMax = 200;                        // an owner
inline constexpr std::size_t kChartNameMax = 60;              // characters
inline constexpr std::size_t kSpecMax = 16 * 1024;            // bytes
inline constexpr std::size_t kLookMax = 8, kLookTextMax = 40;  // texts; characters of one

/// What the route of a kind would refuse is refused with the same code, its pointer under "/spec". invalid "insight.chart_kind".
Result<> check_chart(Tx& tx, std::string_view kind, std::string_view spec);

struct ChartList { std::string q{}; std::string kind{}; bool mine = false; ChartId after{}; int limit = 50; };
/// One's own and the shared ones, newest first; `q`: part of the name.
Result<std::vector<Chart>> charts(Tx& tx, const store::Author& who, const ChartList& list);
/// not_found "insight.no_chart" unless it may be seen.
Result<Chart> chart(Tx& tx, const store::Author& who, ChartId id);
/// On how many dashboards it stands.
Result<std::int64_t> chart_use(Tx& tx, ChartId id);

using Look = std::map<std::string, std::string>;
struct ChartIn { std::string name{}, kind{}, spec{}; Look look{}; bool shared = false; };
/// invalid "insight.chart_name", "insight.chart_view", "insight.spec_too_long", codes of check_chart; conflict
/// "insight.chart_exists"; exhausted "insight.chart_limit".
Result<Chart> create_chart(Tx& tx, const store::Author& who, const ChartIn& in);
struct ChartChange {
  std::optional<std::string> name{}, spec{};
  std::optional<Look> look{};
  std::optional<bool> shared{};
  std::optional<std::int64_t> ver{};  // the one that was looked at
};
/// forbidden "insight.not_yours"; precondition "insight.stale"; codes of create_chart and chart.
Result<Chart> update_chart(Tx& tx, const Hand& hand, ChartId id, const ChartChange& change);
/// It leaves every dashboard it stands on.
Result<> delete_chart(Tx& tx, const Hand& hand, ChartId id);

}  // namespace koi::insight
