/// Where people's keys stand, apart from everything they open. SQLite: DATA/keys/persons (key_file.h), person_key says
/// which slot is whose. PostgreSQL: a schema of its own in the same database. docs/decisions/0005 has the why.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "people/key_file.h"
#include "people/master.h"
#include "people/people.h"

namespace koi::people {

class Keystore {
 public:
  /// The one of this Db, opened (and made) at first use.
  static Result<Keystore*> of(Tx& tx);

  /// Nothing when the node has none, or it was destroyed.
  Result<std::optional<std::string>> key_of(Tx& tx, PersonId node);
  /// A new key for a node that has none: durable before the transaction is.
  Result<std::string> make_key(Tx& tx, PersonId node);
  /// The same for a node that this transaction made: its row waits for others.
  Result<std::string> make_first_key(Tx& tx, PersonId node);
  /// The node's key row goes now, the key itself once the transaction is durable and before anybody is answered.
  Result<> destroy_key(Tx& tx, PersonId node);
  /// The key of the blind index; it outlives rotations.
  const std::string& blind_key() const { return blind_; }

  /// Keys whose rows are gone are destroyed, also those an older copy of the keystore brought back; keys of stores
  /// written before the keystore was apart move into it. Safe to kill and repeat. How many keys were destroyed.
  static Result<std::int64_t> settle(Db& db);
  /// Destroys keys whose rows went away without destroy_key (an import taken back); for a timer.
  static Result<> sweep(Db& db);
  /// Every key sealed anew under a new master key, while the server works; an interrupted one is taken up again.
  static Result<std::int64_t> rotate(Db& db);
  /// What is wrong: rows whose key is missing or cannot be opened, graves whose key lives.
  static Result<std::vector<std::string>> verify(Tx& tx);

 private:
  explicit Keystore(MasterKeys masters) : masters_(std::make_shared<const MasterKeys>(std::move(masters))) {}
  static Result<std::shared_ptr<Keystore>> open(Tx& tx);
  Result<> open_file(Tx& tx);
  Result<> open_table(Tx& tx);
  struct Made { std::int64_t slot = 0; std::string key; };
  Result<Made> take_slot();
  std::shared_ptr<const MasterKeys> masters() const;
  void set_masters(MasterKeys keys);

  static Result<> move_in(Db& db);
  static Result<> erase_again(Db& db);
  static Result<std::int64_t> bury(Db& db, bool all);
  Result<std::int64_t> rotate_file();
  Result<std::int64_t> rotate_table(Db& db);

  mutable std::mutex mutex_;
  std::mutex rotating_;
  std::shared_ptr<const MasterKeys> masters_;
  std::unique_ptr<KeyFile> file_;  // SQLite
  std::string blind_, graves_;     // graves_: the path of keys/erased
  std::int64_t next_ = 0, end_ = 0, block_ = 64;
  std::vector<std::string> ahead_;  // the keys of [next_, end_), last one first
};

}  // namespace koi::people
