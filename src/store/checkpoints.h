/// Signed checkpoints of the audit chain, outside the database: DATA/audit/checkpoints, one a line, signed with keys/audit
/// (Ed25519). Who can rewrite the whole chain in the database still cannot make it fit them. To be copied off the
/// machine: who holds the folder too can cut both. Source: RELIABILITY.md S18.
#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "store/store.h"

namespace koi::store {

constexpr std::int64_t kCheckpointRows = 1000;
constexpr std::int64_t kCheckpointMs = 60'000;

struct Checkpoint { std::int64_t seq = 0; std::string hash; };

class Checkpoints {
 public:
  /// The one of this store; null when it has no folder.
  static Checkpoints* of(Tx& tx);
  explicit Checkpoints(const std::string& data_dir);

  /// Signs and keeps (seq, hash): when a thousand rows or a minute have passed since the last one, or `now_due`. An
  /// earlier seq than the last one kept is not signed: then the chain was cut. Durable when it returns.
  Result<> keep(const Checkpoint& head, Instant at, bool now_due);
  struct Kept {
    std::vector<Checkpoint> all;
    std::string fault;  // what is wrong with the list itself; empty: nothing
  };
  /// Everything kept, signatures checked.
  Result<Kept> read() const;

 private:
  struct Line { Checkpoint point; std::int64_t at_ms = 0; std::string signature; };
  Result<std::string> key(bool make) const;
  Result<std::vector<Line>> lines() const;
  Result<> append(const Line& line);

  std::string file_, key_;
  mutable std::mutex mutex_;
  bool loaded_ = false;
  Line last_;
};

}  // namespace koi::store
