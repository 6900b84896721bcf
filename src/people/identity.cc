#include "people/identity.h"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>

#include "events/events.h"
#include "people/known.h"
#include "people/links.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct HeldRow {
  std::string ns;
  std::int64_t count = 0, best = 0;
  Instant last_at;
};
BOOST_DESCRIBE_STRUCT(HeldRow, (), (ns, count, best, last_at))

constexpr std::string_view kFindRule = "SELECT rule FROM identifier_rule WHERE ns = $1 AND value = $2";
constexpr std::string_view kHoldings =
    "SELECT ns, COUNT(*), MIN(priority), MAX(last_at) FROM identifier WHERE person_id = $1 GROUP BY ns";
constexpr std::string_view kCreate =
    "INSERT INTO person (id, created_at, first_seen_at, last_seen_at) VALUES ($1, $2, $2, $2)";
constexpr std::string_view kLinkedSince =
    "SELECT COUNT(*) FROM identifier WHERE person_id = $1 AND ns = $2 AND first_at > $3";
constexpr std::string_view kMemberNo =
    "UPDATE person SET member_no = $2 WHERE id = $1 AND member_no IS NULL";
constexpr std::string_view kRoot = "SELECT COALESCE(merged_into, id) FROM person WHERE id = $1";
constexpr std::string_view kNodes = "SELECT id FROM person WHERE merged_into = $1 ORDER BY id";
constexpr std::string_view kScopeOf = "SELECT owner_staff_id, unit_path FROM person WHERE id = $1";
constexpr std::string_view kRuleOut =
    "INSERT INTO identifier_rule (ns, value, rule, at) VALUES ($1, $2, $3, $4) ON CONFLICT (ns, value) DO UPDATE SET rule = $3";

constexpr int kRaces = 3;  // two writers of PostgreSQL may meet the same new identifier

std::int32_t day_of(Instant t) { return static_cast<std::int32_t>(to_ms(t) / kDayMs); }

/// An identifier of this call and where it leads.
struct Given {
  Normal is;
  std::size_t place = 0;  // in the caller's list
  events::IdHash hash;
  std::optional<Link> link;
  LinkName name() const { return {is.ns, is.stored, hash}; }
};

/// What stands between an unknown identifier and becoming somebody's. Most merchants have ruled nothing out.
Result<std::optional<std::string>> rule_of(Tx& tx, const Normal& is) {
  if (auto* known = Known::of(tx)) {
    TRY(const bool any, known->any_rule(tx));
    if (!any) return std::nullopt;
  }
  return tx.maybe<std::string>(kFindRule, is.ns, is.stored);
}

/// One call at work: the person so far and what the person holds.
class Resolving {
 public:
  Resolving(Tx& tx, std::span<const Ident> idents, std::string_view evidence)
      : tx_(tx), idents_(idents), evidence_(evidence) {}

  Result<Resolved> run() {
    TRY(read());
    TRY(choose());
    for (auto& given : given_) {
      if (given.link && given.is.asserted && given.link->person != out_.person) { TRY(meet(given)); }
      if (!given.link) { TRY(link(given)); }
    }
    for (const auto& given : given_)
      if (given.link && given.link->person == out_.person) { TRY(touch(given)); }
    return out_;
  }

 private:
  Result<> read();
  void skip(std::size_t place);
  Result<> choose();
  Result<> create();
  Result<> meet(Given& given);
  Result<> link(Given& given);
  Result<> touch(const Given& given);
  Result<> take_over(Given& given);
  bool recycled(const Given& given, const Holdings& theirs) const;
  Result<bool> fits(const Given& given);
  Result<> refuse(PersonId other, const Obstacle& why);

  Tx& tx_;
  std::span<const Ident> idents_;
  std::string_view evidence_;
  std::vector<Given> given_;  // strongest first
  Holdings holds_;            // of out_.person
  Resolved out_;
};

