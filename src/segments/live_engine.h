/// Behind live.h: what a turn reads, decides, writes and remembers. One turn looks at a snapshot without holding the
/// Writer, then writes in a few small transactions; only what is written is remembered.
#pragma once
#include <mutex>
#include <queue>

#include "events/events.h"
#include "segments/deeds.h"
#include "segments/flip.h"
#include "segments/live.h"
#include "segments/live_book.h"
#include "segments/membership.h"
#include "segments/recent.h"
#include "segments/stored_facts.h"

namespace koi::segments {

using events::columns::Ordinal;
using events::columns::People;

/// Segments by place.
class Places {
 public:
  Places() = default;
  explicit Places(std::size_t size) : words_((size + 63) / 64) {}
  bool has(std::size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
  void add(std::size_t i) { words_[i / 64] |= 1ULL << i % 64; }
  bool any() const { return std::ranges::any_of(words_, [](auto w) { return w != 0; }); }
  bool meets(const Places& other) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      if ((words_[i] & other.words_[i]) != 0) return true;
    return false;
  }
  Places& operator|=(const Places& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }

 private:
  std::vector<std::uint64_t> words_;
};

class LiveEngine {
 public:
  explicit LiveEngine(Db& db) : db_(&db) {}
  /// The one of this store.
  static LiveEngine& of(Db& db);
  /// Whether there may be more to do at once. conflict "segments.live_elsewhere": another process writes membership; all
  /// memory was dropped.
  Result<bool> turn();
  Result<> settle();
  /// When somebody's time comes; max: never.
  Instant next_time() const { return Instant(Millis(next_time_.load())); }
  LiveFigures figures() const;
  /// The log was looked at up to here, and what came of it is written.
  events::Seq looked_at() const { return looked_at_.load(); }
  /// Everybody is being looked at: the next turn should not wait.
  bool hurries() const { return hurries_.load(); }
  /// How many events a turn looks at, and people of a walk; what it writes at most at once: people that are told of, rows of
  /// bits and wakes; how many moves wait for the chunks. Tests make them small.
  struct Shape { int events = 5000; std::size_t moves = 2000, rows = 2000, walk = 8192, recent = 100'000; };
  void set_shape(Shape shape) { shape_ = shape; }

 private:
  static constexpr std::int64_t kNever = INT64_MAX;
  static constexpr std::uint64_t kLiveShard = 0x5365676d656e7473ULL;  // one writer of PostgreSQL for all of it

  /// One live segment in memory.
  struct Kept {
    KeptState state;
    People in;                             // people with a bit
    std::optional<Ordinal> walk;           // while it is filled: people below were judged
    std::int64_t walk_version = 0;         // by this version of its rule
    std::optional<std::map<std::string, Spread>> spreads;  // as of the last refresh, of rules that rank
    Instant checked{};
  };
  /// Why somebody is looked at.
  struct Cause { std::string reason; events::Seq seq = 0; bool late = false; };
  enum class Tie : std::uint8_t { none, merge, unmerge };
  struct Looked {
    Ordinal who = 0;
    Places asked;
    std::vector<std::uint32_t> because;  // places in Plan::events
    Tie tie = Tie::none;
    bool due = false, fresh = false;
    bool walked = false;  // comes in a walk for the segments that are asked
  };
  /// A fill makes hundreds of thousands at once, so why it is told stands aside, in Plan::causes.
  struct Move { std::uint32_t segment = 0; Ordinal who = 0; std::uint32_t cause = 0; bool in = false, silent = false; };
  struct Wake { Ordinal who = 0; std::int64_t at = kNever; };
  /// Bits that are still to be turned after a segment was compared with everybody it should hold.
  struct Check {
    std::size_t segment = 0;
    People pending;
    Cause cause;
  };
  struct Plan {
    Instant now{};
    std::vector<events::Stored> events;
    events::Seq upto = 0;                   // the log looked at
    std::vector<Looked> people;
    boost::unordered_flat_map<Ordinal, std::uint32_t> place_of;
    std::vector<Move> moves;
    std::vector<Cause> causes;
    std::vector<Wake> wakes;
    std::vector<std::size_t> dependants;    // to be filled again
    bool ends_check = false;
    std::vector<std::size_t> begun;         // segments whose fill begins; the next snapshot is the first that is looked at
    std::vector<std::size_t> walked;        // segments whose walk went on
    Ordinal walk_end = 0;
    bool walk_through = false;
    std::int64_t met = 0, newest = 0;
    Ordinal met_to = 0;
    bool looks_only = false;                // nothing is to be written
    bool nothing = true;
  };

  // live_state.cc: what is remembered
  Result<> refresh(Tx& tx);
  Result<> read_book(Tx& tx, std::int64_t stamp);
  Result<> load(Tx& tx);
  Result<> load_sets(Tx& tx);
  Result<> load_bits(Tx& tx, SegmentId segment, People& in);
  Result<> see(Tx& tx);
  void forget();
  void bind();
  void set_wake(Ordinal who, std::int64_t at);
  void note_next_time();
  void remember(Plan& plan, std::size_t moves_from, std::size_t moves_to, std::size_t wakes_from, std::size_t wakes_to);
  void remember_end(Plan& plan);
  void remember_told();

  // live_look.cc: who is looked at, and what for
  Result<> look(Tx& tx, Plan& plan);
  Result<> read_log(Tx& tx, Plan& plan);
  Result<> read_between(Tx& tx, Plan& plan, events::Seq upto);
  Result<> add_people(Tx& tx, Plan& plan);
  Result<> add_event(Tx& tx, Plan& plan, std::uint32_t event);
  Result<> add_relatives(Tx& tx, Plan& plan, PersonId person, bool tied, std::uint32_t event);
  Result<> add_fresh(Tx& tx, Plan& plan);
  void add_due(Plan& plan);
  Looked& looked(Plan& plan, Ordinal who);

