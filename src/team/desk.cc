#include "team/desk.h"

#include <utility>

#include "base/text.h"

namespace koi::team {
namespace {

constexpr char kDeskSlot = 0;  // its address names the slot
constexpr std::string_view kDeviceLife = "7776000";  // 90 days
constexpr std::string_view kTicketLife = "300";

/// One request between its steps; whoever holds it owes the answer.
struct Slow : std::enable_shared_from_this<Slow> {
  Db& db;
  std::shared_ptr<SlowWork> work;
  http::Finish finish;
  std::optional<Result<http::Reply>> reply;

  Slow(Db& d, std::shared_ptr<SlowWork> w, http::Finish f) : db(d), work(std::move(w)), finish(std::move(f)) {}

  void refuse(Error error) { finish(std::unexpected(std::move(error))); }

  void start(HashPool::Place place) {
    auto self = shared_from_this();
    auto ran = [self, place = std::move(place)](Result<> done) mutable {
      if (!done) return self->refuse(std::move(done).error());
      std::move(place).run([self] { self->hash(); });
    };
    if (!work->before) return ran({});
    auto queued = db.writer().submit(
        kSignInShard, [self](Tx& tx) { return self->work->before(tx); }, std::move(ran));
    if (!queued) refuse(std::move(queued).error());
  }

  void hash() {
    if (auto done = work->slow(); !done) return refuse(std::move(done).error());
    auto self = shared_from_this();
    auto queued = db.writer().submit(
        kSignInShard,
        [self](Tx& tx) -> Result<> {
          self->reply.emplace(self->work->after(tx));
          if (!*self->reply) return std::unexpected(self->reply->error());
          return {};
        },
        [self](Result<> done) {
          if (!done) return self->refuse(std::move(done).error());
          if (self->work->refusal) return self->refuse(*self->work->refusal);
          self->finish(std::move(*self->reply));
        });
    if (!queued) refuse(std::move(queued).error());
  }
};

std::string cookie_line(std::string_view name, std::string_view value, bool secure, std::string_view max_age) {
  std::string line(name);
  line.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax");
  if (secure) line += "; Secure";
  if (!max_age.empty()) line.append("; Max-Age=").append(max_age);
  return line;
}

}  // namespace

Result<std::shared_ptr<Desk>> desk_of(Db& db) {
  const std::scoped_lock lock(db.shared().mutex());
  auto* held = static_cast<std::weak_ptr<Desk>*>(db.shared().slot(&kDeskSlot).get());
  auto desk = held == nullptr ? nullptr : held->lock();
  if (!desk) return fail(Errc::unavailable, "auth.closed");
  return desk;
}

void open_desk(Db& db, const std::shared_ptr<Desk>& desk) {
  const std::scoped_lock lock(db.shared().mutex());
  db.shared().slot(&kDeskSlot) = std::make_shared<std::weak_ptr<Desk>>(desk);
}

// "__Host-": the browser takes it only over TLS, for this host, so that no sub-domain can plant one.
std::string_view session_cookie(bool secure) { return secure ? "__Host-koipond" : "koipond"; }
std::string_view device_cookie(bool secure) { return secure ? "__Host-koipond_device" : "koipond_device"; }

std::string cookie(const http::Request& request, std::string_view name) {
  const auto header = request.header("cookie");
  for (const auto part : split_text(header, ';')) {
    const auto pair = trim(part);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return std::string(pair.substr(equals + 1));
  }
  return {};
}

void give_cookies(http::Reply& reply, bool secure, const OpenedSession& session) {
  reply.headers.emplace_back("Set-Cookie", cookie_line(session_cookie(secure), session.token, secure, {}));
  reply.headers.emplace_back("Set-Cookie", cookie_line(device_cookie(secure), session.device, secure, kDeviceLife));
}

void take_cookie(http::Reply& reply, bool secure) {
  reply.headers.emplace_back("Set-Cookie", cookie_line(session_cookie(secure), "", secure, "0"));
}

std::string_view ticket_cookie(bool secure) { return secure ? "__Host-koipond_vouched" : "koipond_vouched"; }

void give_ticket(http::Reply& reply, bool secure, std::string_view ticket) {
  reply.headers.emplace_back("Set-Cookie", cookie_line(ticket_cookie(secure), ticket, secure, ticket.empty() ? "0" : kTicketLife));
}

Result<Answer> run_slowly(Call& call, Desk& desk, std::shared_ptr<SlowWork> work) {
  TRY(auto place, desk.pool.take());
  std::make_shared<Slow>(call.db(), std::move(work), call.later())->start(std::move(place));
  return Answer(Answer::Later{});
}

}  // namespace koi::team
