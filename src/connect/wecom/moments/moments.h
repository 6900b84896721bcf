/// Moments 客户朋友圈: a post that guides are asked to publish, seen by customers they choose or who carry a tag. The platform makes it by
/// a job, each guide publishes it in the client, and who liked it or commented is asked for over a month.
///
/// draft → sending → asked → sent → done, or refused, or cancelled. Sending begins a minute after it was started and may be taken back
/// until then. asked is written before the platform is; a job whose answer was lost is looked for among the platform's moments by its
/// words, and when none shows up within kLookFor it is a draft again: whoever wrote it decides. Never published twice unasked.
/// Owns connect_wecom_moment, _moment_guide, _moment_word. Source: WeCom's pages on add_moment_task and its kin.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/wecom/mass/mass.h"
#include "entry/spec.h"
#include "people/tags.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::connect::wecom {

struct MomentTag { static constexpr std::string_view prefix = "mom"; };
using MomentId = Id<MomentTag>;

inline constexpr std::size_t kMomentText = 2000, kMomentPictures = 9;
inline constexpr Millis kLookFor = std::chrono::minutes(10), kMomentMonth = std::chrono::days(30);

struct MomentSpec {
  std::string name, text;
  std::vector<entry::WelcomePart> parts;  // up to nine pictures, or one video, or one link with a picture; media: "med_…"
  std::vector<StaffId> staff;             // none: everybody who serves customers
  std::vector<people::TagId> tags;        // seen by customers with any of them; none: by all
};
BOOST_DESCRIBE_STRUCT(MomentSpec, (), (name, text, parts, staff, tags))
/// What is absent is as above; codes of http/wire.h.
Result<MomentSpec> read_moment_spec(std::string_view json);

struct Moment {
  MomentId id;
  std::string corp_id, state, author, error;
  MomentSpec spec;
  std::int64_t guides = 0, published = 0, reach = 0, likes = 0, comments = 0;
  std::optional<Instant> start_at, made_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};

/// not_found "connect.no_corp", "connect.no_media"; invalid "connect.moment_name", "connect.moment_empty", "connect.moment_text",
/// "connect.moment_part" (mixed, too many, or without what it needs), "connect.moment_staff" (nobody the corp knows), "connect.moment_tag"
/// (one the corp does not have). A limited scope posts through its own staff alone: forbidden "connect.moment_staff".
struct NewMoment { std::string corp_id; MomentSpec spec; std::string author; };
Result<Moment> create_moment(Tx& tx, const Scope& scope, const NewMoment& cmd);
/// A draft. conflict "connect.mass_state".
Result<Moment> edit_moment(Tx& tx, const Scope& scope, MomentId id, const MomentSpec& spec);
/// not_found "connect.no_moment", also outside the scope.
Result<Moment> find_moment(Tx& tx, const Scope& scope, MomentId id);
/// Newest first, before `before` (0: all), of a state ("": all).
Result<std::vector<Moment>> list_moments(Tx& tx, const Scope& scope, std::string_view state, MomentId before, int limit);
/// From `at` on, but not before kTakeBack. conflict "connect.mass_state".
Result<Moment> start_moment(Tx& tx, const Scope& scope, MomentId id, std::optional<Instant> at);
/// One that has not begun is a draft again; of one that has, guides who have not published cannot any more. conflict "connect.mass_state".
Result<Moment> stop_moment(Tx& tx, const Scope& scope, MomentId id);
/// What became of it is asked for at once.
Result<Moment> refresh_moment(Tx& tx, const Scope& scope, MomentId id);
/// conflict "connect.mass_state" unless it is a draft.
Result<> drop_moment(Tx& tx, const Scope& scope, MomentId id);

struct MomentGuide { std::string userid; StaffId staff; std::optional<Instant> published_at; std::int64_t reach = 0, likes = 0, comments = 0; };
/// Who has published first, then by what it moved; at most 1,000.
Result<std::vector<MomentGuide>> moment_guides(Tx& tx, const Scope& scope, MomentId id);
struct MomentWord { std::int64_t id = 0; PersonId person; StaffId staff; std::string kind /* like comment */; Instant at; };
/// Of people the scope covers, newest first, before `before` (0: all).
Result<std::vector<MomentWord>> moment_words(Tx& tx, const Scope& scope, MomentId id, std::int64_t before, int limit);

/// One round: at most `calls_max` moments of what is due. How many it had in hand. A process killed anywhere takes up what it left.
Result<int> work_moments(Db& db, const PlatformOf& platform, int calls_max);

std::span<const http::Route> moment_routes();

}  // namespace koi::connect::wecom
