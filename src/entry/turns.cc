// The room's turn on the log: outcomes of arrivals and the sums of each hour.
#include <boost/json.hpp>

#include <algorithm>
#include <unordered_map>

#include "entry/outcomes.h"
#include "entry/spec.h"
#include "people/people.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::entry {
namespace {

struct Watch { std::string_view name; DeedKind kind; };
constexpr Watch kWatched[] = {{"code_scanned", DeedKind::scanned},
                              {"code_shown", DeedKind::shown},
                              {"friend_requested", DeedKind::requested},
                              {"friend_added", DeedKind::added},
                              {"friend_deleted_by_customer", DeedKind::deleted},
                              {"friend_deleted_by_staff", DeedKind::deleted},
                              {"friend_transferred", DeedKind::transferred},
                              {"message_received_from_customer", DeedKind::replied},
                              {"group_joined", DeedKind::grouped},
                              {"order_paid", DeedKind::ordered},
                              {"refund_done", DeedKind::refunded}};
constexpr int kGentle = 256, kWhole = 8192, kPage = 1000, kPagesMax = 20;

#define KOI_OUTCOME_COLUMNS                                                                                                     \
  "arrival_id, origin_id, person_id, code_id, staff_id, added_at, accepted_at, first_reply_at, group_at, first_order_at, "     \
  "repeat_order_at, lost_at, orders, order_fen, day, hour"
constexpr std::string_view kOutcomes = "SELECT " KOI_OUTCOME_COLUMNS " FROM entry_outcome WHERE person_id = $1 ORDER BY arrival_id LIMIT 1000";
// Taken first, so that a merge and a turn on two writers wait for each other.
constexpr std::string_view kLock = "UPDATE entry_outcome SET person_id = person_id WHERE person_id = $1";
constexpr std::string_view kArrivals =
    "SELECT id, origin_id, person_id, code_id, staff_id FROM entry_arrival WHERE person_id = $1 ORDER BY id LIMIT 1000";
constexpr std::string_view kPut =
    "INSERT INTO entry_outcome (" KOI_OUTCOME_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
    "ON CONFLICT (arrival_id) DO UPDATE SET origin_id = excluded.origin_id, person_id = excluded.person_id, added_at = excluded.added_at, "
    "accepted_at = excluded.accepted_at, first_reply_at = excluded.first_reply_at, group_at = excluded.group_at, first_order_at = excluded.first_order_at, "
    "repeat_order_at = excluded.repeat_order_at, lost_at = excluded.lost_at, orders = excluded.orders, order_fen = excluded.order_fen, "
    "day = excluded.day, hour = excluded.hour";
constexpr std::string_view kDrop = "DELETE FROM entry_outcome WHERE arrival_id = $1";

struct ArrivalKey { std::int64_t arrival; PersonId origin, person; CodeId code; StaffId staff; };
BOOST_DESCRIBE_STRUCT(ArrivalKey, (), (arrival, origin, person, code, staff))

Result<Zone> zone_of(Tx& tx) {
  TRY(const auto name, store::setting(tx, "merchant.zone"));
  return Zone::find(name.value_or("Asia/Shanghai")).value_or(Zone::utc());
}

template <class I>
I id_in(const boost::json::object& props, std::string_view name) {
  const auto* value = props.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return I{parse_id(I::tag::prefix, std::string_view(value->get_string())).value_or(0)};
}

std::optional<Deed> deed_of(const events::Stored& e) {
  const auto* watch = std::ranges::find(kWatched, e.kind, &Watch::name);
  if (watch == std::end(kWatched)) return {};
  Deed out{watch->kind, e.at, e.seq, {}, {}, e.amount_fen};
  boost::system::error_code bad;
  const auto props = boost::json::parse(e.props, bad);
  if (!bad && props.is_object()) {
    out.code = id_in<CodeId>(props.get_object(), "code_id");
    out.staff = id_in<StaffId>(props.get_object(), "staff_id");
  }
  return out;
}

/// All a person has done that concerns us, up to `upto`.
Result<std::vector<Deed>> deeds_of(Tx& tx, PersonId root, events::Seq upto) {
  TRY(const auto nodes, people::nodes_of(tx, root));
  static const auto kKinds = [] {
    std::vector<std::string> out;
    for (const auto& w : kWatched)
      if (w.kind != DeedKind::scanned && w.kind != DeedKind::shown) out.emplace_back(w.name);
    return out;
  }();
  std::vector<Deed> out;
  events::TimelineQuery query{.people = nodes, .kinds = kKinds, .limit = kPage};
  for (int page = 0; page < kPagesMax; ++page) {
    TRY(const auto rows, events::timeline(tx, query));
    for (const auto& e : rows)
      if (e.seq <= upto)
        if (const auto deed = deed_of(e)) out.push_back(*deed);
    if (rows.size() < kPage) break;
    query.before_at = rows.back().at;
    query.before_seq = rows.back().seq;
  }
  return out;
}

Result<> save(Tx& tx, std::span<const Outcome> before, std::span<const Outcome> after, SumBook& sums) {
  for (const auto& o : before) {
    const auto now = std::ranges::find(after, o.arrival, &Outcome::arrival);
    if (now != after.end() && *now == o) continue;
    sums.count(o, -1);
    if (now == after.end()) TRY(tx.exec(kDrop, o.arrival));
  }
  for (const auto& o : after) {
    const auto had = std::ranges::find(before, o.arrival, &Outcome::arrival);
    if (had != before.end() && *had == o) continue;
    sums.count(o, 1);
    TRY(tx.exec(kPut, o.arrival, o.origin, o.person, o.code, o.staff.v, o.added_at, o.accepted_at, o.first_reply_at, o.group_at, o.first_order_at,
                o.repeat_order_at, o.lost_at, o.orders, o.order_fen, o.day, o.hour));
  }
  return {};
}

/// One turn: people are read once, and written once at its end.
class Turn {
 public:
  Turn(Tx& tx, Zone zone) : tx_(tx), zone_(std::move(zone)) {}

