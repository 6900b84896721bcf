/// Who follows an official account or uses a mini program, what they do there, and the codes they come through.
/// Owns wechat_fan, wechat_walk, wechat_code. Appends follow_subscribed, follow_unsubscribed, code_scanned, menu_clicked,
/// message_received_from_customer; scans of a live code's own QR go through entry::assign.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/crypto/callback_xml.h"
#include "connect/wechat/account.h"
#include "entry/entry.h"
#include "http/http.h"

namespace koi::connect::wechat {

class Desk;

// ---- who -----------------------------------------------------------------------------------------------------------

struct Fan { std::string app, openid, unionid; };
/// The person behind an openid, and behind the unionid when it is known; made when nobody is. `evidence` says where we
/// learnt it ("oa:wx1 scan koi_..."). Repeat-safe. Codes of people::resolve.
Result<PersonId> know_fan(Tx& tx, const Fan& fan, std::string_view evidence);
/// The openid of a person at an app; nothing when they were never seen there.
Result<std::optional<std::string>> openid_of(Tx& tx, PersonId person, std::string_view app);

// ---- what the platform pushes --------------------------------------------------------------------------------------

/// What is said back at once, as the platform's XML; empty: nothing.
struct PushReply { std::string xml; };
/// One push, opened: events become our own. Unknown kinds have no effect. Repeat-safe by the caller (note_push).
Result<PushReply> take_push(Tx& tx, std::string_view app, const crypto::CallbackXml& push);
/// The platform's name of a push: its MsgId, or who, when and what.
std::string push_name(const crypto::CallbackXml& push);
/// A push as JSON (mini programs, when set so) in the shape of the XML one; malformed "connect.callback_xml".
Result<crypto::CallbackXml> read_push(std::string_view text);

// ---- codes ---------------------------------------------------------------------------------------------------------

struct ChannelCodeTag { static constexpr std::string_view prefix = "wqr"; };
using ChannelCodeId = Id<ChannelCodeTag>;

struct NewCode {
  std::string app, name, channel;
  entry::CodeId code;      // the live code behind it; 0: none
  std::string state;       // of one of its ways; needs `code`
  std::string scene;       // "": made here. oa: at most 64 letters, mini: 32 of the platform's alphabet
  bool permanent = false;  // oa: there are 100,000 in all; mini programs' codes never end
  std::int64_t days = 30;  // 1-30, of one that is not permanent
  std::string page;        // mini: without "/" in front and without a query
};
struct ChannelCode {
  ChannelCodeId id;
  std::string app, scene, name, channel;
  entry::CodeId code;
  std::string state, page;
  bool permanent = false;
  std::string ticket, url;
  std::optional<Instant> expires_at, made_at;
  std::int64_t scans = 0, follows = 0;
  Instant created_at{};
  std::string error;
};
/// Written down first, then made by make_code. Repeat-safe by (app, scene) when a scene is given: conflict
/// "connect.scene_taken" with other content. invalid "connect.scene", "connect.code_days"; not_found "entry.no_code".
Result<ChannelCode> add_code(Tx& tx, const Scope& scope, std::string_view kind, const NewCode& cmd);
/// The platform makes it, unless it has. Codes of Host. Blocking.
Result<ChannelCode> make_code(Desk& desk, ChannelCodeId id);
/// not_found "connect.no_code".
Result<ChannelCode> find_channel_code(Tx& tx, ChannelCodeId id);
Result<std::optional<ChannelCode>> code_by_scene(Tx& tx, std::string_view app, std::string_view scene);
Result<std::vector<ChannelCode>> list_channel_codes(Tx& tx, std::string_view app, ChannelCodeId before, int limit);
/// The picture of a mini program's code; empty for an official account, whose picture the platform shows at `url_of_picture`.
Result<std::string> picture_of(Tx& tx, ChannelCodeId id);
std::string url_of_picture(const ChannelCode& code);

// ---- all of them ---------------------------------------------------------------------------------------------------

struct Walk { std::string app, state, error; std::int64_t seen = 0; Instant started_at{}; std::optional<Instant> ended_at; };
/// From now on all followers are gone through; one that runs goes on. For an official account.
Result<Walk> start_walk(Tx& tx, std::string_view app);
Result<std::optional<Walk>> find_walk(Tx& tx, std::string_view app);
/// One step of every account: a page of openids, or a hundred to ask about (also those who came since). Returns how many were
/// handled. Blocking.
std::int64_t walk_fans(Desk& desk);

std::span<const http::Route> fan_routes();

}  // namespace koi::connect::wechat
