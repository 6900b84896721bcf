/// Answers kept warm: served at once with their as-of time, recomputed in the background when the data moved.
#pragma once
#include <map>
#include <mutex>

#include "insight/questions.h"

namespace koi::insight {

/// How far the data is. Two equal marks: nothing an answer reads has changed, as far as the log tells.
Result<std::string> data_mark(Tx& tx);

struct Kept {
  Scope scope = Scope::everything("replaced before use");
  Question question;
  std::shared_ptr<const std::string> body;
  std::string mark;
  Instant as_of{}, used{};
  Millis cost{};
};

/// One per store; shared by readers and the Refresher.
class Board {
 public:
  static Board& of(Tx& tx);
  std::optional<Kept> find(const std::string& key, Instant now);
  bool has(const std::string& key);
  void put(const std::string& key, Kept kept);
  /// Answers used lately whose data moved (or whose rolling windows did), the oldest first.
  std::vector<std::pair<std::string, Kept>> due(const std::string& mark, Instant now, int max);
  /// Somebody recomputes; otherwise a stale answer is recomputed by whoever asks.
  void attended(bool yes);
  bool attended();

 private:
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
  int attendants_ = 0;
};
bool is_stale(const Kept& kept, const std::string& mark, Instant now);
std::string board_key(const Scope& scope, const Question& question);

/// The answer from the board, from the store's snapshot, or computed now (always when `fresh`).
Result<std::shared_ptr<const std::string>> serve(Tx& tx, const Scope& scope, const Question& question, bool fresh);

}  // namespace koi::insight
