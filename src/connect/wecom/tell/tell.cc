#include "connect/wecom/tell/tell.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct NoticeRow { NoticeId id; std::string title, body, url, asked_by; Instant created_at; };
BOOST_DESCRIBE_STRUCT(NoticeRow, (), (id, title, body, url, asked_by, created_at))
struct NoticeCount { std::string state; std::int64_t n = 0; };
BOOST_DESCRIBE_STRUCT(NoticeCount, (), (state, n))
BOOST_DESCRIBE_STRUCT(NoticePerson, (), (userid, state, error, done_at))

namespace {

#define KOI_NOTICE "SELECT id, title, body, url, asked_by, created_at FROM connect_wecom_notice "
constexpr std::string_view kByKey = KOI_NOTICE "WHERE corp_id = $1 AND caller_key = $2";
constexpr std::string_view kById = KOI_NOTICE "WHERE corp_id = $1 AND id = $2";
constexpr std::string_view kList = KOI_NOTICE "WHERE corp_id = $1 AND (id < $2 OR $2 = 0) ORDER BY id DESC LIMIT $3";
constexpr std::string_view kAdd =
    "INSERT INTO connect_wecom_notice (id, corp_id, caller_key, title, body, url, asked_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kAddTo =
    "INSERT INTO connect_wecom_notice_to (notice_id, userid, corp_id, state, batch, due_at, error) VALUES ($1, $2, $3, 'waiting', 0, $4, '') ON CONFLICT DO NOTHING";
constexpr std::string_view kCounts = "SELECT state, COUNT(*) FROM connect_wecom_notice_to WHERE notice_id = $1 GROUP BY state";
constexpr std::string_view kPeople =
    "SELECT userid, CASE WHEN state = 'asked' THEN 'waiting' ELSE state END, error, done_at FROM connect_wecom_notice_to WHERE notice_id = $1 "
    "ORDER BY CASE WHEN state = 'sent' THEN 1 ELSE 0 END, userid LIMIT 50";
constexpr std::string_view kAgain =
    "UPDATE connect_wecom_notice_to SET state = 'waiting', batch = 0, due_at = $2, done_at = NULL, error = '' WHERE notice_id = $1 AND state IN ('failed', 'unknown')";
constexpr std::string_view kPruneTo =
    "DELETE FROM connect_wecom_notice_to WHERE notice_id IN (SELECT id FROM connect_wecom_notice WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
constexpr std::string_view kPrune =
    "DELETE FROM connect_wecom_notice WHERE id IN (SELECT id FROM connect_wecom_notice WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
constexpr std::string_view kPruneTold = "DELETE FROM connect_wecom_told WHERE at < $1";
constexpr std::string_view kUserid = "SELECT userid FROM connect_wecom_staff WHERE corp_id = $1 AND staff_id = $2 AND gone_at IS NULL ORDER BY userid LIMIT 1";
constexpr std::string_view kAnywhere = "SELECT COUNT(*) FROM connect_wecom_staff WHERE staff_id = $1";
constexpr std::string_view kCorps = "SELECT COUNT(*) FROM connect_corp";
constexpr auto kKept = std::chrono::days(90);
constexpr std::size_t kKeyMax = 200, kUseridMax = 64;

bool is_web(std::string_view url) { return url.starts_with("https://") || url.starts_with("http://"); }

Result<> check(const TellStaff& c) {
  const auto body_max = c.url.empty() ? kTextBodyMax : kCardBodyMax;
  const auto wrong = [](std::string_view text, std::size_t max) { return trim(text).empty() || text.size() > max || !valid_utf8(text); };
  if (wrong(c.title, kNoticeTitleMax)) return fail(Errc::invalid, "connect.notice_text", "title", "/title");
  if (wrong(c.body, body_max)) return fail(Errc::invalid, "connect.notice_text", "body", "/body");
  if (!c.url.empty() && (!is_web(c.url) || c.url.size() > kNoticeUrlMax)) return fail(Errc::invalid, "connect.notice_text", "url", "/url");
  if (wrong(c.key, kKeyMax)) return fail(Errc::invalid, "connect.notice_text", "key", "/key");
  // '|' parts one userid from the next, '@all' is everybody.
  const auto odd = [](const std::string& id) { return id.empty() || id.size() > kUseridMax || id.find_first_of("|\r\n") != id.npos || id == "@all"; };
  if (c.userids.empty() || c.userids.size() > kNoticePeopleMax || std::ranges::any_of(c.userids, odd)) return fail(Errc::invalid, "connect.notice_nobody", {}, "/userids");
  return {};
}

}  // namespace

