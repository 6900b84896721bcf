#include "http/work.h"

#include "base/crypto.h"
#include "base/text.h"
#include "http/inflate.h"

namespace koi::http {

namespace {

constexpr std::size_t kHereMax = 64 << 10;      // larger bodies are read away from the I/O thread
constexpr std::size_t kHereCodedMax = 4 << 10;  // of compressed ones
constexpr std::size_t kCompressMin = 2 << 10;
constexpr std::size_t kRepeatKeyMax = 255;

bool mutates(const Request& r) { return r.method != "GET" && r.method != "HEAD" && r.method != "OPTIONS"; }
bool has(const Route& r, RouteFlags flag) { return (r.flags & flag) != 0; }

bool is_json(std::string_view type) {
  const auto plain = lower_ascii(trim(type.substr(0, type.find(';'))));
  return plain == "application/json" || (plain.starts_with("application/") && plain.ends_with("+json"));
}

bool printable(std::string_view key) {
  for (const char c : key)
    if (c < 0x20 || c > 0x7e) return false;
  return true;
}

}  // namespace

const std::string& Site::openapi_text() {
  std::call_once(openapi_once_, [this] { openapi_ = openapi(tables); });
  return openapi_;
}

std::size_t Site::body_max(const Route* route) const {
  if (route && has(*route, kUpload)) return options.upload_max;
  if (route && (has(*route, kBatch) || has(*route, kWriteKey))) return options.batch_max;
  return options.body_max;
}

Work::Work(Site& site, Match match, Request request, std::shared_ptr<Home> home)
    : site_(site), match_(std::move(match)), request_(std::move(request)), home_(std::move(home)) {}

/// Whatever dropped the request unanswered (a closing store), the caller gets an answer.
Work::~Work() {
  if (!done_.load()) finish(fail(Errc::unavailable, "http.draining"), false);
}

std::string_view Work::path_text(std::string_view name) const {
  for (std::size_t i = 0; match_.names && i < match_.names->size(); ++i)
    if ((*match_.names)[i] == name) return match_.values[i];
  return {};
}

void Work::audit_subject(std::string subject, std::string detail_json) {
  audit_subject_ = std::move(subject);
  audit_detail_ = std::move(detail_json);
}

void Work::start() {
  if (!match_.route) return is_preflight() ? preflight() : finish(outside_table(), true);
  if (!wants_reader()) return run(nullptr);
  auto self = shared_from_this();
  auto queued = site_.db.read_later(
      [self](Tx& tx) -> Result<> {
        self->run(&tx);
        return {};
      },
      [self](Result<> ended) {
        if (!ended) self->finish(std::unexpected(std::move(ended).error()), false);
      });
  if (!queued) finish(std::unexpected(std::move(queued).error()), false);
}

/// Judging credentials needs a snapshot; big bodies would hold up the other connections.
bool Work::wants_reader() const {
  const bool coded = request_.headers.contains("content-encoding");
  if (request_.body.size() > (coded ? kHereCodedMax : kHereMax)) return true;
  if (has(*match_.route, kWriteKey)) return false;
  return !has(*match_.route, kPublic) || request_.headers.contains("cookie") ||
         request_.headers.contains("authorization");
}

void Work::run(Tx* tx) {
  reader_ = tx;
  try {
    auto got = answer(tx);
    if (!got)
      finish(std::unexpected(std::move(got).error()), true);
    else if (got->now)
      finish(std::move(*got->now), true);
  } catch (const std::bad_alloc&) {
    finish(fail(Errc::unavailable, "store.no_memory"), false);
  } catch (const std::exception& e) {
    finish(fail(Errc::internal, "http.internal", e.what()), false);
  }
  reader_ = nullptr;
}

Result<Answer> Work::answer(Tx* tx) {
  if (const auto* coding = request_.headers.get("content-encoding"); coding && !request_.body.empty()) {
    TRY(request_.body, inflated(std::move(request_.body), lower_ascii(*coding), site_.body_max(match_.route)));
  }
  TRY(identify(tx));
  TRY(permit());
  TRY(check_form());
  return match_.route->handler(*this);
}

Result<> Work::identify(Tx* tx) {
  const auto& who = site_.authorizer;
  if (has(*match_.route, kWriteKey)) {
    if (!who.write_key) return fail(Errc::unauthenticated, "http.login_required");
    TRY(actor_, who.write_key(request_));
    return {};
  }
  if (!tx || !who.actor) return {};
  auto got = who.actor(*tx, request_);
  if (got)
    actor_ = std::move(*got);
  else if (!has(*match_.route, kPublic))
    return std::unexpected(std::move(got).error());  // a stale cookie may log in again
  return {};
}

/// Default deny: what is not public needs a caller, and what names a permission needs that permission.
Result<> Work::permit() const {
  const auto& route = *match_.route;
  if (has(route, kPublic)) return {};
  if (actor_.kind == Actor::Kind::anonymous) return fail(Errc::unauthenticated, "http.login_required");
  if (route.permission.empty() || actor_.may(route.permission)) return {};
  Error refused{Errc::forbidden, "http.forbidden", std::string(route.permission), {}, {}};
  refused.params.emplace_back("permission", route.permission);
  return std::unexpected(std::move(refused));
}

/// What a browser of another site could not send: the session's token in a header, and JSON.
Result<> Work::check_form() const {
  const auto& route = *match_.route;
  if (!mutates(request_)) return {};
  if (has(route, kIfMatch) && !request_.headers.contains("if-match"))
    return fail(Errc::precondition, "http.if_match_required");
  if (has(route, kWriteKey) || has(route, kNoCsrf)) return {};
  if (actor_.kind == Actor::Kind::user && !equal_constant_time(request_.header("x-koipond-csrf"), actor_.csrf))
    return fail(Errc::forbidden, "http.csrf");
  if (!request_.body.empty() && !has(route, kUpload) && !is_json(request_.header("content-type")))
    return fail(Errc::unsupported, "http.not_json");
  return {};
}

/// Files of the console, or the reason why there is nothing here.
Result<Reply> Work::outside_table() {
  if (request_.method == "GET" || request_.method == "HEAD") {
    if (auto file = site_.statics.find(request_, site_.options.secure_cookies)) return std::move(*file);
  }
  std::string allow;
  (void)site_.router.find(request_.method, request_.path, allow);
  if (allow.empty()) return fail(Errc::not_found, "http.no_route");
  auto reply = problem({Errc::malformed, "http.method_not_allowed", {}, {}, {}}, request_.request_id, request_.language(), {});
  reply.headers.emplace_back("Allow", std::move(allow));
  return reply;
}

/// A browser asks whether a page of another site may send here. Only the tracking endpoints ever say yes.
bool Work::is_preflight() const {
  if (request_.method != "OPTIONS" || !request_.headers.contains("origin") || !site_.authorizer.origin) return false;
  if (request_.header("access-control-request-method") != "POST") return false;
  std::string allow;
  const auto asked = site_.router.find("POST", request_.path, allow);
  return asked.route && has(*asked.route, kWriteKey);
}

void Work::preflight() {
  auto self = shared_from_this();
  auto queued = site_.db.read_later(
      [self](Tx& tx) -> Result<> {
        const auto origin = self->request_.header("origin");
        TRY(const bool known, self->site_.authorizer.origin(tx, origin));
        if (!known) return fail(Errc::forbidden, "auth.origin");
        Reply yes{204, {}, {}, {{"Access-Control-Allow-Origin", origin}, {"Vary", "Origin"}}};
        yes.headers.emplace_back("Access-Control-Allow-Methods", "POST");
        yes.headers.emplace_back("Access-Control-Allow-Headers", "authorization, content-type");
        yes.headers.emplace_back("Access-Control-Max-Age", "600");
        self->finish(std::move(yes), false);
        return {};
      },
      [self](Result<> ended) {
        if (!ended) self->finish(std::unexpected(std::move(ended).error()), false);
      });
  if (!queued) finish(std::unexpected(std::move(queued).error()), false);
}

Answer Work::read(std::function<Result<Reply>(Tx&)> fn) {
  if (reader_) {
    finish(fn(*reader_), true);
    return Answer::Later{};
  }
  auto self = shared_from_this();
  auto queued = site_.db.read_later(
      [self, fn = std::move(fn)](Tx& tx) -> Result<> {
        self->finish(fn(tx), true);
        return {};
      },
      [self](Result<> ended) {
        if (!ended) self->finish(std::unexpected(std::move(ended).error()), false);
      });
  if (!queued) finish(std::unexpected(std::move(queued).error()), false);
  return Answer::Later{};
}

Answer Work::write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) {
  if (auto ready = prepare_repeat(); !ready) {
    finish(std::unexpected(std::move(ready).error()), false);
    return Answer::Later{};
  }
  write_ = std::move(fn);
  auto self = shared_from_this();
  auto queued = site_.db.writer().submit(
      shard, [self](Tx& tx) { return self->perform(tx); },
      [self](Result<> ended) {
        if (ended)
          self->finish(std::move(self->written_), false);
        else
          self->finish(std::unexpected(std::move(ended).error()), false);
      });
  if (!queued) finish(std::unexpected(std::move(queued).error()), false);
  return Answer::Later{};
}

