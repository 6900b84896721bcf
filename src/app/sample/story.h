/// One character of the story and the steps they take. Private to app/sample/.
#pragma once
#include <queue>
#include <string>
#include <vector>

#include "app/sample/browsing.h"
#include "app/sample/chance.h"
#include "app/sample/doors.h"
#include "app/sample/entrance.h"
#include "app/sample/gifts.h"
#include "app/sample/sample.h"
#include "app/sample/setting.h"
#include "base/types.h"

namespace koi::app {

struct Character {
  int number = 0;              // from 1; names the member number
  std::string name;
  std::string phone;           // once they have arrived, if they gave one
  PersonId person;
  std::int64_t since_ms = 0;   // when they arrived
  const setting::Channel* channel = nullptr;
  int shop = 0;
  StaffId guide;
  int inviter = -1;            // index of the character who brought them
  double buys_per_day = 0;     // lambda, gamma over people
  double stops_after_each = 0; // p, beta over people
  double cups = 1;             // mean items an order
  int orders = 0;
  bool friends = true;
};

enum class Step : std::uint8_t { arrive, buy, refund, share, leave, browse };
struct Moment {
  std::int64_t at_ms;
  Step step;
  int who;
  std::int64_t detail = 0;  // refund: index of the order to return
  bool operator>(const Moment& o) const { return at_ms != o.at_ms ? at_ms > o.at_ms : who > o.who; }
};

class Story {
 public:
  Story(const SamplePlan& plan, std::vector<Shop> shops);
  bool over(std::int64_t until_ms) const { return moments_.empty() || moments_.top().at_ms >= until_ms; }
  std::int64_t next_ms() const { return moments_.top().at_ms; }
  /// The codes through which everybody comes. Once, before the first step.
  Result<> open(Tx& tx) {
    TRY(open_doors(tx));
    return entrance_.open(tx, shops_);
  }
  /// Takes the next step through the rooms' operations.
  Result<> take(Tx& tx);
  const SampleFigures& figures() const { return figures_; }
  const std::vector<Character>& cast() const { return cast_; }

 private:
  struct Bought { std::string order_no; Fen paid; };
  Result<> arrive(Tx& tx, Character& c, std::int64_t at_ms);
  Result<> introduce(Tx& tx, Character& c, Instant at);
  Result<> buy(Tx& tx, Character& c, std::int64_t at_ms);
  Result<> refund(Tx& tx, Character& c, const Moment& m);
  Result<> share(Tx& tx, Character& c, std::int64_t at_ms);
  Result<> leave(Tx& tx, Character& c, std::int64_t at_ms);
  Result<> browse(Tx& tx, Character& c, std::int64_t at_ms);
  Visitor visitor(const Character& c) const;
  void plan_next_purchase(const Character& c, int index, std::int64_t from_ms);
  int add_character(std::int64_t at_ms, int inviter);
  std::int64_t opening_hours(std::int64_t at_ms);

  const SamplePlan plan_;
  const std::int64_t start_ms_, until_ms_;
  std::vector<Shop> shops_;
  Chance chance_;
  Gifts gifts_;
  Entrance entrance_;
  Browsing browsing_;
  std::vector<Character> cast_;
  std::vector<Bought> bought_;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> moments_;
  SampleFigures figures_;
  int referred_ = 0;  // of the cast
};

std::string member_no_of(const Character& c);

/// The chain's places and guides.
Result<std::vector<Shop>> open_shops(Tx& tx, Chance& chance);

}  // namespace koi::app