/// Canonical, without doubles, strongest first: from here on the caller's order is forgotten.
Result<> Resolving::read() {
  std::optional<Error> first;
  for (std::size_t i = 0; i < idents_.size(); ++i) {
    auto normal = normalise_for(tx_, idents_[i]);
    if (!normal) {
      if (normal.error().kind != Errc::invalid) return std::unexpected(std::move(normal).error());
      if (!first) first = std::move(normal).error();
      skip(i);
      continue;
    }
    const auto twin = std::ranges::find_if(
        given_, [&](const Given& g) { return g.is.ns == normal->ns && g.is.stored == normal->stored; });
    if (twin != given_.end()) {
      twin->is.asserted = twin->is.asserted || normal->asserted;
      continue;
    }
    const auto name = link_name(normal->ns, normal->stored);
    TRY(auto link, find_link(tx_, name));
    if (!link) {
      TRY(const auto rule, rule_of(tx_, *normal));
      if (rule) {
        if (!first) first = Error{Errc::invalid, "people.blocked_value", normal->ns + " is " + *rule, {}, {}};
        skip(i);
        continue;
      }
    }
    given_.push_back({std::move(*normal), i, name.hash, link});
  }
  if (given_.empty())
    return fail(Errc::invalid, "people.no_identifier", first ? first->code + ": " + first->detail : "none was given");
  std::ranges::sort(given_, [](const Given& a, const Given& b) {
    return std::tie(a.is.rules.priority, a.is.ns, a.is.stored) < std::tie(b.is.rules.priority, b.is.ns, b.is.stored);
  });
  return {};
}

/// Remembered too, so that a column full of "null" does not keep its rows from the short way.
void Resolving::skip(std::size_t place) {
  if (auto* known = Known::of(tx_))
    known->keep(tx_, print_of(idents_[place]), {Known::kNobody, true, 0});
}

Result<> Resolving::create() {
  out_.person = tx_.next_id<PersonId>();
  out_.created = true;
  holds_ = {};
  TRY(tx_.append(kCreate, out_.person, tx_.now()));
  return {};
}

/// The strongest known identifier names the person, unless a stronger new one cannot be that person's: then somebody
/// new begins here, and `meet` says what stands between the two.
Result<> Resolving::choose() {
  auto anchor = std::ranges::find_if(given_, [](const Given& g) { return g.link && g.is.asserted; });
  if (anchor == given_.end()) anchor = std::ranges::find_if(given_, [](const Given& g) { return g.link.has_value(); });
  if (anchor == given_.end()) return create();
  const auto there = anchor->link->person;
  TRY(holds_, holdings(tx_, there));
  const bool weak = anchor->is.rules.priority >= kWeak;
  bool stronger_here = false;
  for (auto g = given_.begin(); g != anchor; ++g) {
    if (!g->is.asserted) continue;
    stronger_here = stronger_here || g->is.rules.priority <= kStrong;
    const int most = weak ? 1 : g->is.rules.max_ever;  // a shared screen shows many people, one account each
    if (holds_.of(g->is.ns) >= most) return create();
  }
  if (stronger_here && recycled(*anchor, holds_)) return create();
  out_.person = there;
  return {};
}

/// A number whose old owner has been silent for half a year, brought by somebody with a strong name of their own.
bool Resolving::recycled(const Given& given, const Holdings& theirs) const {
  return given.is.rules.name == "phone_e164" && given.is.asserted && theirs.best <= kStrong &&
         theirs.last_at + std::chrono::days(kSilentDays) < tx_.now();
}

/// The link goes to the person of this call; where it stood is kept in identifier_past.
Result<> Resolving::take_over(Given& given) {
  const auto old = given.link->person;
  TRY(end_link(tx_, given.name(), "recycled"));
  if (auto* known = Known::of(tx_)) known->forget_all();
  given.link.reset();
  const auto props = boost::json::serialize(boost::json::object{{"ns", given.is.ns}, {"why", "recycled"}});
  TRY(events::append(tx_, {.kind = "identity_unlinked", .person = old, .props = props}));
  return {};
}

