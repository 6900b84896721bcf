#include "events/log.h"
#include "http/wire.h"

namespace koi::events {

namespace {

struct PropShape { std::string name; PropType type{}; bool required = false; };
BOOST_DESCRIBE_STRUCT(PropShape, (), (name, type, required))

struct KindShape {
  std::string name;
  std::int64_t version = 1;
  std::string zh, en, group;
  std::vector<PropShape> props;
};
BOOST_DESCRIBE_STRUCT(KindShape, (), (name, version, zh, en, group, props))
struct KindList { std::vector<KindShape> data; Instant as_of{}; };
BOOST_DESCRIBE_STRUCT(KindList, (), (data, as_of))

struct KindBody {
  std::string name, zh, en;
  std::optional<std::vector<PropShape>> props;
};
BOOST_DESCRIBE_STRUCT(KindBody, (), (name, zh, en, props))

struct PageQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, after))

struct QuarantineShape {
  QuarantineId id;
  std::string code, pointer, event, source, event_id;
  PersonId person_id;
  Instant at, received_at;
  std::int64_t tries = 0;
  http::Json properties;
};
BOOST_DESCRIBE_STRUCT(QuarantineShape, (),
                      (id, code, pointer, event, source, event_id, person_id, at, received_at, tries, properties))

struct ReceiptQuery { std::string source, id; };
BOOST_DESCRIBE_STRUCT(ReceiptQuery, (), (source, id))
struct ReceiptShape { Verdict verdict{}; std::optional<std::int64_t> seq; std::string code, pointer; std::int64_t repeats = 0; };
BOOST_DESCRIBE_STRUCT(ReceiptShape, (), (verdict, seq, code, pointer, repeats))

KindShape shape_of(const KindDef& kind) {
  KindShape out{kind.name, kind.version, kind.zh, kind.en, kind.group, {}};
  for (const auto& prop : kind.props) out.props.push_back({prop.name, prop.type, prop.required});
  return out;
}
QuarantineShape shape_of(Quarantined&& q) {
  return {q.id,     std::move(q.code),     std::move(q.pointer), std::move(q.kind), std::move(q.source),
          std::move(q.event_id), q.person, q.at,                 q.received_at,     q.tries, {std::move(q.props)}};
}
ReceiptShape shape_of(const Receipt& r, std::int64_t repeats) {
  return {r.verdict, r.seq == 0 ? std::nullopt : std::optional(r.seq), r.code, r.pointer, repeats};
}

Result<Answer> get_kinds(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto all, kinds(tx));
    KindList list{{}, tx.now()};
    for (const auto& kind : all) list.data.push_back(shape_of(kind));
    return http::ok(list);
  });
}

Result<Answer> post_kind(Call& call) {
  TRY(const auto body, call.body<KindBody>());
  KindDef kind;
  kind.name = body.name;
  kind.zh = body.zh;
  kind.en = body.en;
  for (const auto& prop : body.props.value_or(std::vector<PropShape>{}))
    kind.props.push_back({prop.name, prop.type, prop.required});
  call.audit_subject(kind.name);
  return call.write(ShardKey{}, [kind](Tx& tx) -> Result<Reply> {
    TRY(const auto defined, define_kind(tx, kind));
    return http::created(shape_of(defined));
  });
}

Result<Answer> get_quarantine(Call& call) {
  TRY(const auto query, call.query<PageQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  QuarantineId from;
  if (query.after) {
    TRY(const auto place, http::decode_cursor(*query.after, 1));
    from.v = place.front();
  }
  return call.read([limit, from](Tx& tx) -> Result<Reply> {
    TRY(auto rows, quarantined(tx, from, limit + 1));
    http::Page<QuarantineShape> page{{}, {}, tx.now()};
    const bool more = rows.size() > static_cast<std::size_t>(limit);
    if (more) rows.pop_back();
    if (more) page.next = http::encode_cursor({rows.back().id.v});
    for (auto& row : rows) page.data.push_back(shape_of(std::move(row)));
    return http::ok(page);
  });
}

Result<Answer> post_retry(Call& call) {
  TRY(const auto entry, call.path<QuarantineId>("entry"));
  call.audit_subject(to_text(entry));
  return call.write(entry, [entry](Tx& tx) -> Result<Reply> {
    TRY(const auto receipt, retry_quarantined(tx, entry));
    return http::ok(shape_of(receipt, 0));
  });
}

Result<Answer> get_receipt(Call& call) {
  TRY(auto query, call.query<ReceiptQuery>());
  return call.read([query](Tx& tx) -> Result<Reply> {
    TRY(const auto known, find_receipt(tx, query.source, query.id));
    if (!known) return fail(Errc::not_found, "events.no_receipt");
    return http::ok(shape_of(known->receipt, known->repeats));
  });
}

using http::None;
constexpr Route kEventRoutes[] = {
    http::route<None, None, KindList>("GET", "/v1/event-kinds", "catalogue.read", get_kinds, "事件字典", "Event catalogue"),
    http::route<None, KindBody, KindShape>("POST", "/v1/event-kinds", "schema.write", post_kind, "定义事件",
                                           "Define an event kind"),
    http::route<PageQuery, None, http::Page<QuarantineShape>>("GET", "/v1/events/quarantine", "schema.read",
                                                              get_quarantine, "隔离的事件", "Quarantined events"),
    http::route<None, None, ReceiptShape>("POST", "/v1/events/quarantine/{entry}/retry", "schema.write", post_retry,
                                          "重新提交隔离的事件", "Offer a quarantined event again"),
    http::route<ReceiptQuery, None, ReceiptShape>("GET", "/v1/events/receipts", "schema.read", get_receipt, "事件回执",
                                                  "An event's receipt"),
};

}  // namespace

std::span<const Route> routes() { return kEventRoutes; }

}  // namespace koi::events
