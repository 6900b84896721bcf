// Messages on their way: whom one call names is written down before it is made, and a call nobody answered is made again word for word.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/tell/tell.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct DueRow { NoticeId notice; std::string userid; };
BOOST_DESCRIBE_STRUCT(DueRow, (), (notice, userid))
struct FullRow { std::string userid; Instant first_at; };
BOOST_DESCRIBE_STRUCT(FullRow, (), (userid, first_at))
struct WordsRow { std::string title, body, url; Instant created_at; };
BOOST_DESCRIBE_STRUCT(WordsRow, (), (title, body, url, created_at))
struct BatchRow { std::int64_t batch = 0; NoticeId notice; Instant asked_at; };
BOOST_DESCRIBE_STRUCT(BatchRow, (), (batch, notice, asked_at))

namespace {

constexpr std::string_view kDue =
    "SELECT notice_id, userid FROM connect_wecom_notice_to WHERE corp_id = $1 AND state = 'waiting' AND due_at <= $2 ORDER BY notice_id, userid LIMIT $3";
constexpr std::string_view kFull =
    "SELECT userid, MIN(asked_at) FROM connect_wecom_notice_to WHERE corp_id = $1 AND asked_at > $2 AND state <> 'waiting' GROUP BY userid HAVING COUNT(*) >= $3";
constexpr std::string_view kPutOff = "UPDATE connect_wecom_notice_to SET due_at = $4 WHERE corp_id = $1 AND userid = $2 AND state = 'waiting' AND due_at <= $3";
constexpr std::string_view kAsking =
    "UPDATE connect_wecom_notice_to SET state = 'asked', batch = $3, asked_at = $4, due_at = $5, error = '' WHERE notice_id = $1 AND userid = $2 AND state = 'waiting'";
constexpr std::string_view kWords = "SELECT title, body, url, created_at FROM connect_wecom_notice WHERE id = $1";
constexpr std::string_view kNames = "SELECT userid FROM connect_wecom_notice_to WHERE notice_id = $1 AND batch = $2 AND state = 'asked' ORDER BY userid";
constexpr std::string_view kOpen =
    "SELECT batch, notice_id, MIN(asked_at) FROM connect_wecom_notice_to WHERE corp_id = $1 AND state = 'asked' AND due_at <= $2 GROUP BY batch, notice_id ORDER BY batch LIMIT $3";
constexpr std::string_view kWait = "UPDATE connect_wecom_notice_to SET due_at = $3, error = $4 WHERE notice_id = $1 AND batch = $2 AND state = 'asked'";
constexpr std::string_view kBack = "UPDATE connect_wecom_notice_to SET state = 'waiting', batch = 0, asked_at = NULL, due_at = $4, error = $3 WHERE notice_id = $1 AND batch = $2 AND state = 'asked'";
constexpr std::string_view kEnd = "UPDATE connect_wecom_notice_to SET state = $3, done_at = $4, error = $5 WHERE notice_id = $1 AND batch = $2 AND state = 'asked'";
constexpr std::string_view kEndOne = "UPDATE connect_wecom_notice_to SET state = $4, done_at = $5, error = $6 WHERE notice_id = $1 AND batch = $2 AND userid = $3 AND state = 'asked'";

constexpr int kNamesMax = 1'000, kCallsMax = 20;
/// The platform shows the same words to the same people once in this time; ours ends a little earlier.
constexpr std::int64_t kRepeatCheckS = 14'400;
constexpr auto kRepeatable = std::chrono::seconds(kRepeatCheckS - 600);
constexpr auto kSettle = std::chrono::seconds(60);
constexpr int kNobody = 81013;
constexpr std::size_t kTextMax = 2'000;  // bytes, of the platform's 2,048 with the time

/// "<" would begin a tag of the card, and a link in a text.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "＜";
    else if (c == '>') out += "＞";
    else out += c;
  }
  return out;
}