/// What a repeat is recognised by: who, their key, and a hash of what was asked. Done before the Writer's turn.
Result<> Work::prepare_repeat() {
  const auto* key = request_.headers.get("idempotency-key");
  if (!key || actor_.kind == Actor::Kind::anonymous) return {};
  if (key->empty() || key->size() > kRepeatKeyMax || !printable(*key)) return fail(Errc::malformed, "http.bad_key");
  const auto author = actor_.author();
  repeat_ = Repeat{author.kind + ":" + std::to_string(author.id), *key,
                   hex(hash128(request_.method + " " + request_.target + "\n" + request_.body))};
  return {};
}

/// On the writer thread: the effect, its repeat record and its audit row, all or nothing.
Result<> Work::perform(Tx& tx) {
  if (repeat_) {
    TRY(auto earlier, repeated(tx));
    if (earlier) {
      written_ = std::move(*earlier);
      return {};
    }
  }
  TRY(written_, write_(tx));
  const auto& route = *match_.route;
  if (mutates(request_) && !has(route, kNoAudit)) {
    const std::string action = route.permission.empty() ? operation_id(route) : std::string(route.permission);
    TRY(store::audit(tx, {actor_.author(), action, audit_subject_, audit_detail_, request_.request_id}));
  }
  if (!repeat_) return {};
  const store::Remembered record{repeat_->hash, written_.status, has(route, kSecret) ? std::string() : written_.body};
  auto kept = store::remember(tx, repeat_->scope, repeat_->key, record);
  if (!kept && kept.error().kind == Errc::conflict) return fail(Errc::conflict, "http.key_in_flight");
  return kept;
}