std::string cut_bytes(std::string_view text, std::size_t bytes) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= bytes) return std::string(text);
  auto end = bytes - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + std::string(kMore);
}

Result<NoticeId> tell_staff(Tx& tx, const TellStaff& cmd) {
  TRY(check(cmd));
  TRY(const auto before, tx.maybe<NoticeRow>(kByKey, cmd.corp_id, cmd.key));
  if (before) {
    if (before->title != cmd.title || before->body != cmd.body || before->url != cmd.url) return fail(Errc::conflict, "connect.message_differs", cmd.key);
    return before->id;
  }
  const auto id = tx.next_id<NoticeId>();
  TRY(tx.exec(kAdd, id, cmd.corp_id, cmd.key, cmd.title, cmd.body, cmd.url, cmd.asked_by, tx.now()));
  for (const auto& userid : std::set<std::string>(cmd.userids.begin(), cmd.userids.end())) TRY(tx.exec(kAddTo, id, userid, cmd.corp_id, tx.now()));
  return id;
}

Result<std::string> userid_of_staff(Tx& tx, std::string_view corp_id, StaffId staff) {
  if (!staff) return std::string();
  TRY(const auto known, tx.maybe<std::string>(kUserid, corp_id, staff));
  if (known) return *known;
  // Tied by hand before the directory was walked; with two corps nobody knows whose userid it is.
  TRY(const auto anywhere, tx.one<std::int64_t>(kAnywhere, staff));
  TRY(const auto corps, tx.one<std::int64_t>(kCorps));
  if (anywhere > 0 || corps != 1) return std::string();
  const auto found = team::find_staff(tx, Scope::everything("who is told"), staff);
  return found && found->state == "active" ? found->wecom_userid : std::string();
}

Result<std::vector<Notice>> list_notices(Tx& tx, std::string_view corp_id, NoticeId before, int limit) {
  TRY(auto rows, tx.all<NoticeRow>(kList, corp_id, before.v, limit));
  std::vector<Notice> out;
  for (auto& r : rows) {
    Notice n{r.id, std::move(r.title), std::move(r.body), std::move(r.url), std::move(r.asked_by), r.created_at, 0, 0, 0, 0, {}};
    TRY(const auto counts, tx.all<NoticeCount>(kCounts, n.id));
    for (const auto& c : counts) (c.state == "sent" ? n.sent : c.state == "failed" ? n.failed : c.state == "unknown" ? n.unknown : n.waiting) += c.n;
    TRY(n.people, tx.all<NoticePerson>(kPeople, n.id));
    out.push_back(std::move(n));
  }
  return out;
}

Result<std::int64_t> tell_again(Tx& tx, std::string_view corp_id, NoticeId notice) {
  TRY(const auto there, tx.maybe<NoticeRow>(kById, corp_id, notice));
  if (!there) return fail(Errc::not_found, "connect.no_notice", to_text(notice));
  return tx.exec(kAgain, notice, tx.now());
}

Result<std::int64_t> prune_notices(Tx& tx, int limit) {
  TRY(tx.exec(kPruneTo, tx.now() - kKept, limit));
  TRY(tx.exec(kPruneTold, tx.now() - kKept));
  return tx.exec(kPrune, tx.now() - kKept, limit);
}

}  // namespace koi::connect::wecom
