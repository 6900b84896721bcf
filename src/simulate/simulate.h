/// WeCom in a box: a corp made from a seed that answers the platform API, calls back as the platform does, and does what
/// a phone in somebody's hand would do. Written from the protocol notes alone: it shares nothing with connect/.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace koi::simulate {

/// Somebody who works at the corp, and where.
struct Guide { std::string userid, name, shop; };

/// A customer group that is there from the start, and whose it is.
struct Chat { std::string id, name, owner; };

struct Options {
  int port = 0;                    // 0 picks a free one
  std::string listen = "127.0.0.1";
  std::uint64_t seed = 1;
  std::string corp_id;             // "" and the following: made from the seed
  std::string secret, token, aes_key;
  std::string callback;            // where events go; "" keeps them in the box until the control API names an address
  std::string name;                // "": made up
  std::vector<Guide> guides;       // who works there besides the `staff` that are made up
  std::vector<Chat> chats;         // besides the `groups` that are made up
  int staff = 8, customers = 60, groups = 3;
  double speed = 1;                // virtual seconds a second; 0 holds the clock
  std::int64_t start_ms = 0;       // 0: the machine's time
  std::uint64_t luck = 0;          // other than 0: what happens after the start is drawn from this, the corp still from the seed
  bool limits = true;              // call frequency limits
  bool lively = false;             // customers talk, leave and come by themselves
  bool past = false;               // staff did things before the start: figures of 30 days
  int io_threads = 2;
};

class Simulator {
 public:
  /// invalid "simulate.aes_key", "simulate.shape"; what http and store say when the port is taken or no folder can be made.
  static Result<std::unique_ptr<Simulator>> start(Options options);
  virtual ~Simulator() = default;
  virtual int port() const = 0;
  /// Address, corp, apps with their secrets, token and key, as JSON.
  virtual std::string greeting() = 0;
  virtual void stop() = 0;
};

}  // namespace koi::simulate