  Result<> take(const events::Brief& brief, DeedKind kind) {
    if (kind == DeedKind::scanned || kind == DeedKind::shown) return scan(brief.seq);
    if (!brief.person) return {};
    const auto root = people::root_of(tx_, brief.person);
    // An event may be about somebody whose row never came: nobody to fold it for.
    if (!root) return root.error().kind == Errc::not_found ? Result<>{} : std::unexpected(root.error());
    TRY(auto* person, person_of(*root));
    if (kind == DeedKind::requested || kind == DeedKind::added || kind == DeedKind::deleted || kind == DeedKind::transferred) return again(*root, *person, brief.seq);
    if (person->now.empty()) return {};
    Deed deed{kind, brief.at, brief.seq, {}, {}, std::abs(brief.amount_fen)};
    if (kind == DeedKind::replied) {
      TRY(const auto told, read(brief.seq));
      if (told) deed.staff = told->staff;
    }
    take_deed(person->now, deed);
    return {};
  }

  Result<> end() {
    for (auto& [root, person] : people_) TRY(save(tx_, person.before, person.now, sums_));
    return sums_.write(tx_);
  }

  Result<> again(PersonId root, events::Seq upto) {
    TRY(auto* person, person_of(root));
    return again(root, *person, upto);
  }

 private:
  struct Person { std::vector<Outcome> before, now; };

  Result<Person*> person_of(PersonId root) {
    const auto [at, fresh] = people_.try_emplace(root);
    if (fresh) {
      TRY(tx_.exec(kLock, root));
      TRY(at->second.before, tx_.all<Outcome>(kOutcomes, root));
      at->second.now = at->second.before;
    }
    return &at->second;
  }

