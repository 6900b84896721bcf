/// What the platform should have ("contact way" of WeCom): one for each guide of a code whose page assigns, one for a code
/// that the platform assigns; and where a code says so an acquisition link, which the platform assigns, too. This room says what is wanted; a connector brings the platform to it and writes back what was made.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "entry/entry.h"

namespace koi::entry {

struct WayTag { static constexpr std::string_view prefix = "way"; };
using WayId = Id<WayTag>;

struct Way {
  WayId id;
  CodeId code;
  std::string state;  // at most 30 characters, unique: comes back with the friend
  std::string remark, config_id, qr_url, error;
  std::vector<std::string> users;  // wecom userids
  bool skip_verify = true, exclusive = false;
  bool wanted = true;  // false: to be deleted
  std::int64_t want_ver = 0, made_ver = 0;
  bool link = false;               // an acquisition link: config_id is its link_id, qr_url its address with our state in it
};
/// Ways whose want_ver is above made_ver and that do not wait after a failure, in order of ids after `after`. A way nobody ever
/// made and that is not wanted any more is left out.
Result<std::vector<Way>> ways_to_make(Tx& tx, std::int64_t after, int limit);
/// The platform has the way as of `ver`. Repeat-safe; an older ver than what is known changes nothing. not_found "entry.no_way".
/// For a way that was deleted both texts are empty.
Result<> way_made(Tx& tx, WayId way, std::int64_t ver, std::string_view config_id, std::string_view qr_url);
/// The platform refused; asked again from try_again on. Raises an alarm.
Result<> way_failed(Tx& tx, WayId way, std::string_view code, Instant try_again);
/// Somebody deleted or changed it in the platform's console: it is to be made anew.
Result<> way_lost(Tx& tx, std::string_view config_id);
/// Of an acquisition link: nobody it leads to can serve, or somebody deleted it in the platform's console and it is made anew. Raises
/// "link_unavailable" or "link_deleted". Nothing for a link that is none of ours.
Result<> link_trouble(Tx& tx, std::string_view link_id, bool deleted);
/// What was bought of acquisition is running out (low, empty, expiring) or is there again (ok): alarms of the codes that have links.
Result<> link_balance(Tx& tx, std::string_view news, std::string detail);
/// The code's acquisition link as it stands: "" while it is not made.
struct AcquisitionLink { bool wanted = false; std::string url, error; };
Result<AcquisitionLink> acquisition_link(Tx& tx, CodeId code);
/// The platform that had them is gone: at most `limit` that were made are wanted anew; how many.
Result<int> forget_made_ways(Tx& tx, int limit);
/// How many of ours stand on the platform, those to groups among them: they share its quota. Acquisition links do not.
Result<std::int64_t> ways_there(Tx& tx);

}  // namespace koi::entry
