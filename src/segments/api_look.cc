// Looking into a segment on the wire: its people, its sizes, how they differ; and what the builder of rules offers.
#include <algorithm>

#include "events/events.h"
#include "people/chosen.h"
#include "people/dressed.h"
#include "people/people.h"
#include "people/person.h"
#include "segments/api.h"
#include "segments/chunks.h"
#include "segments/lists.h"
#include "segments/merchant.h"
#include "segments/profile.h"
#include "segments/sentence.h"
#include "segments/types.h"
#include "segments/words.h"
#include "store/rows.h"

namespace koi::segments {

struct PeopleQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(PeopleQuery, (), (cursor, limit, at))
struct MemberRow : people::RowOut { std::optional<Instant> entered_at; std::optional<std::string> reason; };
BOOST_DESCRIBE_STRUCT(MemberRow, (people::RowOut), (entered_at, reason))
struct MemberPage { std::vector<MemberRow> data; std::optional<std::string> next; std::int64_t count = 0; Instant as_of; };
BOOST_DESCRIBE_STRUCT(MemberPage, (), (data, next, count, as_of))
struct HeldOut { SegmentId id; std::string name; Mode mode = Mode::live; bool filling = false; std::optional<Instant> since; std::optional<std::string> reason; };
BOOST_DESCRIBE_STRUCT(HeldOut, (), (id, name, mode, filling, since, reason))
struct HeldList { std::vector<HeldOut> data; Instant as_of; };
BOOST_DESCRIBE_STRUCT(HeldList, (), (data, as_of))
struct SizesQuery { std::optional<LocalDay> from, to; };
BOOST_DESCRIBE_STRUCT(SizesQuery, (), (from, to))
struct SizeRow { std::int64_t day = 0, size = 0, entered = 0, exited = 0; };
BOOST_DESCRIBE_STRUCT(SizeRow, (), (day, size, entered, exited))
struct SizeOut { LocalDay day; std::int64_t size = 0, entered = 0, left = 0; };
BOOST_DESCRIBE_STRUCT(SizeOut, (), (day, size, entered, left))
struct SizeList { std::vector<SizeOut> data; };
BOOST_DESCRIBE_STRUCT(SizeList, (), (data))
struct ProfileOut { std::int64_t size = 0, of = 0; Instant as_of; std::vector<Cut> cuts; };
BOOST_DESCRIBE_STRUCT(ProfileOut, (), (size, of, as_of, cuts))

struct FactWordOut { std::string name, zh, en, type; std::int64_t args_min = 0, args_max = 0; };
BOOST_DESCRIBE_STRUCT(FactWordOut, (), (name, zh, en, type, args_min, args_max))
struct AttributeWordOut { std::string key, zh, en, type; std::vector<std::string> options; };
BOOST_DESCRIBE_STRUCT(AttributeWordOut, (), (key, zh, en, type, options))
struct PropertyOut { std::string name, type; };
BOOST_DESCRIBE_STRUCT(PropertyOut, (), (name, type))
struct EventWordOut { std::string name, zh, en; std::vector<PropertyOut> properties; std::optional<std::int64_t> per_person_year; };
BOOST_DESCRIBE_STRUCT(EventWordOut, (), (name, zh, en, properties, per_person_year))
struct TagWordOut { std::string group, name; };
BOOST_DESCRIBE_STRUCT(TagWordOut, (), (group, name))
struct StageWordOut { std::string name, zh, en; };
BOOST_DESCRIBE_STRUCT(StageWordOut, (), (name, zh, en))
struct IdName { std::string id, name; };
BOOST_DESCRIBE_STRUCT(IdName, (), (id, name))
struct OperatorOut { std::string type, op, zh, en, operands; };
BOOST_DESCRIBE_STRUCT(OperatorOut, (), (type, op, zh, en, operands))
struct FunctionOut { std::string fn, zh, en; };
BOOST_DESCRIBE_STRUCT(FunctionOut, (), (fn, zh, en))
struct VocabularyOut {
  std::vector<FactWordOut> facts;
  std::vector<AttributeWordOut> attributes;
  std::vector<EventWordOut> events;
  std::vector<TagWordOut> tags;
  std::vector<StageWordOut> stages;
  std::vector<std::string> channels, stores;
  std::vector<IdName> staff, segments, lists;
  std::vector<OperatorOut> operators;
  std::vector<FunctionOut> functions;
};
BOOST_DESCRIBE_STRUCT(VocabularyOut, (), (facts, attributes, events, tags, stages, channels, stores, staff, segments, lists, operators, functions))

namespace {

constexpr std::string_view kSizes =
    "SELECT day, size, entered, exited FROM segment_size WHERE segment_id = $1 AND day >= $2 AND day <= $3 ORDER BY day LIMIT 1000";
constexpr int kPeopleUsual = 50, kPeopleMax = 100;
constexpr int kEntriesLooked = 50, kEntriesOfAll = 500;  // of one person, the newest

std::int64_t count_of(const events::columns::People& p) { return static_cast<std::int64_t>(p.count()); }

struct Entry { Instant at; std::optional<std::string> reason; };

/// When somebody came in last, and why; nothing of whoever was there from the beginning.
std::optional<Entry> entry_in(std::span<const events::Stored> entries, SegmentId segment) {
  const auto mine = std::ranges::find(entries, segment.v, &events::Stored::subject);
  if (mine == entries.end()) return {};
  Entry out{mine->at, {}};
  constexpr std::string_view kMark = "\"reason\":\"";
  if (const auto at = mine->props.find(kMark); at != std::string::npos) {
    const auto from = at + kMark.size();
    out.reason = mine->props.substr(from, mine->props.find('"', from) - from);
  }
  return out;
}

/// The newest enterings of a person, whatever they entered.
Result<std::vector<events::Stored>> entries_of(Tx& tx, std::span<const PersonId> nodes, int limit) {
  static const std::vector<std::string> kKinds{"segment_entered"};
  return events::timeline(tx, {.people = nodes, .kinds = kKinds, .limit = limit});
}

Result<> add_entry(Tx& tx, SegmentId segment, MemberRow& row) {
  TRY(const auto nodes, people::nodes_of(tx, row.id));
  TRY(const auto found, entries_of(tx, nodes, kEntriesLooked));
  if (auto entry = entry_in(found, segment)) {
    row.entered_at = entry->at;
    row.reason = std::move(entry->reason);
  }
  return {};
}

/// Whether one of these nodes has its bit.
Result<bool> any_kept(Tx& tx, const KeptNodes& kept, SegmentId segment, std::span<const PersonId> nodes) {
  for (const auto node : nodes) {
    TRY(const bool in, kept.in(tx, segment, node));
    if (in) return true;
  }
  return false;
}

/// Live and fixed segments this person is in. Asked ones keep nobody; they are not gone through.
Result<std::vector<HeldOut>> held_by(Tx& tx, PersonId root) {
  std::vector<HeldOut> out;
  TRY(const auto nodes, people::nodes_of(tx, root));
  TRY(const auto entries, entries_of(tx, nodes, kEntriesOfAll));
  TRY(const auto kept, KeptNodes::of(tx, nodes));
  TRY(const auto all, segments(tx));
  for (const auto& s : all) {
    if (s.mode == Mode::asked) continue;
    TRY(const bool in, any_kept(tx, kept, s.id, s.mode == Mode::live ? std::span(&root, 1) : std::span<const PersonId>(nodes)));
    if (!in) continue;
    TRY(const auto state, state_of(tx, s.id));
    HeldOut held{.id = s.id, .name = s.name, .mode = s.mode, .filling = !is_ready(s, state), .since = {}, .reason = {}};
    if (s.mode == Mode::fixed) held.since = s.created_at;
    else if (auto entry = entry_in(entries, s.id)) {
      held.since = entry->at;
      held.reason = std::move(entry->reason);
    }
    out.push_back(std::move(held));
  }
  return out;
}

Result<MemberPage> page_of(Tx& tx, const Scope& scope, const Segment& segment, const PeopleQuery& query, std::int64_t after, int limit) {
  TRY(const auto survey, Survey::begin(tx, scope, query.at));
  TRY(const auto people, survey->members(segment));
  const auto nodes = survey->nodes(people);
  MemberPage page{.data = {}, .next = {}, .count = count_of(people), .as_of = survey->moment().now};
  std::vector<PersonId> ids;
  auto at = std::ranges::upper_bound(nodes, after);
  for (; at != nodes.end() && ids.size() < static_cast<std::size_t>(limit); ++at) ids.push_back({*at});
  if (at != nodes.end()) page.next = http::encode_cursor({ids.back().v});
  TRY(auto rows, people::chosen_people(tx, scope, ids));
  TRY(auto out, people::dressed(tx, std::move(rows)));
  for (auto& row : out) {
    MemberRow member;
    static_cast<people::RowOut&>(member) = std::move(row);
    if (segment.mode == Mode::live) { TRY(add_entry(tx, segment.id, member)); }
    page.data.push_back(std::move(member));
  }
  return page;
}

Result<Answer> get_people(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  TRY(auto query, call.query<PeopleQuery>());
  TRY(const auto limit, http::page_limit(query.limit, kPeopleUsual));
  std::int64_t after = 0;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    after = place[0];
  }
  return call.read([scope = call.scope(), id, query = std::move(query), after, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto segment, segment_by_id(tx, id));
    TRY(const auto page, page_of(tx, scope, segment, query, after, std::min(limit, kPeopleMax)));
    return http::ok(page);
  });
}

