/// One request between the socket and the store: who asks, may they, run the handler, keep the repeat record and the
/// audit row with the effect, answer once.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>

#include "http/http.h"
#include "http/log.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/statics.h"

namespace koi::http {

/// What all requests of a server share.
struct Site {
  Site(ServerOptions o, Db& d, Authorizer a, std::vector<std::span<const Route>> t)
      : options(std::move(o)),
        db(d),
        authorizer(std::move(a)),
        tables(std::move(t)),
        router(tables),
        statics(options.static_dir),
        metrics(router.routes()) {}
  const std::string& openapi_text();
  /// Most bytes a body of this route may have, as sent and inflated.
  std::size_t body_max(const Route* route) const;

  const ServerOptions options;
  Db& db;
  const Authorizer authorizer;
  const std::vector<std::span<const Route>> tables;
  const Router router;
  const Statics statics;
  Metrics metrics;
  Log log;
  std::atomic<bool> draining{false};

 private:
  std::once_flag openapi_once_;
  std::string openapi_;
};

/// Where the reply goes; called once, from any thread. `self` keeps the receiver alive until its own thread has it.
class Home {
 public:
  virtual ~Home() = default;
  virtual void finished(std::shared_ptr<Home> self, Reply reply) = 0;
};

class Work final : public Call, public std::enable_shared_from_this<Work> {
 public:
  Work(Site& site, Match match, Request request, std::shared_ptr<Home> home);
  ~Work() override;
  /// Judges and runs the request, here or on a reader thread.
  void start();

  const Request& request() const override { return request_; }
  const Actor& actor() const override { return actor_; }
  const Route& route() const override { return *match_.route; }
  Db& db() override { return site_.db; }
  std::string_view path_text(std::string_view name) const override;
  Answer write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) override;
  Answer read(std::function<Result<Reply>(Tx&)> fn) override;
  Finish later() override;
  void audit_subject(std::string subject, std::string detail_json) override;
  Site& site() { return site_; }

 private:
  bool wants_reader() const;
  void run(Tx* tx);
  Result<Answer> answer(Tx* tx);
  Result<> identify(Tx* tx);
  Result<> permit() const;
  Result<> check_form() const;
  Result<Reply> outside_table();
  bool is_preflight() const;
  void preflight();
  Result<> perform(Tx& tx);
  Result<> prepare_repeat();
  Result<std::optional<Reply>> repeated(Tx& tx) const;
  void finish(Result<Reply> result, bool may_compress);

  Site& site_;
  const Match match_;
  Request request_;
  std::shared_ptr<Home> home_;
  Actor actor_;
  Tx* reader_ = nullptr;  // while the handler runs on a reader thread
  std::function<Result<Reply>(Tx&)> write_;
  Reply written_;
  struct Repeat {
    std::string scope, key, hash;
  };
  std::optional<Repeat> repeat_;  // the caller sent an Idempotency-Key
  std::string audit_subject_, audit_detail_ = "{}";
  std::atomic<bool> done_{false};
};

}  // namespace koi::http