  Result<> again(PersonId root, Person& person, events::Seq upto) {
    TRY(const auto keys, tx_.all<ArrivalKey>(kArrivals, root));
    if (keys.empty() && person.before.empty()) return {};
    std::vector<Outcome> arrivals;
    for (const auto& k : keys) {
      Outcome o;
      o.arrival = k.arrival;
      o.origin = k.origin;
      o.person = k.person;
      o.code = k.code;
      o.staff = k.staff;
      arrivals.push_back(o);
    }
    TRY(auto deeds, deeds_of(tx_, root, upto));
    for (auto& d : deeds) d.fen = std::abs(d.fen);
    person.now = fold_deeds(arrivals, std::move(deeds));
    for (auto& o : person.now) {
      const auto moment = moment_of(zone_, o.added_at);
      o.day = moment.day_number;
      o.hour = moment.hour;
    }
    return {};
  }

  Result<std::optional<events::Stored>> event(events::Seq seq) {
    TRY(auto rows, events::after(tx_, seq - 1, 1));
    if (rows.empty() || rows.front().seq != seq) return std::optional<events::Stored>();
    return std::optional(std::move(rows.front()));
  }
  Result<std::optional<Deed>> read(events::Seq seq) {
    TRY(const auto e, event(seq));
    return e ? deed_of(*e) : std::nullopt;
  }

  Result<> scan(events::Seq seq) {
    TRY(const auto e, event(seq));
    if (!e) return {};
    const auto deed = deed_of(*e);
    if (!deed || !deed->code) return {};
    const auto moment = moment_of(zone_, e->at);
    auto& sums = sums_.at({deed->code, moment.day_number, moment.hour, deed->staff});
    const auto props = boost::json::parse(e->props);
    const auto says = [&](std::string_view name) { return props.as_object().if_contains(name); };
    const auto* outcome = says("outcome");
    if (outcome != nullptr && (outcome->is_string() && (outcome->get_string() == "guide" || outcome->get_string() == "code"))) ++sums.shown;
    if (deed->kind == DeedKind::shown) return {};
    ++sums.scans;
    const auto* first = says("is_first");
    if (first != nullptr && first->is_bool() && first->get_bool()) ++sums.visitors;
    return {};
  }

  Tx& tx_;
  const Zone zone_;
  SumBook sums_;
  std::map<PersonId, Person> people_;
};

/// After a merge or a cut: events the consumer has not seen yet come to it as they would have.
Result<> refold(Tx& tx, PersonId root) {
  TRY(tx.exec(kLock, root));
  TRY(const auto upto, events::cursor(tx, kOutcomeConsumer));
  return refold_person(tx, root, upto);
}
[[maybe_unused]] const bool kRefolds = people::on_refold(refold);

}  // namespace

Result<> refold_person(Tx& tx, PersonId root, events::Seq upto) {
  TRY(auto zone, zone_of(tx));
  Turn turn(tx, std::move(zone));
  TRY(turn.again(root, upto));
  return turn.end();
}

Result<std::size_t> turn_outcomes(Tx& tx, events::Pace pace) {
  TRY(const auto from, events::cursor(tx, kOutcomeConsumer));
  std::vector<std::int64_t> ids;
  std::unordered_map<std::int64_t, DeedKind> kinds;
  for (const auto& w : kWatched) {
    TRY(const auto kind, events::find_kind(tx, w.name));
    if (!kind) continue;
    ids.push_back(kind->id);
    kinds[kind->id] = w.kind;
  }
  auto last = from;
  TRY(const auto batch, events::after_of(tx, from, pace == events::Pace::gentle ? kGentle : kWhole, ids, last));
  if (last == from) return 0;
  if (!batch.empty()) {
    TRY(auto zone, zone_of(tx));
    Turn turn(tx, std::move(zone));
    for (const auto& brief : batch) TRY(turn.take(brief, kinds[brief.kind]));
    TRY(turn.end());
  }
  TRY(events::move_cursor(tx, kOutcomeConsumer, from, last));
  return static_cast<std::size_t>(last - from);
}

std::span<const events::Consumer> code_consumers() {
  static constexpr events::Consumer kConsumers[] = {{kOutcomeConsumer, turn_outcomes}};
  return kConsumers;
}

}  // namespace koi::entry