Result<std::optional<Reply>> Work::repeated(Tx& tx) const {
  TRY(auto earlier, store::recall(tx, repeat_->scope, repeat_->key));
  if (!earlier) return std::nullopt;
  if (earlier->body_hash != repeat_->hash) return fail(Errc::invalid, "http.key_reused");
  if (has(*match_.route, kSecret)) return fail(Errc::conflict, "http.shown_once");
  Reply out{earlier->status, std::move(earlier->reply), "application/json", {}};
  out.headers.emplace_back("Idempotent-Replayed", "true");
  return out;
}

Finish Work::later() {
  return [self = shared_from_this()](Result<Reply> result) { self->finish(std::move(result), true); };
}

void Work::finish(Result<Reply> result, bool may_compress) {
  if (done_.exchange(true)) return;
  if (!result) {
    const auto& error = result.error();
    if (error.kind == Errc::internal)
      site_.log.put(LogLine("error", "internal")
                        .text("request_id", request_.request_id)
                        .text("code", error.code)
                        .text("detail", error.detail),
                    true);
    result = problem(error, request_.request_id, request_.language(), request_.path);
  }
  auto& reply = *result;
  if (!actor_.origin.empty()) {
    reply.headers.emplace_back("Access-Control-Allow-Origin", actor_.origin);
    reply.headers.emplace_back("Vary", "Origin");
  }
  if (may_compress && reply.body.size() >= kCompressMin && reply.content_type.ends_with("json") &&
      request_.header("accept-encoding").find("gzip") != std::string::npos) {
    if (auto small = gzipped(reply.body); !small.empty()) {
      reply.body = std::move(small);
      reply.headers.emplace_back("Content-Encoding", "gzip");
    }
    reply.headers.emplace_back("Vary", "Accept-Encoding");
  }
  write_ = nullptr;  // what it captured may hold this request
  auto* to = home_.get();
  to->finished(std::move(home_), std::move(reply));
}

}  // namespace koi::http
