#include "segments/needs.h"

#include <algorithm>

#include "segments/facts.h"

namespace koi::segments {
namespace {

using Kinds = std::vector<std::string_view>;

const Kinds kIdentity = {"identity_linked", "identity_unlinked"};
const Kinds kFriends = {"friend_added", "friend_deleted_by_customer", "friend_deleted_by_staff", "friend_transferred", "group_joined", "group_left"};
const Kinds kConsent = {"consent_granted", "consent_withdrawn"};

/// Which events tell of a change. Merging, unmerging, erasing and being new make every rule look, whatever it reads.
struct Told { std::string_view fact; std::vector<const Kinds*> by; };
const Kinds kOwner = {"owner_changed"}, kInviter = {"referral_bound"}, kTags = {"tag_added", "tag_removed", "tag_renewed"},
            kSaid = {"attribute_changed"}, kStage = {"stage_changed"};
const Told kTold[] = {
    {"staff", {&kOwner}}, {"staff.name", {&kOwner}}, {"staff.store", {&kOwner}}, {"channel", {&kSaid}}, {"store", {&kSaid}},
    {"member_no", {&kIdentity}}, {"inviter", {&kInviter}}, {"tags", {&kTags}}, {"friends", {&kFriends}}, {"groups", {&kFriends}},
    {"relation.state", {&kFriends}}, {"relation.days", {&kFriends}}, {"has_id", {&kIdentity}}, {"consent", {&kConsent}},
    {"reachable", {&kIdentity, &kFriends, &kConsent}}, {"referrals", {}}, {"created_at", {}}, {"first_seen_at", {}}};

class Reading {
 public:
  Reading(Needs& out, const std::vector<std::string>& standing) : out_(out), standing_(standing) {}

  void clause(const Clause& c) {
    if (const auto* group = std::get_if<Group>(&c.is)) return clauses(group->of);
    if (const auto* compare = std::get_if<Compare>(&c.is)) return comparison(*compare);
    if (const auto* did = std::get_if<Did>(&c.is)) return events(did->events);
    if (const auto* without = std::get_if<Without>(&c.is)) {
      events(without->did);
      return events(without->missing);
    }
    if (const auto* sequence = std::get_if<Sequence>(&c.is)) return steps(*sequence);
    if (const auto* changed = std::get_if<Changed>(&c.is)) {
      tell(kSaid);
      out_.by_time = out_.facts_by_time = true;
      add(out_.changed, changed->attribute);
      out_.attributes.insert(changed->attribute);
    }
    if (const auto* in = std::get_if<InSegment>(&c.is)) add(out_.segments, in->segment);
    if (const auto* in = std::get_if<InList>(&c.is)) add(out_.lists, in->list);
  }

 private:
  template <class T>
  static void add(std::vector<T>& all, const T& one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
  }
  void clauses(const Clauses& of) {
    for (const auto& c : of) clause(c);
  }
  void tell(const Kinds& kinds) { out_.kinds.insert(kinds.begin(), kinds.end()); }
  void happening(const std::string& kind) {
    out_.by_time = true;  // windows slide, and what is dated ahead arrives
    if (kind == "*") out_.every_kind = true;
    else out_.kinds.insert(kind);
  }
  void window(const Window& w) {
    if (const auto* since = std::get_if<Since>(&w)) happening(since->kind);
  }
  void events(const Events& e) {
    happening(e.kind);
    window(e.window);
  }
  void steps(const Sequence& s) {
    for (const auto& step : s.steps) {
      happening(step.kind);
      for (const auto& unless : step.unless) events(unless);
    }
    window(s.window);
    out_.every_kind = out_.every_kind || s.order == Order::strict;
  }

  void comparison(const Compare& c) {
    out_.ranked = out_.ranked || c.lens == Lens::zscore || c.op == Op::top || c.op == Op::bottom;
    const bool clock = c.op == Op::in_last || c.op == Op::in_next || c.op == Op::older || c.op == Op::ahead || c.op == Op::during || c.op == Op::anniversary;
    out_.by_time = out_.by_time || clock;
    const auto* field = std::get_if<Field>(&c.subject);
    out_.facts_by_time = out_.facts_by_time || (clock && field != nullptr);
    if (field != nullptr) return fact(*field);
    events(std::get<Aggregate>(c.subject).events);
  }
  void fact(const Field& field) {
    add(out_.fields, field);
    if (const auto key = attribute_key(field)) {
      out_.attributes.insert(std::string(*key));
      return tell(kSaid);
    }
    const auto& name = field.name;
    out_.tags = out_.tags || name == "tags";
    out_.staff = out_.staff || name == "staff.name" || name == "staff.store";
    out_.inviter = out_.inviter || name == "inviter";
    out_.referrals = out_.referrals || name == "referrals";
    const bool moves = name == "tags" || name == "relation.days";
    out_.by_time = out_.by_time || moves;
    out_.facts_by_time = out_.facts_by_time || moves;
    const auto* told = std::ranges::find(kTold, std::string_view(name), &Told::fact);
    if (told != std::end(kTold)) {
      for (const auto* kinds : told->by) tell(*kinds);
      return;
    }
    out_.kinds.insert(standing_.begin(), standing_.end());  // stage, orders, sums and times of them
    tell(kStage);
  }

  Needs& out_;
  const std::vector<std::string>& standing_;
};

}  // namespace

Needs needs_of(const Rule& rule, const std::vector<std::string>& standing) {
  Needs out;
  Reading(out, standing).clause(rule.root);
  return out;
}

}  // namespace koi::segments
