#include "http/session.h"

#include <array>
#include <boost/asio/buffer.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "http/framing.h"
#include "http/reply_head.h"
#include "http/url.h"

namespace koi::http {

namespace {

namespace beast = boost::beast;

constexpr std::size_t kReadFirst = 4 << 10, kReadBody = 64 << 10;
constexpr std::size_t kChunkHeadMax = 4 << 10;

/// Slower than the least rate once the grace is over.
bool too_slow(const Patience& patience, Millis taken, std::uint64_t bytes) {
  return taken > patience.grace && static_cast<std::int64_t>(bytes) * 1000 < patience.bytes_per_second * taken.count();
}

/// "req_…" from a per-thread counter with a random start: unique, cheap, no secret.
std::string next_request_id() {
  static thread_local std::uint64_t state = hash64(random_bytes(16));
  state += 0x9E3779B97F4A7C15ULL;
  auto x = state;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return id_text("req", static_cast<std::int64_t>((x ^ (x >> 31)) >> 1));
}

/// The trace id of "00-<32 hex>-<16 hex>-<2 hex>" (W3C), or nothing.
std::string trace_of(const Request& request) {
  const auto* text = request.headers.get("traceparent");
  if (!text || text->size() != 55 || (*text)[2] != '-' || (*text)[35] != '-') return {};
  auto id = text->substr(3, 32);
  return id.find_first_not_of("0123456789abcdef") == id.npos && id.find_first_not_of('0') != id.npos ? id
                                                                                                     : std::string();
}

}  // namespace

Session::Session(Socket socket, std::shared_ptr<Core> core, Loop& loop, std::string remote, bool loopback)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      loop_(loop),
      site_(core_->site),
      remote_(std::move(remote)),
      loopback_(loopback),
      in_(kReadFirst),
      since_(std::chrono::steady_clock::now()) {}

Session::~Session() {
  if (phase_ != Phase::closed) core_->doorman.leave(remote_, loopback_);
}

void Session::start() {
  boost::system::error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  site_.metrics.connections(1);
  if (!loop_.adopt(this)) return close();
  read();
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  loop_.forget(this);
  site_.metrics.connections(-1);
  core_->doorman.leave(remote_, loopback_);
}

void Session::close_if_idle() {
  if (phase_ == Phase::head && received().empty()) close();
}

void Session::sweep(Steady now) {
  const auto& patience = site_.options.patience;
  const auto taken = std::chrono::duration_cast<Millis>(now - since_);
  switch (phase_) {
    case Phase::head:
      if (taken <= (begun_ ? patience.head : patience.idle)) break;
      if (received().empty())
        close();
      else
        refuse(Errc::malformed, "http.timeout", {});
      break;
    case Phase::body:
      if (too_slow(patience, taken, body_bytes_)) refuse(Errc::malformed, "http.timeout", {});
      break;
    case Phase::writing:
      if (too_slow(patience, taken, sent_)) close();
      break;
    case Phase::lingering:
      if (taken > patience.goodbye) close();
      break;
    default:
      break;
  }
}

void Session::read() {
  if (std::exchange(reading_, true)) return;  // a refusal by the clock finds one under way
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && end_ == in_.size()) {
    std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
              in_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  const bool body = phase_ == Phase::body;
  if (end_ == in_.size() || (body && in_.size() < kReadBody))
    in_.resize(std::max(in_.size() * 2, body ? kReadBody : kReadFirst));
  socket_.async_read_some(asio::buffer(in_.data() + end_, in_.size() - end_),
                          [self = shared_from_this()](boost::system::error_code why, std::size_t bytes) {
                            self->reading_ = false;
                            if (self->phase_ == Phase::closed) return;
                            if (why) return self->close();
                            self->took(bytes);
                          });
}

void Session::took(std::size_t bytes) {
  end_ += bytes;
  if (phase_ == Phase::lingering) {
    begin_ = end_ = 0;
    return read();
  }
  if (phase_ == Phase::writing) return;  // refused meanwhile; what still comes is read after the reply
  advance();
}

/// Takes from the buffer as long as whole requests stand in it; asks for more bytes when not.
void Session::advance() {
  while (phase_ == Phase::head || phase_ == Phase::body) {
    if (phase_ == Phase::head && !take_head()) break;
    if (phase_ == Phase::body && !take_body()) break;
    if (phase_ == Phase::working) dispatch();
  }
  if (phase_ == Phase::head || phase_ == Phase::body) read();
}

bool Session::take_head() {
  const auto bytes = received();
  if (bytes.empty()) return false;
  if (!std::exchange(begun_, true)) since_ = std::chrono::steady_clock::now();
  const auto verdict = judge_head(bytes, seen_);
  if (verdict.kind == HeadVerdict::more) return false;
  if (verdict.kind == HeadVerdict::refused) return refuse(Errc::malformed, verdict.code, verdict.why), false;
  request_ = {};
  parser_.emplace(request_, verdict.bytes + 1);
  boost::system::error_code why;
  parser_->put(asio::buffer(bytes.data(), verdict.bytes), why);
  if ((why && why != beast::http::error::need_more) || !parser_->is_header_done())
    return refuse(Errc::malformed, "http.bad_framing", why.message()), false;
  begin_ += verdict.bytes;
  seen_ = 0;
  return admit();
}

/// Between head and body: which route, how much it takes, whether to go on.
bool Session::admit() {
  keep_ = parser_->keep_alive() && parser_->is_11();
  note_path();
  if (phase_ != Phase::head) return false;  // the target was refused
  std::string allow;
  match_ = site_.router.find(request_.method, request_.path, allow);
  head_only_ = request_.method == "HEAD";
  const auto max = site_.body_max(match_.route);
  parser_->set_body_max(max);
  if (const auto length = parser_->content_length(); length && *length > max)
    return refuse(Errc::too_large, "http.body_too_large", {}), false;
  if (const auto* expect = request_.headers.get("expect")) {
    if (lower_ascii(*expect) != "100-continue") return refuse(Errc::malformed, "http.expectation", {}), false;
    static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::system::error_code ignored;
    if (!parser_->is_done() && received().empty())
      socket_.write_some(asio::buffer(kGoOn.data(), kGoOn.size()), ignored);
  }
  phase_ = parser_->is_done() ? Phase::working : Phase::body;
  if (phase_ == Phase::body) since_ = std::chrono::steady_clock::now(), body_bytes_ = 0;
  return true;
}

void Session::note_path() {
  request_id_ = next_request_id();
  trace_id_ = trace_of(request_);
  const auto mark = request_.target.find('?');
  request_.path = request_.target.substr(0, mark);
  if (mark == std::string::npos) return;
  auto query = parse_query_string(std::string_view(request_.target).substr(mark + 1));
  if (!query) return refuse(Errc::malformed, "http.bad_query", {});
  request_.query = std::move(*query);
}

bool Session::take_body() {
  const auto bytes = received();
  if (bytes.empty()) return false;
  boost::system::error_code why;
  const auto used = parser_->put(asio::buffer(bytes.data(), bytes.size()), why);
  begin_ += used;
  body_bytes_ += used;
  if (why == beast::http::error::body_limit) return refuse(Errc::too_large, "http.body_too_large", {}), false;
  if (why && why != beast::http::error::need_more)
    return refuse(Errc::malformed, "http.bad_framing", why.message()), false;
  if (!parser_->is_done()) {
    if (received().size() > kChunkHeadMax && used == 0) refuse(Errc::malformed, "http.bad_framing", "chunk header");
    return false;
  }
  phase_ = Phase::working;
  return true;
}

void Session::dispatch() {
  worked_ = std::chrono::steady_clock::now();
  if (site_.draining.load(std::memory_order_relaxed)) {
    keep_ = false;
    if (!match_.route || (match_.route->flags & kPublic) == 0) return refuse(Errc::unavailable, "http.draining", {});
  }
  request_.remote = remote_;
  request_.request_id = request_id_;
  request_.trace_id = trace_id_;
  dispatching_ = true;
  std::make_shared<Work>(site_, match_, std::move(request_), shared_from_this())->start();
  dispatching_ = false;
  if (std::exchange(ready_, false)) send();
}

void Session::finished(std::shared_ptr<Home> self, Reply reply) {
  reply_ = std::move(reply);
  if (loop_.here() && dispatching_)
    ready_ = true;
  else
    loop_.hand_over(std::static_pointer_cast<Session>(std::move(self)));
}

void Session::reply_ready() {
  if (phase_ == Phase::closed) return;
  send();
  advance();
}

/// A refusal of the framing or of a limit: answered, then the connection ends, for what follows cannot be trusted.
void Session::refuse(Errc kind, std::string_view code, std::string_view detail) {
  if (request_id_.empty()) request_id_ = next_request_id();
  reply_ = problem({kind, std::string(code), std::string(detail), {}, {}}, request_id_, request_.language(), {});
  keep_ = head_only_ = false;
  worked_ = std::chrono::steady_clock::now();
  send();
}

void Session::send() {
  if (site_.draining.load(std::memory_order_relaxed)) keep_ = false;
  write_reply_head(out_, reply_, {loop_.date(), request_id_, keep_, site_.options.secure_cookies});
  if (head_only_ || bodiless(reply_.status)) reply_.body.clear();
  note(reply_.status);
  phase_ = Phase::writing;
  sent_ = 0;
  since_ = std::chrono::steady_clock::now();
  write_some();
}

void Session::write_some() {
  for (;;) {
    const auto head = std::min(sent_, out_.size()), body = sent_ - head;
    const std::array<asio::const_buffer, 2> rest{asio::buffer(out_) + head, asio::buffer(reply_.body) + body};
    if (asio::buffer_size(rest) == 0) return wrote_all();
    boost::system::error_code why;
    sent_ += socket_.write_some(rest, why);
    if (why == asio::error::would_block) break;
    if (why) return close();
  }
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](boost::system::error_code why) {
    if (self->phase_ != Phase::writing) return;
    if (why) return self->close();
    self->write_some();
    self->advance();
  });
}

