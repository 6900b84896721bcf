/// Pictures, films and files that messages carry: kept here for good, and brought to the platform when a message needs them, where
/// they live for three days. Owns connect_media, connect_wecom_media.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct MediaTag { static constexpr std::string_view prefix = "med"; };
using MediaId = Id<MediaTag>;

struct Media { MediaId id; std::string kind /* image video file */, name, type, digest; std::int64_t size = 0; Instant created_at; };

/// The platform's limits. Source: WeCom's page on media/upload.
inline constexpr std::size_t kImageMax = 10 << 20, kVideoMax = 10 << 20, kFileMax = 20 << 20, kMediaMin = 6;
/// It lives for 72 h there: brought again after the first, and good until the second.
inline constexpr Millis kMediaFresh = std::chrono::hours(60), kMediaLife = std::chrono::hours(71);

/// The kind is what the bytes are: JPG and PNG are pictures, MP4 is a film, anything else is a file. The same once more returns
/// the first. invalid "connect.media_empty"; too_large "connect.media_large".
struct NewMedia { std::string name; std::string_view bytes; };
Result<Media> keep_media(Tx& tx, const NewMedia& cmd);
/// not_found "connect.no_media".
Result<Media> find_media(Tx& tx, MediaId id);
Result<std::string> media_bytes(Tx& tx, MediaId id);
/// Newest first, before `before` (0: all), of a kind ("": all).
Result<std::vector<Media>> list_media(Tx& tx, std::string_view kind, MediaId before, int limit);
/// conflict "connect.media_in_use" while something that is not over, or a live code's welcome, carries it.
Result<> drop_media(Tx& tx, MediaId id);

/// Who else carries media says whether one is in use; at static initialisation.
using MediaUser = Result<bool> (*)(Tx& tx, std::string_view id_text);
bool know_media_user(MediaUser fn);

enum class Place : std::uint8_t { message, moment, album };
/// The platform's id of it, brought there when there is none or an old one. Codes of Platform and find_media. Waits. May run twice at once:
/// then it is brought twice, and either id will do.
Result<std::string> bring_media(Db& db, Platform& platform, const std::string& corp, MediaId id, Place place = Place::message);
/// What the platform calls it, without asking; "" when it is not there, or for longer than `age_max`.
Result<std::string> known_media(Tx& tx, std::string_view corp, MediaId id, Place place = Place::message, Millis age_max = kMediaFresh);
/// The platform was made anew: it has none of them.
Result<> forget_brought_media(Tx& tx, std::string_view corp);
/// Keeps at the platform what live codes' welcomes carry: the hot path has no time to bring it. Refused ones are tried again with the next round.
Result<> tend_welcome_media(Db& db, Platform& platform, const std::string& corp);

std::span<const http::Route> media_routes();

}  // namespace koi::connect::wecom
