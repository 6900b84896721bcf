#include <boost/json.hpp>

#include <map>

#include "connect/wecom/archive/messages.h"
#include "connect/wecom/fields.h"
#include "people/people.h"
#include "people/vault.h"
#include "segments/merchant.h"
#include "store/rows.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(Talk, (), (person_id, staff_id, room, last_at, messages, received, kept))
struct MessageRow {
  ArchiveMessageId id;
  PersonId origin;
  bool by_customer = false;
  std::string kind, state;
  Instant at;
  std::optional<Instant> revoked_at;
  std::optional<store::Blob> sealed;
};
BOOST_DESCRIBE_STRUCT(MessageRow, (), (id, origin, by_customer, kind, state, at, revoked_at, sealed))
struct FactRow { PersonId person; std::int64_t staff = 0; bool by_customer = false; Instant at; };
BOOST_DESCRIBE_STRUCT(FactRow, (), (person, staff, by_customer, at))

namespace {

#define KOI_TALKS                                                                                                                                          \
  "SELECT m.person_id, m.staff_id, m.room, MAX(m.at), COUNT(*), CAST(SUM(m.by_customer) AS BIGINT), "                                                      \
  "CAST(SUM(CASE WHEN m.state = 'kept' THEN 1 ELSE 0 END) AS BIGINT) FROM connect_archive_message m JOIN person p ON p.id = m.person_id "                  \
  "WHERE ($1 = 0 OR m.staff_id = $1) AND ($2 = 0 OR m.person_id = $2) AND m.at >= $3 AND m.at < $4 AND ($5 = '' OR m.kind = $5) "
#define KOI_TALKS_END "GROUP BY m.person_id, m.staff_id, m.room HAVING MAX(m.at) < $6 ORDER BY MAX(m.at) DESC, m.person_id LIMIT $7"
constexpr std::string_view kTalks = KOI_TALKS KOI_TALKS_END;
constexpr std::string_view kOwnTalks = KOI_TALKS "AND p.owner_staff_id = $8 AND m.staff_id IN ($8, 0) " KOI_TALKS_END;
constexpr std::string_view kTalksBelow = KOI_TALKS "AND p.unit_path >= $8 AND p.unit_path < $9 " KOI_TALKS_END;

constexpr std::string_view kMessages =
    "SELECT id, origin_id, by_customer, kind, state, at, revoked_at, sealed FROM connect_archive_message WHERE person_id = $1 AND staff_id = $2 AND room = $3 AND at < $4 "
    "ORDER BY at DESC, id DESC LIMIT $5";
#define KOI_FACTS                                                                                                                                    \
  "SELECT m.person_id, m.staff_id, m.by_customer, m.at FROM connect_archive_message m JOIN person p ON p.id = m.person_id WHERE m.at >= $1 AND m.at < $2 " \
  "AND m.staff_id <> 0 AND ($3 = 0 OR m.staff_id = $3) "
#define KOI_FACTS_END "ORDER BY m.at, m.id LIMIT 200000"
constexpr std::string_view kFacts = KOI_FACTS KOI_FACTS_END, kOwnFacts = KOI_FACTS "AND p.owner_staff_id = $4 AND m.staff_id = $4 " KOI_FACTS_END,
                           kFactsBelow = KOI_FACTS "AND p.unit_path >= $4 AND p.unit_path < $5 " KOI_FACTS_END;
constexpr std::chrono::days kDaysMax{31};

/// Paths that begin with this one sort below it with its last slash one higher.
std::string end_of(std::string path) {
  path.back() = '0';
  return path;
}

/// What a reader sees of a message's JSON; "" for what has no words.
std::string words_of(const std::string& kind, const std::string& text) {
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  if (ec || !parsed.is_object()) return {};
  const auto& o = parsed.get_object();
  const auto& body = object_in(o, kind == "markdown" ? "info" : kind);
  std::string out;
  for (const auto* key : {"content", "title", "description", "filename", "address", "link_url", "displayname"}) {
    const auto part = text_in(body, key);
    if (!part.empty()) out += (out.empty() ? "" : "\n") + part;
  }
  for (const auto& item : array_in(body, "item")) {
    if (!item.is_object()) continue;
    const auto part = text_in(item.get_object(), "content");
    boost::system::error_code inner;
    const auto inside = json::parse(part, inner);
    const auto said = !inner && inside.is_object() ? text_in(inside.get_object(), "content") : part;
    if (!said.empty()) out += (out.empty() ? "" : "\n") + said;
  }
  return out;
}

}  // namespace

