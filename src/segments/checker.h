/// The walk behind check.h: goes through a rule in the order of its text, knowing where it is.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "segments/check.h"
#include "segments/types.h"

namespace koi::segments {

class Checker {
 public:
  Checker(const Vocabulary& vocabulary, const Budget& budget) : words_(vocabulary), budget_(budget) {}
  void rule(const Rule& rule, std::string_view self);
  std::vector<Problem> take() { return std::move(problems_); }

 private:
  /// Where names are looked up: among a person's facts, an event's properties, or the members of a list's element.
  struct Among {
    enum Place : std::uint8_t { person, event, element } place = person;
    const EventWord* kind = nullptr;
  };
  /// A step into the rule's JSON, undone at the end of the block.
  class Step {
   public:
    Step(Checker& c, std::string_view name) : c_(c), before_(c.pointer_.size()) { c.pointer_.append("/").append(name); }
    Step(Checker& c, std::string_view name, std::size_t i) : Step(c, name) { c.pointer_.append("/").append(std::to_string(i)); }
    ~Step() { c_.pointer_.resize(before_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Checker& c_;
    std::size_t before_;
  };

  void complain(std::string_view code, Said detail, std::string_view suggestion = {});
  void unknown(const Said& what, std::string_view name, const std::vector<std::string_view>& known);

  // checker.cc
  void clauses(const Clauses& of, std::string_view member, Among among);
  void clause(const Clause& c, Among among);
  void leaf(const Clause& c, Among among);
  void compare(const Compare& c, Among among);
  std::optional<Type> subject(const Compare& c, Among among);
  std::optional<Type> field(const Field& f, Among among);
  std::optional<Type> fact(const Field& f, const Fact& known);
  std::optional<Type> property(const EventWord* event, std::string_view path, bool any_event);
  void operands(const Compare& c, Type type);
  void member_names(const Compare& c, Among among);
  void changed(const Changed& c);
  void in_segment(const InSegment& s);
  void in_list(const InList& l);
  void bucket(const Bucket& b);
  void pattern(const std::string& pattern);

  // check_events.cc
  std::optional<Type> aggregate(const Aggregate& a);
  const EventWord* event(const std::string& kind);
  void events(const Events& e);
  void window(const Window& w);
  void duration(Duration d);
  void zone(const Calendar& c);
  void without(const Without& w);
  void sequence(const Sequence& s);
  void step(const koi::segments::Step& s, Order order, bool first);
  void same(const std::vector<std::string>& paths, const std::vector<std::string>& kinds);
  void spend(const std::string& kind, const Window& w);

  const Vocabulary& words_;
  const Budget& budget_;
  std::vector<Problem> problems_;
  std::string pointer_;
  std::size_t leaves_ = 0, leaf_ = 0, event_clauses_ = 0, depth_ = 0;  // leaves so far, the one at work
  bool too_deep_ = false;
};

/// The names of segments from `self` around to itself, "a > b > a"; "" when the rule comes to an end.
std::string cycle_through(const Rule& rule, std::string_view self, const Vocabulary& vocabulary);
/// The segments a rule names, in order.
std::vector<std::string> segments_in(const Rule& rule);

}  // namespace koi::segments