  // live_judge.cc
  Result<> judge_people(Tx& tx, Plan& plan);
  bool stands(std::size_t segment, const Looked& one) const;
  void add_move(Plan& plan, std::size_t segment, Ordinal who, bool in, std::optional<Cause> told) const;
  std::optional<Cause> told_of(const Plan& plan, const Looked& one, std::size_t segment) const;
  void judge_one(Plan& plan, const Looked& one, const Facts& facts, const Past& past);
  void leave_all(Plan& plan, const Looked& one);
  Cause cause_of(const Plan& plan, const Looked& one, std::size_t segment) const;
  Result<> read_facts(Tx& tx, FactsOfSome& facts, std::span<const PersonId> people, std::span<const Places> asked, Instant now);
  bool is_member(const Clause& leaf) const;
  Record& record(Tx& tx);

  // live_fill.cc
  bool waits(std::size_t segment) const;
  bool any_waits() const;
  Result<> plan_background(Tx& tx, Plan& plan);
  Result<> plan_begin(Tx& tx, Plan& plan);
  Result<> plan_walk(Tx& tx, Plan& plan);
  std::optional<std::size_t> next_check(Instant now) const;
  Result<> plan_check(Tx& tx, Plan& plan, std::size_t segment);
  std::map<std::string, People> roots_of_sets() const;
  MemberSets member_sets(const std::map<std::string, People>& roots) const;
  void take_spreads(std::size_t segment, FactTable& table);
  Result<bool> leave_out_unsettled(Tx& tx, Plan& plan, People& pending);
  void plan_slice(Plan& plan);

  // live_fold.cc
  Result<> load_recent(Tx& tx);
  Result<> write_moves(Tx& tx, std::span<const Move> moves);
  void remember_recent();
  Result<> fold(std::size_t written);
  Result<> fold_some(Tx& tx, std::size_t from, std::size_t to);

  // live_apply.cc
  Result<> write(Plan& plan);
  std::size_t moves_together(const Plan& plan, std::size_t from) const;
  Result<> take_turn(Tx& tx, std::int64_t met);
  Result<> apply(Tx& tx, Plan& plan, std::span<const Move> moves, std::span<const Wake> wakes, bool last);
  void order_moves(Plan& plan) const;
  Result<> apply_moves(Tx& tx, const Plan& plan, std::span<const Move> moves);
  Result<> apply_wakes(Tx& tx, std::span<const Wake> wakes);
  Result<> tell(Tx& tx, const Move& move, const Cause& cause);
  Result<> change_tag(Tx& tx, const Move& move);
  Result<> write_states(Tx& tx, const Plan& plan);
  Result<> write_filled(Tx& tx, const Plan& plan);

  static std::string key_of(const Field& field);
  PersonId person(Ordinal who) const { return {view_->roster->node(who)}; }

  Db* db_;
  mutable std::mutex mutex_;  // one turn at a time
  Shape shape_;
  bool loaded_ = false, background_ = false, settling_ = false;
  std::int64_t turn_ = 0;
  events::Seq at_ = 0, cursor_ = 0;  // looked at up to here; as the store has it
  std::int64_t met_ = 0;
  Ordinal met_to_ = 0;               // ordinals below were looked at when they were new
  // Stretches of the log that hold nothing but what was told here, first to last: four lines of five under load, and nobody's news.
  std::map<events::Seq, events::Seq> told_;
  std::vector<events::Seq> telling_;  // of the transaction at work
  LiveBook book_;
  Zone zone_ = Zone::utc();
  std::vector<Kept> kept_;
  std::map<std::string, std::pair<std::string, People>> sets_;  // by key: stamp, nodes
  events::columns::ViewPtr view_;
  std::vector<std::int64_t> wake_;  // by ordinal
  using Due = std::pair<std::int64_t, Ordinal>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;  // what is no longer anybody's wake is skipped
  std::optional<Check> check_;

  // Moves that stand in segment_recent and not in the chunks yet, by segment and person: which way, and in which row. The fold
  // takes those of rows up to a place, some a turn.
  struct Recent { bool in = false; std::int64_t at = 0; };
  using RecentMap = std::map<std::pair<SegmentId, PersonId>, Recent>;
  struct Fold { std::vector<RecentMove> moves; std::size_t done = 0; std::int64_t upto = 0; };
  RecentMap recent_;
  std::vector<RecentMove> adding_;  // of the transaction at work
  std::int64_t added_at_ = 0;
  std::optional<Fold> fold_;
  std::set<std::size_t> dropped_;       // segments that changed while a turn was written

  // Which segments an event makes look.
  std::map<std::string, Places, std::less<>> by_kind_;
  Places every_, all_, timed_, inviters_, referrals_;
  std::map<std::string, Places> by_field_, by_changed_;
  std::vector<Field> fields_;
  std::vector<Places> behind_;  // segments that ask a segment, and those that ask them
  Flips flips_;                 // of every rule, by what people did

  // While one person is judged.
  Ordinal judged_ = 0;
  std::vector<std::int8_t> verdicts_;  // by segment; -1: not judged

  KindNumbers kinds_;
  std::optional<Record> record_;
  const events::columns::View* record_view_ = nullptr;

  mutable std::mutex figures_mutex_;
  LiveFigures figures_;
  std::atomic<std::int64_t> next_time_ = kNever, looked_at_ = 0;
  std::atomic<bool> hurries_ = false;
};

}  // namespace koi::segments
