#include "segments/preview.h"

#include <algorithm>
#include <mutex>

#include "people/people.h"
#include "segments/flip.h"
#include "segments/judge.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;
using columns::People;

constexpr std::string_view kReachable = "SELECT person_id, channel FROM reachability WHERE purpose = 'marketing'";

constexpr std::string_view group_word(Group::Kind kind) {
  constexpr std::string_view kWords[] = {"all", "any", "none"};
  return kWords[kind];
}

void walk(const Clause& c, const std::string& pointer, bool shown, std::vector<ClauseFigures>& out) {
  if (shown) out.push_back({.clause = &c, .pointer = pointer});
  const auto* group = std::get_if<Group>(&c.is);
  if (group == nullptr) return;
  for (std::size_t i = 0; i < group->of.size(); ++i)
    walk(group->of[i], pointer + "/" + std::string(group_word(group->kind)) + "/" + std::to_string(i), true, out);
}

/// Whether nothing is known of a fact, as a clause of its own.
std::optional<Clause> missing_of(const Clause& c) {
  const auto* compare = std::get_if<Compare>(&c.is);
  if (compare == nullptr || !std::holds_alternative<Field>(compare->subject)) return {};
  return Clause{Compare{.lens = Lens::plain, .subject = compare->subject, .op = Op::is_missing}};
}

std::int64_t count_of(const People& p) { return static_cast<std::int64_t>(p.count()); }

/// Bits of a channel over the ordinals of the process.
struct ReachBits {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const People>> of;
  std::optional<Instant> made;
};

Result<> read_reach(Tx& tx, const columns::View& view, ReachBits& bits) {
  std::map<std::string, People> read;
  TRY(tx.each_raw(kReachable, {}, [&](const store::Statement& row) -> Result<> {
    if (const auto o = view.roster->find(row.integer(0)); o < view.people) read[std::string(row.text(1))].add(o);
    return {};
  }));
  bits.of.clear();
  for (auto& [channel, people] : read) bits.of[channel] = std::make_shared<const People>(std::move(people));
  bits.made = tx.now();
  return {};
}

}  // namespace

Result<Preview> preview(Survey& survey, const Rule& rule) {
  Preview out;
  walk(rule.root, "", !std::holds_alternative<Group>(rule.root.is), out.clauses);
  std::vector<const Clause*> asked{&rule.root};
  std::vector<std::optional<Clause>> missing;
  for (const auto& one : out.clauses) missing.push_back(missing_of(*one.clause));
  for (const auto& clause : missing)
    if (clause) asked.push_back(&*clause);
  TRY(const auto answers, survey.leaves(asked));
  out.people = answers.of(rule.root);
  const auto all = count_of(out.people);
  for (std::size_t i = 0; i < out.clauses.size(); ++i) {
    auto& one = out.clauses[i];
    one.alone = count_of(answers.of(*one.clause));
    const auto without = one.clause == &rule.root ? answers.everybody() : answers.of(rule.root, one.clause);
    one.removes = count_of(without) - all;
    if (missing[i]) one.missing = count_of(answers.of(*missing[i]));
  }
  return out;
}

Result<Reach> reach_of(Survey& survey, const People& people) {
  static const int kKey = 0;
  auto& tx = survey.tx();
  auto& bits = tx.shared<ReachBits>(&kKey, [] { return std::make_shared<ReachBits>(); });
  const std::scoped_lock lock(bits.mutex);
  if (!bits.made || tx.now() < *bits.made || tx.now() - *bits.made >= kReachLife) { TRY(read_reach(tx, survey.view(), bits)); }
  Reach out{.as_of = *bits.made};
  const auto count = [&](std::string_view channel) {
    const auto known = bits.of.find(std::string(channel));
    if (known == bits.of.end()) return std::int64_t{0};
    auto both = people;
    both &= *known->second;
    return count_of(both);
  };
  out.wecom = count("wecom");
  out.mp = count("mp");
  out.sms = count("sms");
  out.mail = count("mail");
  out.phone = count("phone");
  return out;
}

Result<std::vector<DayMoves>> replay(Survey& survey, const Rule& rule, std::int64_t days) {
  const auto now = survey.moment().now;
  const auto& zone = survey.moment().zone;
  const auto today = zone.day_of(now);
  const auto first = today - std::chrono::days(days - 1);
  survey.move_to(zone.start_of(first) - Millis{1});
  TRY(auto before, survey.people(rule));
  std::vector<DayMoves> out;
  for (auto day = first; day <= today; day += std::chrono::days(1)) {
    survey.move_to(day == today ? now : zone.start_of(day + std::chrono::days(1)) - Millis{1});
    TRY(auto after, survey.people(rule));
    auto entered = after, left = before;
    entered -= before;
    left -= after;
    out.push_back({day, count_of(entered), count_of(left)});
    before = std::move(after);
  }
  survey.move_to(now);
  return out;
}

Result<Why> why(Survey& survey, const Rule& rule, PersonId person) {
  TRY(const auto root, people::root_of(survey.tx(), person));
  const auto ordinal = survey.view().roster->find(root.v);
  if (ordinal >= survey.view().people || (!survey.everybody().has(ordinal) && !survey.view().erased->has(ordinal)))
    return fail(Errc::not_found, "people.not_found");
  TRY(auto is_member, survey.memberships(rule));
  survey.look_at(ordinal);
  const auto& m = survey.moment();
  TRY(const auto facts, stored_facts_of(survey.tx(), root, rule, m, std::move(is_member)));
  Deeds deeds(survey.record());
  deeds.read(ordinal);
  Why out{.in = judge(rule, *facts, deeds, m), .explained = explain(rule, *facts, deeds, m), .next_look_at = {}};
  if (const auto next = next_flip(rule, *facts, deeds, m); next != Instant::max()) out.next_look_at = next;
  return out;
}

}  // namespace koi::segments