Result<Answer> get_held(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(const auto root, people::visible(tx, scope, id));
    TRY(const auto person, people::person_row(tx, scope, root));
    HeldList out{.data = {}, .as_of = tx.now()};
    if (!person.erased_at) { TRY(out.data, held_by(tx, root)); }
    return http::ok(out);
  });
}

/// Everybody's history; whoever sees fewer people is shown none of it.
Result<Answer> get_sizes(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  TRY(const auto query, call.query<SizesQuery>());
  return call.read([scope = call.scope(), id, query](Tx& tx) -> Result<Reply> {
    TRY(segment_by_id(tx, id));
    SizeList out;
    if (!scope.unlimited()) return http::ok(out);
    const auto day = [](const std::optional<LocalDay>& d, std::int64_t usual) { return d ? d->time_since_epoch().count() : usual; };
    TRY(const auto rows, tx.all<SizeRow>(kSizes, id, day(query.from, INT32_MIN), day(query.to, INT32_MAX)));
    for (const auto& row : rows) out.data.push_back({LocalDay{std::chrono::days(row.day)}, row.size, row.entered, row.exited});
    return http::ok(out);
  });
}

Result<Answer> get_profile(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(const auto segment, segment_by_id(tx, id));
    TRY(const auto survey, Survey::begin(tx, scope));
    TRY(const auto people, survey->members(segment));
    ProfileOut out{.size = count_of(people), .of = count_of(survey->everybody()), .as_of = tx.now(), .cuts = {}};
    TRY(out.cuts, profile_of(*survey, people));
    return http::ok(out);
  });
}

