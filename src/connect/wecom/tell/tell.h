/// Messages of the app to the merchant's own staff: written down first, sent by the desk, with a result for each person. Owns
/// connect_wecom_notice, connect_wecom_notice_to. Source: message/send, its limits and its repeat check.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct NoticeTag { static constexpr std::string_view prefix = "ntc"; };
using NoticeId = Id<NoticeTag>;

inline constexpr std::size_t kNoticeTitleMax = 128, kCardBodyMax = 440, kTextBodyMax = 1'800, kNoticeUrlMax = 2'048;  // bytes
inline constexpr std::size_t kNoticePeopleMax = 5'000;
/// What one person takes from one app; the platform drops the rest without a word, so it waits here.
inline constexpr int kPersonMinuteMax = 30, kPersonHourMax = 1'000;

struct TellStaff {
  std::string corp_id;
  std::string key;        // the caller's: the same message is written down once
  std::string title, body;
  std::string url;        // "": a text; else a card that leads there
  std::vector<std::string> userids;
  std::string asked_by;
};
/// Sent by the desk once the transaction stands. invalid "connect.notice_text" (empty, or longer than above; http(s) addresses alone),
/// "connect.notice_nobody" (no userid, or more than kNoticePeopleMax); conflict "connect.message_differs" (the key stands for other words).
Result<NoticeId> tell_staff(Tx& tx, const TellStaff& cmd);
/// At most `bytes`, cut between characters.
std::string cut_bytes(std::string_view text, std::size_t bytes);

/// The userid of a member of staff at this corp; "" when there is none.
Result<std::string> userid_of_staff(Tx& tx, std::string_view corp_id, StaffId staff);

struct NoticePerson { std::string userid, state /* waiting sent failed unknown */, error; std::optional<Instant> done_at; };
struct Notice {
  NoticeId id;
  std::string title, body, url, asked_by;
  Instant created_at{};
  std::int64_t waiting = 0, sent = 0, failed = 0, unknown = 0;
  std::vector<NoticePerson> people;   // those not sent first; at most 50
};
/// Newest first, before `before` (0: all).
Result<std::vector<Notice>> list_notices(Tx& tx, std::string_view corp_id, NoticeId before, int limit);
/// Once more to those it failed with, and where nobody knows; how many. not_found "connect.no_notice".
Result<std::int64_t> tell_again(Tx& tx, std::string_view corp_id, NoticeId notice);

/// Sends what is due, oldest first, at most a few calls; whether there is more at once. What was asked for and not answered is asked for
/// again word for word within four hours, in which the platform shows it once; after that it is unknown. Passes up what is nobody's fault.
Result<bool> send_notices(Db& db, Platform& platform, const std::string& corp_id, std::int64_t agent_id);
/// Those 90 days old; how many rows.
Result<std::int64_t> prune_notices(Tx& tx, int limit);

}  // namespace koi::connect::wecom
