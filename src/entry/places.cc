// Where stores are and when they are open.
#include "base/say.h"
#include "entry/known.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::entry {

struct PlaceRow { UnitId unit; double lat, lng; std::string hours, address, phone; };
BOOST_DESCRIBE_STRUCT(PlaceRow, (), (unit, lat, lng, hours, address, phone))

namespace {

constexpr std::string_view kPut =
    "INSERT INTO store_place (unit_id, lat, lng, hours, address, phone, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (unit_id) DO UPDATE SET "
    "lat = excluded.lat, lng = excluded.lng, hours = excluded.hours, address = excluded.address, phone = excluded.phone, updated_at = excluded.updated_at";
constexpr std::string_view kDrop = "DELETE FROM store_place WHERE unit_id = $1";
constexpr std::string_view kList = "SELECT unit_id, lat, lng, hours, address, phone FROM store_place WHERE unit_id > $1 ORDER BY unit_id LIMIT $2";

Result<Unit> unit_in(Tx& tx, const Scope& scope, UnitId unit) {
  TRY(const auto units, roster().units(tx, std::span(&unit, 1)));
  if (units.empty() || !scope.covers({}, units.front().path)) return fail(Errc::not_found, "entry.unknown_unit", to_text(unit), "/unit");
  return units.front();
}

}  // namespace

Result<> put_store_place(Tx& tx, const Scope& scope, const StorePlace& p) {
  TRY(unit_in(tx, scope, p.unit));
  if (!(p.lat >= -90 && p.lat <= 90) || !(p.lng >= -180 && p.lng <= 180))
    return fail(Errc::invalid, "entry.place", say("latitude -90 to 90, longitude -180 to 180", "纬度 -90 至 90,经度 -180 至 180"), p.lat >= -90 && p.lat <= 90 ? "/lng" : "/lat");
  TRY(WeekPlan::of(p.hours, "/hours"));
  TRY(tx.exec(kPut, p.unit, p.lat, p.lng, http::json_of(p.hours), p.address, p.phone, tx.now()));
  pulse_changed(tx);
  return {};
}

Result<> drop_store_place(Tx& tx, const Scope& scope, UnitId unit) {
  TRY(unit_in(tx, scope, unit));
  TRY(tx.exec(kDrop, unit));
  pulse_changed(tx);
  return {};
}

Result<std::vector<StorePlace>> list_store_places(Tx& tx, const Scope& scope, UnitId after, int limit) {
  std::vector<StorePlace> out;
  // A scope may leave rows out; the next page begins where this one stopped looking.
  auto from = after.v;
  for (bool more = true; more && out.size() < static_cast<std::size_t>(limit);) {
    TRY(auto rows, tx.all<PlaceRow>(kList, from, limit));
    more = rows.size() == static_cast<std::size_t>(limit);
    for (auto& r : rows) {
      from = r.unit.v;
      if (out.size() >= static_cast<std::size_t>(limit) || !unit_in(tx, scope, r.unit)) continue;
      TRY(auto hours, http::parse_json<std::vector<Hours>>(r.hours));
      out.push_back({r.unit, r.lat, r.lng, std::move(hours), std::move(r.address), std::move(r.phone)});
    }
  }
  return out;
}

}  // namespace koi::entry
