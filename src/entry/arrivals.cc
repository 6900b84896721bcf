// What the platform tells of friends: who came through which code, and that they left again.
#include "entry/arrivals.h"

#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/origin.h"
#include "entry/slots.h"
#include "people/profile.h"
#include "store/rows.h"

namespace koi::entry {

struct OpenScan { ScanId id; PersonId node; std::string held, touch; UnitId store; std::string state; Instant at{}; ScanId before; };
BOOST_DESCRIBE_STRUCT(OpenScan, (), (id, node, held, touch, store, state, at, before))
struct ArrivalRow { std::int64_t id = 0; PersonId origin; std::optional<ScanId> scan; std::string scan_match; bool over_cap = false; };
BOOST_DESCRIBE_STRUCT(ArrivalRow, (), (id, origin, scan, scan_match, over_cap))

namespace {

constexpr std::string_view kWay = "SELECT code_id FROM entry_way WHERE state = $1";
// The turn row is taken first, as a scan does, so that scans and arrivals of one code wait for each other.
constexpr std::string_view kTakeTurn = "UPDATE entry_code_turn SET since_add = 0 WHERE code_id = $1 RETURNING rev";
constexpr std::string_view kFind =
    "SELECT id, origin_id, scan_id, scan_match, over_cap FROM entry_arrival WHERE person_id = $1 AND code_id = $2 AND staff_id = $3 ORDER BY id LIMIT 1";
constexpr std::string_view kCame = "SELECT COUNT(*) FROM entry_arrival WHERE person_id = $1 AND code_id = $2";
constexpr std::string_view kAdd =
    "INSERT INTO entry_arrival (id, code_id, staff_id, origin_id, person_id, scan_id, scan_match, over_cap) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)";
constexpr std::string_view kNewest = "SELECT last_scan FROM entry_code_guide WHERE code_id = $1 AND staff_id = $2";
constexpr std::string_view kScan = "SELECT id, person_node, held, touch, store_id, state, at, before FROM entry_scan WHERE id = $1";
constexpr std::string_view kUseScan = "UPDATE entry_scan SET state = 'added' WHERE id = $1 AND state = 'open'";
constexpr std::string_view kGuideGot =
    "UPDATE entry_code_guide SET adds = adds + 1, since_add = 0 WHERE code_id = $1 AND staff_id = $2 RETURNING round_limit";
constexpr std::string_view kOwner = "SELECT owner_staff_id FROM person WHERE id = $1";
/// A scan this long before a friend may be what brought them; the platform's clock may be this much behind ours.
constexpr auto kMatchBack = std::chrono::hours(24);
constexpr auto kMatchAhead = std::chrono::seconds(60);
constexpr std::size_t kOpenMax = 20;  // scans that may be it
constexpr int kStepsMax = 200;        // looked at for them
constexpr std::size_t kRemarkMax = 20, kDescriptionMax = 150;  // the platform's
constexpr std::string_view kStageAttribute = "follow_stage";

[[maybe_unused]] const bool kFollow = people::follow("entry_arrival") && people::follow("entry_outcome");

struct Match { std::optional<OpenScan> scan; std::string_view how = "none"; };

/// One friend at work.
class Coming {
 public:
  Coming(Tx& tx, const Arrival& a) : tx_(tx), a_(a), at_(a.at == Instant{} ? tx.now() : a.at) {}

  Result<Arrived> run() {
    TRY(root_, people::root_of(tx_, a_.person));
    TRY(const auto code, tx_.maybe<CodeId>(kWay, a_.state));
    if (!code) {
      if (!a_.half) TRY(relate({}));
      return out_;
    }
    out_.code = *code;
    TRY(const auto rev, tx_.maybe<std::int64_t>(kTakeTurn, *code));
    if (!rev) return fail(Errc::internal, "entry.no_turn", to_text(*code));
    TRY(known_, known_code(tx_, *code, *rev));
    TRY(const auto came, tx_.one<std::int64_t>(kCame, root_, *code));
    out_.first = came == 0;
    TRY(auto row, tx_.maybe<ArrivalRow>(kFind, root_, *code, a_.staff));
    if (!row) { TRY(row, count()); }
    out_.over_cap = row->over_cap;
    TRY(tell(*row));
    if (out_.counted) TRY(dress());
    fill();
    return out_;
  }

 private:
  const CodeSpec& spec() const { return known_->code.spec; }

  /// Open scans that may have brought this friend, the newest first: back along the chain of those given to the guide.
  Result<std::vector<OpenScan>> open_scans(StaffId staff) {
    std::vector<OpenScan> out;
    TRY(const auto newest, tx_.maybe<ScanId>(kNewest, out_.code, staff.v));
    auto id = newest.value_or(ScanId{});
    for (int step = 0; id && step < kStepsMax && out.size() < kOpenMax; ++step) {
      TRY(auto scan, tx_.maybe<OpenScan>(kScan, id));
      if (!scan || scan->at < at_ - kMatchBack) break;
      id = scan->before;
      if (scan->state == "open" && scan->at <= at_ + kMatchAhead) out.push_back(std::move(*scan));
    }
    return out;
  }

  /// The newest open scan of this guide, or of whom the platform chose among all.
  Result<Match> match() {
    TRY(auto scans, open_scans(a_.staff));
    if (scans.empty()) { TRY(scans, open_scans({})); }
    for (auto& scan : scans) {
      if (!scan.node) continue;
      const auto who = people::root_of(tx_, scan.node);
      if (who && *who == root_) return Match{std::move(scan), "exact"};
    }
    // Somebody else's scan brings nobody but them.
    std::erase_if(scans, [](const OpenScan& s) { return bool(s.node); });
    if (scans.empty()) return Match{};
    return Match{std::move(scans.front()), scans.size() == 1 ? "only" : "latest"};
  }