/// Seconds, so that no two messages are the same words: the platform would show one of them.
std::string time_of(Instant at) {
  const auto local = std::chrono::sys_seconds(std::chrono::seconds(to_ms(at) / 1000 + 8 * 3600));
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

json::object call_of(const WordsRow& w, const std::vector<std::string>& names, std::int64_t agent) {
  std::string to;
  for (const auto& n : names) to += (to.empty() ? "" : "|") + n;
  json::object out{{"touser", to}, {"agentid", agent}, {"enable_duplicate_check", 1}, {"duplicate_check_interval", kRepeatCheckS}};
  const auto at = time_of(w.created_at);
  if (w.url.empty()) {
    out["msgtype"] = "text";
    out["text"] = json::object{{"content", cut_bytes(plain(w.title) + "\n" + plain(w.body), kTextMax) + "\n" + at}};
  } else {
    out["msgtype"] = "textcard";
    out["textcard"] = json::object{{"title", cut_bytes(plain(w.title), kNoticeTitleMax)}, {"description", "<div class=\"gray\">" + at + "</div>" + cut_bytes(plain(w.body), kCardBodyMax)}, {"url", w.url}, {"btntxt", "查看"}};
  }
  return out;
}

std::set<std::string> names_in(const json::object& reply, std::string_view field) {
  std::set<std::string> out;
  const auto joined = text_in(reply, field);
  for (const auto name : split_text(joined, '|'))
    if (!name.empty()) out.insert(lower_ascii(name));
  return out;
}

struct Batch { std::int64_t id = 0; NoticeId notice; std::vector<std::string> names; WordsRow words; };

class Sending {
 public:
  Sending(Db& db, Platform& platform, const std::string& corp, std::int64_t agent) : db_(db), platform_(platform), corp_(corp), agent_(agent) {}

  Result<bool> go() {
    TRY(again());
    for (int calls = 0; calls < kCallsMax; ++calls) {
      TRY(const auto batch, next());
      if (!batch) return false;
      TRY(send(*batch, true));
    }
    return true;
  }

 private:
  template <class F>
  auto write(F&& fn) { return db_.write(std::forward<F>(fn), shard_of_corp(corp_)); }

  /// Calls nobody answered, or that a crash cut short.
  Result<> again() {
    TRY(const auto open, db_.read([&](Tx& tx) { return tx.all<BatchRow>(kOpen, corp_, tx.now(), kCallsMax); }));
    for (const auto& b : open) {
      if (db_.clock().now() > b.asked_at + kRepeatable) {
        TRY(write([&](Tx& tx) { return tx.exec(kEnd, b.notice, b.batch, "unknown", tx.now(), "connect.wecom_unknown_outcome"); }));
        continue;
      }
      Batch batch{b.batch, b.notice, {}, {}};
      TRY(db_.read([&](Tx& tx) -> Result<> {
        TRY(batch.names, tx.all<std::string>(kNames, b.notice, b.batch));
        TRY(batch.words, tx.one<WordsRow>(kWords, b.notice));
        return {};
      }));
      TRY(send(batch, false));
    }
    return {};
  }

  /// The oldest message that is due to somebody who may have it now; who took all they may is put off until the first of it is old.
  Result<std::optional<Batch>> next() {
    TRY(const auto some, db_.read([&](Tx& tx) { return tx.all<DueRow>(kDue, corp_, tx.now(), 1); }));
    if (some.empty()) return std::nullopt;
    return write([&](Tx& tx) -> Result<std::optional<Batch>> {
      for (const auto& [span, most] : {std::pair(Millis(std::chrono::minutes(1)), kPersonMinuteMax), std::pair(Millis(std::chrono::hours(1)), kPersonHourMax)}) {
        TRY(const auto full, tx.all<FullRow>(kFull, corp_, tx.now() - span, most));
        for (const auto& f : full) TRY(tx.exec(kPutOff, corp_, f.userid, tx.now(), f.first_at + span));
      }
      TRY(const auto due, tx.all<DueRow>(kDue, corp_, tx.now(), kNamesMax));
      if (due.empty()) return std::nullopt;
      Batch out{tx.next_id<NoticeId>().v, due.front().notice, {}, {}};
      for (const auto& d : due) {
        if (d.notice != out.notice) break;
        TRY(tx.exec(kAsking, d.notice, d.userid, out.id, tx.now(), tx.now() + kSettle));
        out.names.push_back(d.userid);
      }
      TRY(out.words, tx.one<WordsRow>(kWords, out.notice));
      return out;
    });
  }

  Result<> send(const Batch& b, bool first) {
    const auto reply = platform_.ask("message/send", call_of(b.words, b.names, agent_));
    if (reply) return sent(b, *reply);
    const auto& e = reply.error();
    const auto why = e.detail.empty() ? e.code : e.code + " " + e.detail;
    if (e.code == "connect.wecom_refused") {
      const bool nobody = refused_with(e, kNobody);
      TRY(write([&](Tx& tx) { return tx.exec(kEnd, b.notice, b.id, "failed", tx.now(), nobody ? std::string("connect.notice_invalid") : why); }));
      return {};
    }
    // Either it was not done, and the first try may be forgotten; or nobody knows, and the same is asked for again.
    const bool unknown = e.code == "connect.wecom_unknown_outcome" || e.code == "connect.wecom_reply";
    TRY(write([&](Tx& tx) {
      return first && !unknown ? tx.exec(kBack, b.notice, b.id, why, tx.now()) : tx.exec(kWait, b.notice, b.id, tx.now() + kSettle, why);
    }));
    return std::unexpected(e);
  }

  Result<> sent(const Batch& b, const json::object& reply) {
    const auto strangers = names_in(reply, "invaliduser"), unlicensed = names_in(reply, "unlicenseduser");
    TRY(write([&](Tx& tx) -> Result<> {
      for (const auto& name : b.names) {
        const auto low = lower_ascii(name);
        const auto* why = strangers.contains(low) ? "connect.notice_invalid" : unlicensed.contains(low) ? "connect.notice_unlicensed" : nullptr;
        if (why) TRY(tx.exec(kEndOne, b.notice, b.id, name, "failed", tx.now(), why));
      }
      TRY(tx.exec(kEnd, b.notice, b.id, "sent", tx.now(), ""));
      return {};
    }));
    return {};
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  const std::int64_t agent_;
};

}  // namespace

Result<bool> send_notices(Db& db, Platform& platform, const std::string& corp_id, std::int64_t agent_id) {
  if (agent_id == 0) return false;  // what waits goes when the AgentId is entered; the doctor says so
  return Sending(db, platform, corp_id, agent_id).go();
}

}  // namespace koi::connect::wecom
