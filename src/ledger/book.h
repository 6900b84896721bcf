/// SQLite only: balances in memory. There is one writer and one process, so what the writer holds is exact; a transfer
/// then costs one appended row. Account rows are brought up to date in rounds, in order of their pages, a few with each
/// operation. Truth is the transfer table: each row says as of which transfer it stands, what follows is replayed.
#pragma once
#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "events/index/tail.h"
#include "ledger/desk.h"

namespace koi::ledger {

/// Tests force tiny sizes.
struct BookShape {
  std::size_t dirty_max = 128 * 1024;       // changed accounts that begin a flush
  std::int64_t unflushed_max = 512 * 1024;  // changes that begin one: about what opening replays
  std::size_t slice = 8;                    // accounts an operation flushes then: nobody waits for all of them
  std::size_t slots_max = 100'000;         // unchanged accounts kept in memory
  events::IndexShape index = {};
};

class Book {
 public:
  /// The book of this store, opened; null on PostgreSQL, where the account rows themselves are always right. The shape
  /// counts on first use only.
  static Result<Book*> of(Tx& tx, BookShape shape = {});

  /// As the operation at work sees it; stays where it is until the transaction ends. Writer only.
  Result<AccountState*> state(Tx& tx, AccountId account);
  /// `account` is what state() gave. Writer only; undone with the operation.
  void change(Tx& tx, AccountState& account, const Delta& delta);
  Result<> set_flags(Tx& tx, AccountId account, std::int64_t flags);
  /// Forgets an account that this operation opened, should it be undone.
  void opened(Tx& tx, AccountId account);
  /// Writes some changed balances to their rows when enough of them have gathered.
  Result<> flush_some(Tx& tx);
  /// The newest committed balance; on the writer, the one at work.
  Result<Balance> balance(Tx& tx, AccountId account);
  events::TailIndex& tail() { return tail_; }

 private:
  struct Slot : AccountState {
    Balance durable;
    bool dirty = false;  // in dirty_ or round_
  };
  struct Undo { Slot* slot; Delta delta; };

  Book(std::string folder, BookShape shape);
  Result<> open(Tx& tx);
  Result<Slot*> slot(Tx& tx, AccountId account);
  void apply(Slot& slot, const Delta& delta);
  void undo();
  void committed();
  void sweep();
  void begin_round(Tx& tx);
  Result<Balance> from_snapshot(Tx& tx, AccountId account);

  const BookShape shape_;
  std::size_t sweep_at_;                   // accounts in memory that make the next sweep
  events::TailIndex tail_;
  std::mutex opening_;
  std::atomic<bool> open_ = false;
  std::atomic<std::thread::id> writer_{};  // who changes things: it reads what is at work, everybody else what is durable
  std::mutex mutex_;                       // guards the map and `durable`; the rest belongs to the writer
  std::unordered_map<std::int64_t, Slot> slots_;
  std::vector<Slot*> dirty_, touched_;     // changed since the round began, since the last commit
  std::vector<Slot*> round_;               // still to be flushed in this round; the next one last
  std::int64_t round_mark_ = 0;            // the last transfer when the round began
  std::vector<Undo> undo_;
  std::int64_t unflushed_ = 0;             // changes since the round began
  bool noting_ = false;
};

}  // namespace koi::ledger
