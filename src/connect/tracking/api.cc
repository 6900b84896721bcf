/// POST /v1/track and its siblings as Segment's libraries call them, and POST /v1/events for bulk.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/crypto.h"
#include "connect/tracking/tracking.h"
#include "http/wire.h"

namespace koi::connect::tracking {

struct ReceiptView {
  std::int64_t index = 0;
  std::string message_id, verdict, code, pointer;
};
BOOST_DESCRIBE_STRUCT(ReceiptView, (), (index, message_id, verdict, code, pointer))
struct TrackQuery { std::optional<std::int64_t> receipts; };
BOOST_DESCRIBE_STRUCT(TrackQuery, (), (receipts))
struct TrackReply {
  bool success = true;
  std::optional<std::vector<ReceiptView>> receipts;
};
BOOST_DESCRIBE_STRUCT(TrackReply, (), (success, receipts))

struct Problem {
  std::int64_t line = 0;
  std::string id, verdict, code, pointer;
};
BOOST_DESCRIBE_STRUCT(Problem, (), (line, id, verdict, code, pointer))
struct BulkReply {
  std::int64_t received = 0, accepted = 0, duplicate = 0, late = 0, quarantined = 0, rejected = 0;
  std::vector<Problem> problems;
  bool problems_cut = false;  // more than are listed
};
BOOST_DESCRIBE_STRUCT(BulkReply, (), (received, accepted, duplicate, late, quarantined, rejected, problems, problems_cut))

namespace {

constexpr std::string_view kSuccess = R"({"success":true,"receipts":null})";  // as TrackReply is written
constexpr std::size_t kInlineBytes = 256 << 10;  // larger bodies are read on the parse thread
constexpr std::size_t kParseQueueMax = 64;

std::string_view verdict_text(events::Verdict v) {
  constexpr std::string_view names[] = {"accepted", "duplicate", "quarantined", "rejected", "late"};
  return names[static_cast<std::size_t>(v)];
}

ReadOptions options_of(Call& call, bool history = false) {
  return {.source = call.actor().source_key, .received = call.db().clock().now(), .history = history};
}

/// Events of one source meet on one writer, so that two requests about one person do not race.
ShardKey shard_of(const std::string& source) { return {std::hash<std::string>{}(source)}; }

Reply reply_of(const Prepared& batch, const std::vector<Outcome>& outcomes, bool receipts) {
  if (!receipts) return {200, std::string(kSuccess), "application/json", {}};
  TrackReply reply;
  auto& list = reply.receipts.emplace();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    list.push_back({static_cast<std::int64_t>(i), std::string(batch.items[i].id), std::string(verdict_text(outcomes[i].verdict)),
                    outcomes[i].code, outcomes[i].pointer});
  }
  return http::ok(reply);
}

Answer queue(Call& call, std::shared_ptr<Prepared> batch) {
  const bool receipts = call.request().query_value("receipts") == "1";
  const auto shard = shard_of(batch->source);
  return call.write(shard, [batch = std::move(batch), receipts](Tx& tx) -> Result<Reply> {
    TRY(const auto outcomes, accept(tx, *batch));
    return reply_of(*batch, outcomes, receipts);
  });
}

template <Type type>
Result<Answer> post_single(Call& call) {
  TRY(auto batch, read_single(call.request().body, type, options_of(call)));
  return queue(call, std::move(batch));
}
Result<Answer> post_batch(Call& call) {
  TRY(auto batch, read_batch(call.request().body, options_of(call)));
  return queue(call, std::move(batch));
}
Result<Answer> post_history(Call& call) {
  TRY(auto batch, read_batch(call.request().body, options_of(call, true)));
  return queue(call, std::move(batch));
}

/// One request's chunks on their way; the last one to land answers.
class Bulk : public std::enable_shared_from_this<Bulk> {
 public:
  Bulk(Db& db, http::Finish finish, std::vector<std::shared_ptr<Prepared>> chunks)
      : db_(db), finish_(std::move(finish)), chunks_(std::move(chunks)), left_(chunks_.size() + 1) {}

  void start() {
    for (const auto& chunk : chunks_) {
      auto outcomes = std::make_shared<std::vector<Outcome>>();
      auto queued = db_.writer().submit(
          shard_of(chunk->source),
          [chunk, outcomes](Tx& tx) -> Result<> {
            TRY(*outcomes, accept(tx, *chunk));
            return {};
          },
          [self = shared_from_this(), chunk, outcomes](Result<> done) {
            self->land(done ? Result<>{} : std::unexpected(done.error()), *chunk, *outcomes);
          });
      if (!queued) land(std::move(queued), *chunk, {});
    }
    land({}, {}, {});  // the request itself: an empty body is answered too
  }