/// An asserted identifier leads to somebody else: the two are one, or a rule says why not.
Result<> Resolving::meet(Given& given) {
  const auto other = given.link->person;
  TRY(auto theirs, holdings(tx_, other));
  if (given.is.rules.priority >= kWeak) {
    if (theirs.best <= kStrong && holds_.best <= kStrong) return {};
    for (const auto& [ns, count] : theirs.count)  // a family's tablet: two accounts of one kind are two people
      if (namespace_of(ns).priority < kWeak && holds_.of(ns) > 0) return {};
  }
  if (holds_.best <= kStrong && recycled(given, theirs)) return take_over(given);
  TRY(auto apart, held_apart(tx_, out_.person, other));
  if (apart) { out_.conflict = *apart; return {}; }
  if (const auto why = limit_between(holds_, theirs); !why.reason.empty()) return refuse(other, why);
  TRY(const bool often, merged_too_often(tx_, out_.person, other));
  if (often) return refuse(other, {"merge_cap", given.is.ns});

  const bool keep_mine = std::pair(holds_.best, out_.person.v) < std::pair(theirs.best, other.v);
  const auto into = keep_mine ? out_.person : other, from = keep_mine ? other : out_.person;
  TRY(join(tx_, into, from, evidence_, 0));
  for (auto& g : given_)
    if (g.link && g.link->person == from) g.link->person = into;
  out_.person = into;
  out_.merged = true;
  TRY(holds_, holdings(tx_, into));
  return {};
}

Result<> Resolving::refuse(PersonId other, const Obstacle& why) {
  TRY(out_.conflict, open_case(tx_, {out_.person, other, why.reason, why.ns, evidence_}));
  return {};
}

/// Whether the person may hold one more of this namespace; what may not is left unlinked.
Result<bool> Resolving::fits(const Given& given) {
  const auto& rules = given.is.rules;
  const bool weak = rules.priority >= kWeak;
  if (holds_.total >= kIdentifiersMax) {
    if (!weak) { TRY(refuse({}, {"identifier_cap", given.is.ns})); }
    return false;
  }
  if (holds_.of(given.is.ns) >= rules.max_ever) {
    if (given.is.asserted && !weak)
      TRY(refuse({}, {rules.name == "wx_unionid" ? "two_unionids" : "namespace_limit", given.is.ns}));
    return false;
  }
  if (rules.max_week > 0 && !out_.created) {
    TRY(auto lately, tx_.one<std::int64_t>(kLinkedSince, out_.person, given.is.ns, tx_.now() - std::chrono::days(7)));
    return lately < rules.max_week;
  }
  return rules.max_week == 0 || holds_.of(given.is.ns) < rules.max_week;
}

Result<> Resolving::link(Given& given) {
  TRY(const bool may, fits(given));
  if (!may) return {};
  const auto& is = given.is;
  std::optional<store::Blob> box;
  if (is.rules.sensitive) { TRY(box, seal_for(tx_, out_.person, is.value)); }
  TRY(given.link, add_link(tx_, {.name = given.name(), .person = out_.person, .priority = is.rules.priority,
                                 .verified = is.asserted, .evidence = evidence_, .box = std::move(box)}));
  if (!given.link) return fail(Errc::conflict, "people.raced");
  ++holds_.count[is.ns];
  ++holds_.total;
  holds_.best = std::min(holds_.best, is.rules.priority);
  if (is.rules.name == "member_no") {
    TRY(tx_.exec(kMemberNo, out_.person, is.value));
  } else if (is.rules.name == "phone_e164") {
    TRY(out_.created ? tell_clear_text(tx_, out_.person, "phone", is.value) : retell(tx_, out_.person, "phone"));
  }
  if (out_.created) return {};  // a person's first identifiers are the person
  const auto props = boost::json::serialize(boost::json::object{{"ns", is.ns}, {"evidence", evidence_}});
  TRY(events::append(tx_, {.kind = "identity_linked", .person = out_.person, .props = props}));
  return {};
}

/// Once a day is often enough to tell who fell silent.
Result<> Resolving::touch(const Given& given) {
  const bool verifies = given.is.asserted && given.link->verified == 0;
  if (verifies || day_of(given.link->last_at) < day_of(tx_.now()))
    TRY(touch_link(tx_, *given.link, given.is.asserted));
  if (auto* known = Known::of(tx_))
    known->keep(tx_, print_of(idents_[given.place]),
                {out_.person, given.is.asserted || given.link->verified != 0, day_of(tx_.now())});
  return {};
}