void Session::wrote_all() {
  reply_ = {};
  if (!keep_) return linger();
  if (in_.size() > kReadFirst && begin_ == end_) std::vector<char>(kReadFirst).swap(in_), begin_ = end_ = 0;
  if (out_.capacity() > kReadBody) std::string().swap(out_);
  phase_ = Phase::head;
  begun_ = false;
  since_ = std::chrono::steady_clock::now();
  parser_.reset();
  request_id_.clear();
}

/// Says goodbye and reads on for a moment, so that the last reply is not lost to a reset.
void Session::linger() {
  phase_ = Phase::lingering;
  since_ = std::chrono::steady_clock::now();
  boost::system::error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  begin_ = end_ = 0;
  read();
}

void Session::note(int status) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - worked_).count();
  site_.metrics.count(match_.route ? match_.index : site_.metrics.unmatched(), status, micros);
  const bool ingest = match_.route && (match_.route->flags & kWriteKey) != 0 && status < 400;
  if (!site_.options.access_log || ingest) return;
  LogLine line(status >= 500 ? "error" : "info", "request");
  line.text("request_id", request_id_);
  if (!trace_id_.empty()) line.text("trace_id", trace_id_);
  line.text("method", match_.route ? match_.route->method : "-")
      .text("route", match_.route ? match_.route->path : "other");
  line.number("status", status).millis("ms", static_cast<double>(micros) / 1000);
  site_.log.put(std::move(line), status >= 500);
}

}  // namespace koi::http