 private:
  void land(Result<> done, const Prepared& chunk, const std::vector<Outcome>& outcomes) {
    std::unique_lock lock(mutex_);
    if (!done && ok_) ok_ = std::move(done);
    for (std::size_t i = 0; i < outcomes.size(); ++i) count(chunk.items[i], outcomes[i]);
    if (--left_ > 0) return;
    lock.unlock();
    std::ranges::sort(reply_.problems, {}, &Problem::line);
    // What landed stays; sending everything again is safe, since ids are known.
    finish_(ok_ ? Result<Reply>(http::ok(reply_)) : Result<Reply>(std::unexpected(ok_.error())));
  }

  void count(const Item& item, const Outcome& outcome) {
    ++reply_.received;
    std::int64_t* const counts[] = {&reply_.accepted, &reply_.duplicate, &reply_.quarantined, &reply_.rejected, &reply_.late};
    ++*counts[static_cast<std::size_t>(outcome.verdict)];
    if (outcome.verdict == events::Verdict::accepted || outcome.verdict == events::Verdict::late) return;
    if (reply_.problems.size() == kProblemsMax) { reply_.problems_cut = true; return; }
    reply_.problems.push_back({item.line, std::string(item.id), std::string(verdict_text(outcome.verdict)), outcome.code, outcome.pointer});
  }

  Db& db_;
  http::Finish finish_;
  std::vector<std::shared_ptr<Prepared>> chunks_;
  std::mutex mutex_;
  std::size_t left_;
  Result<> ok_;
  BulkReply reply_;
};

/// Reads large bodies beside the I/O threads, so that small requests do not wait behind them.
class ParseThread {
 public:
  static ParseThread& get() {
    static ParseThread one;
    return one;
  }
  bool post(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    if (queue_.size() >= kParseQueueMax) return false;
    queue_.push_back(std::move(work));
    ready_.notify_one();
    return true;
  }

 private:
  ParseThread() : thread_([this](std::stop_token stop) { run(stop); }) {}
  void run(std::stop_token stop) {
    name_thread("koi-parse");
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        if (!ready_.wait(lock, stop, [&] { return !queue_.empty(); })) return;
        work = std::move(queue_.front());
        queue_.pop_front();
      }
      work();
    }
  }
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::function<void()>> queue_;
  std::jthread thread_;  // last: it uses what stands above
};

Result<Answer> post_events(Call& call) {
  const auto options = options_of(call);
  const auto& body = call.request().body;  // lives as long as `finish`
  auto finish = call.later();
  auto work = [&db = call.db(), &body, options, finish] {
    std::make_shared<Bulk>(db, finish, read_lines(body, options))->start();
  };
  if (body.size() <= kInlineBytes) work();
  else if (!ParseThread::get().post(std::move(work))) finish(fail(Errc::unavailable, "connect.try_again"));
  return Answer::Later{};
}

using http::None;
constexpr unsigned kDoor = http::kWriteKey | http::kNoAudit;
constexpr Route kRoutes[] = {
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/track", "event.ingest", post_single<Type::track>, "上报一个行为", "Track one event", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/identify", "event.ingest", post_single<Type::identify>, "上报身份与属性", "Identify a person", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/alias", "event.ingest", post_single<Type::alias>, "合并两个身份", "Alias two identities", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/group", "event.ingest", post_single<Type::group>, "上报所属组织", "Track a group", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/page", "event.ingest", post_single<Type::page>, "上报页面浏览", "Track a page view", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/screen", "event.ingest", post_single<Type::screen>, "上报屏幕浏览", "Track a screen view", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/batch", "event.ingest", post_batch, "批量上报", "Track a batch", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/import", "event.ingest", post_history, "批量补报历史", "Track a batch of history", kDoor),
    // As Segment's browser library shortens them.
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/t", "event.ingest", post_single<Type::track>, "上报一个行为(短地址)", "Track one event, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/i", "event.ingest", post_single<Type::identify>, "上报身份与属性(短地址)", "Identify a person, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/a", "event.ingest", post_single<Type::alias>, "合并两个身份(短地址)", "Alias two identities, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/g", "event.ingest", post_single<Type::group>, "上报所属组织(短地址)", "Track a group, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/p", "event.ingest", post_single<Type::page>, "上报页面浏览(短地址)", "Track a page view, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/s", "event.ingest", post_single<Type::screen>, "上报屏幕浏览(短地址)", "Track a screen view, short address", kDoor),
    http::route<TrackQuery, http::Json, TrackReply>("POST", "/v1/b", "event.ingest", post_batch, "批量上报(短地址)", "Track a batch, short address", kDoor),
    http::route<None, None, BulkReply>("POST", "/v1/events", "event.ingest", post_events, "大批量上报(NDJSON)", "Send events in bulk (NDJSON)", kDoor | http::kUpload),
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace koi::connect::tracking