/// All of them known lately, to the same root, with nothing to write.
std::optional<PersonId> known_lately(Tx& tx, std::span<const Ident> idents) {
  auto* known = Known::of(tx);
  if (known == nullptr) return {};
  PersonId root;
  const auto today = day_of(tx.now());
  for (const auto& ident : idents) {
    const auto seen = known->look(print_of(ident));
    if (seen && seen->root == Known::kNobody) continue;
    if (!seen || seen->day < today || (ident.asserted && !seen->verified) || (root && root != seen->root)) return {};
    root = seen->root;
  }
  return root ? std::optional(root) : std::nullopt;
}

}  // namespace

Result<Resolved> resolve(Tx& tx, std::span<const Ident> idents, std::string_view evidence) {
  if (auto root = known_lately(tx, idents)) return Resolved{.person = *root};
  if (tx.kind() == store::Kind::sqlite) return Resolving(tx, idents, evidence).run();
  for (int turn = 1;; ++turn) {  // another writer may commit the same identifier between our look and our link
    auto out = tx.nested([&] { return Resolving(tx, idents, evidence).run(); });
    if (out || out.error().code != "people.raced" || turn == kRaces) return out;
  }
}

void expect(Tx& tx, std::span<const Ident> idents) {
  if (auto* known = Known::of(tx))
    for (const auto& ident : idents)
      if (ident.print) known->prefetch(ident.print);
}

Result<Holdings> holdings(Tx& tx, PersonId root) {
  Holdings out;
  TRY(tx.each<HeldRow>(kHoldings, [&](HeldRow&& row) -> Result<> {
    out.total += static_cast<int>(row.count);
    out.best = std::min(out.best, static_cast<int>(row.best));
    out.last_at = std::max(out.last_at, row.last_at);
    out.count[std::move(row.ns)] = static_cast<int>(row.count);
    return {};
  }, root));
  return out;
}

Result<std::optional<PersonId>> find(Tx& tx, const Ident& ident) {
  auto normal = normalise_for(tx, ident);
  if (!normal) {
    if (normal.error().kind == Errc::invalid) return std::nullopt;  // such a value leads to nobody
    return std::unexpected(std::move(normal).error());
  }
  TRY(const auto link, find_link(tx, link_name(normal->ns, normal->stored)));
  return link ? std::optional(link->person) : std::nullopt;
}

Result<PersonId> root_of(Tx& tx, PersonId node) {
  TRY(auto root, tx.maybe<PersonId>(kRoot, node));
  if (!root) return fail(Errc::not_found, "people.not_found");
  return *root;
}

Result<std::vector<PersonId>> nodes_of(Tx& tx, PersonId root) {
  TRY(auto out, tx.all<PersonId>(kNodes, root));
  out.insert(out.begin(), root);
  return out;
}

namespace {
struct ScopeRow {
  std::optional<StaffId> owner;
  std::string path;
};
BOOST_DESCRIBE_STRUCT(ScopeRow, (), (owner, path))
}  // namespace

Result<PersonId> visible(Tx& tx, const Scope& scope, PersonId person) {
  TRY(auto root, root_of(tx, person));
  if (scope.unlimited()) return root;
  TRY(auto row, tx.one<ScopeRow>(kScopeOf, root));
  if (!scope.covers(row.owner.value_or(StaffId{}), row.path)) return fail(Errc::not_found, "people.not_found");
  return root;
}

Result<> rule_out(Tx& tx, const Ident& ident, std::string_view rule) {
  if (rule != "blocked" && rule != "shared") return fail(Errc::invalid, "people.bad_rule", std::string(rule));
  TRY(auto is, normalise_for(tx, ident));
  TRY(tx.exec(kRuleOut, is.ns, is.stored, rule, tx.now()));
  TRY(const auto link, find_link(tx, link_name(is.ns, is.stored)));
  TRY(end_link(tx, link_name(is.ns, is.stored), rule));
  if (link) {
    const auto props = boost::json::serialize(boost::json::object{{"ns", is.ns}, {"why", rule}});
    TRY(events::append(tx, {.kind = "identity_unlinked", .person = link->person, .props = props}));
  }
  if (auto* known = Known::of(tx)) known->forget_all();
  return {};
}

}  // namespace koi::people