Result<std::vector<Talk>> find_talks(Tx& tx, const Scope& scope, const FindTalks& f) {
  if (scope.unlimited()) return tx.all<Talk>(kTalks, f.staff.v, f.person.v, f.from, f.until, f.kind, f.before, f.limit);
  if (scope.reach() == Reach::own) return tx.all<Talk>(kOwnTalks, f.staff.v, f.person.v, f.from, f.until, f.kind, f.before, f.limit, scope.staff().v);
  if (scope.unit_path().empty()) return std::vector<Talk>{};
  return tx.all<Talk>(kTalksBelow, f.staff.v, f.person.v, f.from, f.until, f.kind, f.before, f.limit, scope.unit_path(), end_of(scope.unit_path()));
}

Result<std::vector<Uttered>> open_talk(Tx& tx, const Scope& scope, const OpenTalk& open) {
  TRY(const auto root, people::visible(tx, scope, open.person));
  const bool others = scope.reach() == Reach::own && open.staff != 0 && open.staff != scope.staff().v;
  if (others) return fail(Errc::not_found, "people.not_found");
  TRY(const auto rows, tx.all<MessageRow>(kMessages, root, open.staff, open.room, open.before, open.contains.empty() ? open.limit : kSearchMax));
  std::vector<Uttered> out;
  for (const auto& row : rows) {
    if (out.size() == static_cast<std::size_t>(open.limit)) break;
    Uttered one{row.id, row.by_customer, row.kind, row.state, {}, row.at, row.revoked_at};
    if (row.sealed) {
      TRY(const auto text, people::open_for(tx, row.origin, *row.sealed));
      if (text) one.text = words_of(row.kind, *text);
      else one.state = "erased";
    }
    if (open.contains.empty() || one.text.contains(open.contains)) out.push_back(std::move(one));
  }
  const auto detail = json::serialize(json::object{{"staff", open.staff ? to_text(StaffId{open.staff}) : ""}, {"room", open.room}, {"searched", !open.contains.empty()}, {"messages", out.size()}});
  TRY(store::audit(tx, {.author = open.by, .action = "archive.open", .subject = to_text(root), .detail = detail, .request_id = {}}));
  return out;
}

Result<std::vector<TalkDay>> talk_days(Tx& tx, const Scope& scope, Instant from, Instant until, StaffId staff, int limit) {
  if (until <= from || until - from > kDaysMax) return fail(Errc::invalid, "connect.archive_days", {}, "/until");
  TRY(const auto zone, segments::merchant_zone(tx));
  struct Day { TalkDay out; std::optional<Instant> asked; };
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, Day> days;
  const auto take = [&](FactRow&& row) -> Result<> {
    const auto day = day_text(zone.day_of(row.at));
    auto& at = days[{day, row.staff, row.person.v}];
    at.out.day = day, at.out.person_id = row.person, at.out.staff_id = row.staff;
    if (row.by_customer) {
      ++at.out.received;
      if (!at.asked) at.asked = row.at;
    } else {
      ++at.out.sent;
      if (at.asked && !at.out.first_reply_s) at.out.first_reply_s = (row.at - *at.asked).count() / 1000;
    }
    return {};
  };
  if (scope.unlimited()) { TRY(tx.each<FactRow>(kFacts, take, from, until, staff.v)); }
  else if (scope.reach() == Reach::own) { TRY(tx.each<FactRow>(kOwnFacts, take, from, until, staff.v, scope.staff().v)); }
  else if (!scope.unit_path().empty()) { TRY(tx.each<FactRow>(kFactsBelow, take, from, until, staff.v, scope.unit_path(), end_of(scope.unit_path()))); }
  std::vector<TalkDay> out;
  for (auto at = days.rbegin(); at != days.rend() && out.size() < static_cast<std::size_t>(limit); ++at) out.push_back(std::move(at->second.out));
  return out;
}

}  // namespace koi::connect::wecom
