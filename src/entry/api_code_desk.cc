// Switches of guides, alarms, and where stores are, on the wire.
#include "base/text.h"
#include "entry/code_api.h"
#include "entry/roster.h"

namespace koi::entry {

struct SwitchIn { bool online = true; std::optional<CodeId> code; };
BOOST_DESCRIBE_STRUCT(SwitchIn, (), (online, code))
struct CodeAlarmRow {
  AlarmId id;
  CodeId code;
  std::string code_name;
  std::optional<StaffId> staff_id;
  std::string staff_name, kind, detail;
  std::int64_t times = 0;
  Instant opened_at{}, last_at{};
  std::optional<Instant> closed_at;
};
BOOST_DESCRIBE_STRUCT(CodeAlarmRow, (), (id, code, code_name, staff_id, staff_name, kind, detail, times, opened_at, last_at, closed_at))
struct AlarmQuery { std::optional<bool> open; std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(AlarmQuery, (), (open, cursor, limit))
struct StorePlaceOut { UnitId unit; std::string name; double lat = 0, lng = 0; std::vector<Hours> hours; std::string address, phone; };
BOOST_DESCRIBE_STRUCT(StorePlaceOut, (), (unit, name, lat, lng, hours, address, phone))
struct StorePlaceIn { double lat = 0, lng = 0; std::optional<std::vector<Hours>> hours; std::optional<std::string> address, phone; };
BOOST_DESCRIBE_STRUCT(StorePlaceIn, (), (lat, lng, hours, address, phone))
struct StorePlaceQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(StorePlaceQuery, (), (cursor, limit))

namespace {

Result<Answer> put_online(Call& call) {
  TRY(const auto staff, call.path<StaffId>("staff"));
  TRY(const auto body, call.body<SwitchIn>());
  call.audit_subject(to_text(staff), body.online ? R"({"online":true})" : R"({"online":false})");
  return call.write(staff, [staff, body, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(set_online(tx, scope, {staff, body.code.value_or(CodeId{}), body.online}));
    return http::no_content();
  });
}

Result<std::string> name_of_guide(Tx& tx, StaffId staff) {
  TRY(const auto found, roster().guides(tx, std::span(&staff, 1)));
  return found.empty() ? std::string() : found.front().name;
}

Result<Answer> get_alarms(Call& call) {
  TRY(const auto query, call.query<AlarmQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  AlarmId before;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    before = AlarmId{place[0]};
  }
  return call.read([open = query.open.value_or(true), before, limit, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto alarms, list_alarms(tx, scope, open, before, limit + 1));
    http::Page<CodeAlarmRow> out;
    out.as_of = tx.now();
    const bool more = alarms.size() > static_cast<std::size_t>(limit);
    if (more) alarms.pop_back();
    for (auto& a : alarms) {
      TRY(auto code, find_code(tx, scope, a.code));
      TRY(auto name, a.staff ? name_of_guide(tx, *a.staff) : Result<std::string>(std::string()));
      out.data.push_back({a.id, a.code, std::move(code.spec.name), a.staff, std::move(name), std::move(a.kind), std::move(a.detail), a.times, a.opened_at, a.last_at, a.closed_at});
    }
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> post_alarm_closed(Call& call) {
  TRY(const auto id, call.path<AlarmId>("alarm"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(close_alarm(tx, scope, id));
    return http::no_content();
  });
}

Result<Answer> get_places(Call& call) {
  TRY(const auto query, call.query<StorePlaceQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  UnitId after;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    after = UnitId{place[0]};
  }
  return call.read([after, limit, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto places, list_store_places(tx, scope, after, limit + 1));
    http::Page<StorePlaceOut> out;
    out.as_of = tx.now();
    const bool more = places.size() > static_cast<std::size_t>(limit);
    if (more) places.pop_back();
    for (auto& p : places) {
      TRY(const auto units, roster().units(tx, std::span(&p.unit, 1)));
      out.data.push_back({p.unit, units.empty() ? std::string() : units.front().name, p.lat, p.lng, std::move(p.hours), std::move(p.address), std::move(p.phone)});
    }
    if (more) out.next = http::encode_cursor({out.data.back().unit.v});
    return http::ok(out);
  });
}

Result<Answer> put_place(Call& call) {
  TRY(const auto unit, call.path<UnitId>("unit"));
  TRY(auto body, call.body<StorePlaceIn>());
  call.audit_subject(to_text(unit));
  StorePlace place{unit, body.lat, body.lng, body.hours.value_or(std::vector<Hours>{}), std::string(trim(body.address.value_or(""))), std::string(trim(body.phone.value_or("")))};
  return call.write(unit, [place = std::move(place), scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(put_store_place(tx, scope, place));
    return http::no_content();
  });
}

Result<Answer> delete_place(Call& call) {
  TRY(const auto unit, call.path<UnitId>("unit"));
  call.audit_subject(to_text(unit));
  return call.write(unit, [unit, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(drop_store_place(tx, scope, unit));
    return http::no_content();
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, SwitchIn, None>("PUT", "/v1/code-guides/{staff}/online", "code.switch", put_online, "导购上线或下线", "Switch a guide on or off"),
    route<AlarmQuery, None, http::Page<CodeAlarmRow>>("GET", "/v1/code-alarms", "code.read", get_alarms, "活码告警", "Alarms of live codes"),
    route<None, None, None>("POST", "/v1/code-alarms/{alarm}:close", "code.write", post_alarm_closed, "关闭告警", "Close an alarm"),
    route<StorePlaceQuery, None, http::Page<StorePlaceOut>>("GET", "/v1/store-places", "code.read", get_places, "门店位置与营业时间", "Where stores are and when they are open"),
    route<None, StorePlaceIn, None>("PUT", "/v1/store-places/{unit}", "code.write", put_place, "设置门店位置", "Set where a store is"),
    route<None, None, None>("DELETE", "/v1/store-places/{unit}", "code.write", delete_place, "清除门店位置", "Forget where a store is"),
};

}  // namespace

std::span<const Route> code_desk_routes() { return kRoutes; }

}  // namespace koi::entry
