/// One connection: reads a request strictly, hands it to Work, writes the reply, and again. Lives on one loop.
#pragma once
#include "http/loop.h"
#include "http/request_parser.h"
#include "http/work.h"

namespace koi::http {

class Session final : public Home, public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, std::shared_ptr<Core> core, Loop& loop, std::string remote, bool loopback);
  ~Session() override;
  void start();
  /// From any thread.
  void finished(std::shared_ptr<Home> self, Reply reply) override;
  /// On the loop.
  void reply_ready();
  void sweep(Steady now);
  void close_if_idle();
  void close();

 private:
  enum class Phase { head, body, working, writing, lingering, closed };

  void read();
  void took(std::size_t bytes);
  void advance();
  bool take_head();
  bool take_body();
  bool admit();
  void note_path();
  void dispatch();
  void refuse(Errc kind, std::string_view code, std::string_view detail);
  void send();
  void write_some();
  void wrote_all();
  void linger();
  void note(int status);
  std::string_view received() const { return {in_.data() + begin_, end_ - begin_}; }

  const std::shared_ptr<Core> core_;
  Socket socket_;
  Loop& loop_;
  Site& site_;
  const std::string remote_;
  const bool loopback_;

  Phase phase_ = Phase::head;
  std::vector<char> in_;
  std::size_t begin_ = 0, end_ = 0, seen_ = 0;
  std::optional<RequestParser> parser_;
  Request request_;
  Match match_;
  Reply reply_;
  std::string out_, request_id_, trace_id_;
  std::size_t sent_ = 0;
  std::uint64_t body_bytes_ = 0;
  Steady since_, worked_;  // when this phase began; when the work began
  bool begun_ = true;      // a head has begun to arrive: the header clock runs
  bool keep_ = true, head_only_ = false, dispatching_ = false, ready_ = false, reading_ = false;
};

}  // namespace koi::http