constexpr std::string_view operands_word(Operands o) {
  constexpr std::string_view kWords[] = {"none", "one", "text", "two", "some", "day", "duration", "calendar", "percent"};
  return kWords[static_cast<std::size_t>(o)];
}

constexpr Type kTypes[] = {Type::text, Type::number, Type::money, Type::boolean, Type::date, Type::time, Type::duration, Type::set, Type::list};

void add_grammar(VocabularyOut& out) {
  for (const auto& fact : facts())
    out.facts.push_back({std::string(fact.name), std::string(fact.zh), std::string(fact.en), std::string(type_name(fact.type, false)),
                         static_cast<std::int64_t>(fact.args_min), static_cast<std::int64_t>(fact.args_max)});
  for (const auto type : kTypes)
    for (const auto word : op_words()) {
      const auto op = *op_of(word);
      const auto said = phrase::of(op);
      if (takes(type, op)) out.operators.push_back({std::string(type_name(type, false)), std::string(word), std::string(said.zh), std::string(said.en), std::string(operands_word(operands_of(op)))});
    }
  for (const auto word : fn_words()) {
    const auto said = phrase::of(*fn_of(word));
    out.functions.push_back({std::string(word), std::string(said.zh), std::string(said.en)});
  }
}

void add_words(const Vocabulary& words, VocabularyOut& out) {
  for (const auto& a : words.attributes) out.attributes.push_back({a.key, a.zh, a.en, std::string(type_name(a.type, false)), a.options});
  for (const auto& e : words.events) {
    EventWordOut event{e.name, e.zh, e.en, {}, e.per_person_year > 0 ? std::optional(e.per_person_year) : std::nullopt};
    for (const auto& p : e.properties) event.properties.push_back({p.name, std::string(type_name(p.type, false))});
    out.events.push_back(std::move(event));
  }
  for (const auto& t : words.tags) out.tags.push_back({t.group, t.name});
  for (const auto& s : words.stages) out.stages.push_back({s, phrase::said(s, Tongue::zh).value_or(s), phrase::said(s, Tongue::en).value_or(s)});
  out.channels = words.channels;
  out.stores = words.stores;
  for (const auto& s : words.staff) out.staff.push_back({s.id, s.name});
}

Result<Answer> get_vocabulary(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(refresh_rates(tx));
    TRY(const auto words, merchant_vocabulary(tx));
    VocabularyOut out;
    add_grammar(out);
    add_words(words, out);
    TRY(const auto all, segments(tx));
    for (const auto& s : all) out.segments.push_back({to_text(s.id), s.name});
    TRY(const auto known, lists(tx));
    for (const auto& list : known) out.lists.push_back({to_text(list.id), list.name});
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<PeopleQuery, None, MemberPage>("GET", "/v1/segments/{segment}/people", "segment.read", get_people, "人群中的客户", "People of a segment"),
    route<None, None, HeldList>("GET", "/v1/people/{person}/segments", "segment.read", get_held, "客户所在的人群", "Segments of a person"),
    route<SizesQuery, None, SizeList>("GET", "/v1/segments/{segment}/sizes", "segment.read", get_sizes, "人群规模变化", "Sizes of a segment by day"),
    route<None, None, ProfileOut>("GET", "/v1/segments/{segment}/profile", "segment.read", get_profile, "人群画像", "How a segment differs from everybody"),
    route<None, None, VocabularyOut>("GET", "/v1/segments/vocabulary", "segment.read", get_vocabulary, "规则可用的词汇", "What rules may name"),
};

}  // namespace

std::span<const Route> look_routes() { return kRoutes; }

}  // namespace koi::segments