  Result<ArrivalRow> count() {
    TRY(auto match, this->match());
    ArrivalRow row{tx_.next_number(), root_, match.scan ? std::optional(match.scan->id) : std::nullopt, std::string(match.how), false};
    TRY(const auto limit, tx_.maybe<std::int64_t>(kGuideGot, out_.code, a_.staff));
    if (match.scan) TRY(tx_.exec(kUseScan, match.scan->id));
    auto caps = code_caps(spec());
    if (const auto* seat = known_->seat_of(a_.staff)) {
      for (const auto& cap : seat_caps(*seat))
        // Rounds are of what was shown; a friend nobody was shown to takes no share of one.
        if (cap.letter != 'r' || (match.scan && match.scan->held.find('r') != std::string::npos)) caps.push_back(cap);
    }
    const SlotOf of{out_.code, a_.staff, moment_of(known_->zone, at_).day_number, limit.value_or(0)};
    TRY(row.over_cap, use_slots(tx_, of, match.scan ? match.scan->held : std::string(), match.scan ? match.scan->id : ScanId{}, caps, row.id));
    TRY(tx_.exec(kAdd, row.id, out_.code, a_.staff, root_, row.scan, row.scan_match, row.over_cap));
    TRY(settle_alarm(tx_, out_.code, {}, "scans_without_add"));
    TRY(settle_alarm(tx_, out_.code, a_.staff, "guide_abnormal"));
    out_.counted = true;
    return row;
  }

  Result<std::string> props(const ArrivalRow& row) {
    boost::json::object p;
    if (row.scan) {
      TRY(const auto scan, tx_.maybe<OpenScan>(kScan, *row.scan));
      if (scan) {
        const auto touch = boost::json::parse(scan->touch);
        for (const auto& [key, value] : touch.as_object()) p[key] = value;
        if (scan->store) p["store_id"] = to_text(scan->store);
      }
      p["scan"] = to_text(*row.scan);
    }
    p["scan_match"] = row.scan_match;
    p["staff_id"] = to_text(a_.staff);
    p["code_id"] = to_text(out_.code);
    p["channel"] = spec().channel;
    p["state"] = a_.state;
    p["add_way"] = std::to_string(a_.add_way);
    p["welcome_sent"] = a_.welcome_sent;
    if (row.over_cap) p["over_cap"] = true;
    return boost::json::serialize(p);
  }

  Result<> tell(const ArrivalRow& row) {
    TRY(const auto text, props(row));
    if (!a_.half) return relate(text);
    // A later request is another word, the same one is the same.
    const auto id = std::to_string(row.id) + ":" + std::to_string(to_ms(at_));
    TRY(events::append(tx_, {.kind = "friend_requested", .person = root_, .subject = a_.staff.v, .at = at_, .source = "entry", .id = id, .props = text}));
    return {};
  }

  Result<> relate(std::string props) {
    if (props.empty())
      props = boost::json::serialize(boost::json::object{{"state", a_.state}, {"add_way", std::to_string(a_.add_way)}, {"welcome_sent", a_.welcome_sent}});
    TRY(people::relate(tx_, {.person = root_, .kind = "staff", .other = a_.staff.v, .state = "active", .channel = "wecom",
                                .via = out_.code ? to_text(out_.code) : "", .at = at_, .props = std::move(props)}));
    return out_.code ? note_origin(tx_, root_) : Result<>{};
  }

  /// Tags, stage and whose customer it is: once, when the arrival counts.
  Result<> dress() {
    const auto source = "code:" + to_text(out_.code);
    if (!spec().tags.empty()) TRY(people::tag_person(tx_, {.person = root_, .tags = spec().tags, .source = source, .expires = {}, .create = true, .why = spec().name}));
    if (!spec().stage.empty())
      TRY(people::set_attributes(tx_, {.person = root_, .values = {{std::string(kStageAttribute), spec().stage}}, .source = source, .at = at_, .define_unknown = true}));
    TRY(const auto owner, tx_.maybe<std::optional<std::int64_t>>(kOwner, root_));
    if (!owner || *owner) return {};
    TRY(const auto guides, roster().guides(tx_, std::span(&a_.staff, 1)));
    return guides.empty() ? Result<>{} : people::assign_owner(tx_, root_, a_.staff, guides.front().unit_path);
  }

  void fill() {
    const auto day = day_text(moment_of(known_->zone, at_).day);
    const std::pair<std::string_view, std::string_view> values[] = {{"channel", spec().channel}, {"date", day}, {"nick", a_.nick}, {"code", spec().name}};
    out_.remark = take_chars(fill_in(spec().remark, values), kRemarkMax);
    out_.description = take_chars(fill_in(spec().description, values), kDescriptionMax);
    out_.tags = spec().tags;
  }

  Tx& tx_;
  const Arrival& a_;
  const Instant at_;
  PersonId root_;
  Known known_;
  Arrived out_;
};

}  // namespace

Result<Arrived> arrive(Tx& tx, const Arrival& arrival) { return Coming(tx, arrival).run(); }

Result<> depart(Tx& tx, const Departure& d) {
  const std::string_view state = d.reason == "DELETE_BY_TRANSFER" ? "transferred" : d.by_customer ? "deleted_by_customer" : "deleted_by_staff";
  const auto props = d.reason.empty() ? std::string() : boost::json::serialize(boost::json::object{{"reason", d.reason}});
  return people::relate(tx, {.person = d.person, .kind = "staff", .other = d.staff.v, .state = std::string(state), .channel = "wecom", .via = {}, .at = d.at, .props = props});
}

}  // namespace koi::entry
