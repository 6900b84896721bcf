#include "app/rooms.h"

#include "base/text.h"
#include "commerce/commerce.h"
#include "connect/connect.h"
#include "connect/seal_key.h"
#include "connect/sms/sms.h"
#include "entry/group_codes.h"
#include "entry/roster.h"
#include "entry/texter.h"
#include "events/columns/columns.h"
#include "insight/insight.h"
#include "ledger/ledger.h"
#include "people/people.h"
#include "people/profile.h"
#include "segments/segments.h"
#include "segments/use.h"
#include "team/team.h"

namespace koi {
namespace store { std::span<const Migration> schema(); }
namespace events { std::span<const store::Migration> schema(); }
namespace ledger { std::span<const store::Migration> schema(); }
namespace people { std::span<const store::Migration> schema(); }
namespace commerce { std::span<const store::Migration> schema(); }
namespace insight { std::span<const store::Migration> schema(); }
namespace connect { std::span<const store::Migration> schema(); }
}  // namespace koi

namespace koi::app {

namespace {

/// people shows who serves a customer; who that is, team knows.
Result<std::vector<people::StaffFace>> faces_of(Tx& tx, std::span<const StaffId> staff) {
  std::vector<people::StaffFace> out;
  team::PlaceNames places;
  for (const auto id : staff) {
    auto found = team::find_staff(tx, Scope::everything("who serves whom"), id);
    if (found) {
      TRY(auto place, places.of(tx, found->unit_path));
      out.push_back({id, std::move(found->name), std::move(found->unit_path), std::move(place)});
    } else if (found.error().kind != Errc::not_found) return std::unexpected(std::move(found).error());
  }
  return out;
}
/// "user 7" as segments keeps it with every version.
Result<std::string> name_of_author(Tx& tx, std::string_view by) {
  const auto space = by.find(' ');
  const auto number = space == std::string_view::npos ? std::nullopt : parse_int(by.substr(space + 1));
  if (!number) return std::string();
  const auto kind = by.substr(0, space);
  return kind == "user" ? team::member_name(tx, team::UserId{*number}) : kind == "key" ? team::key_name(tx, team::KeyId{*number}) : Result<std::string>(std::string());
}
/// entry shows customers to those who serve; team knows them and their places.
entry::Guide guide_of(team::Staff&& s) {
  return {s.id, std::move(s.name), std::move(s.wecom_userid), std::move(s.unit_path), s.state == "active"};
}
Result<std::vector<entry::Guide>> guides_by_id(Tx& tx, std::span<const StaffId> staff) {
  std::vector<entry::Guide> out;
  for (const auto id : staff) {
    auto found = team::find_staff(tx, Scope::everything("who serves"), id);
    if (found) out.push_back(guide_of(std::move(*found)));
    else if (found.error().kind != Errc::not_found) return std::unexpected(std::move(found).error());
  }
  return out;
}
Result<std::vector<entry::Guide>> guides_under(Tx& tx, std::string_view unit_path) {
  TRY(auto staff, team::staff_under(tx, Scope::everything("who serves"), unit_path));
  std::vector<entry::Guide> out;
  for (auto& one : staff) out.push_back(guide_of(std::move(one)));
  return out;
}
Result<std::vector<entry::Unit>> units_by_id(Tx& tx, std::span<const UnitId> units) {
  std::vector<entry::Unit> out;
  for (const auto id : units) {
    auto found = team::find_unit(tx, Scope::everything("where they serve"), id);
    if (found) out.push_back({id, std::move(found->name), std::move(found->path), found->state == "open"});
    else if (found.error().kind != Errc::not_found) return std::unexpected(std::move(found).error());
  }
  return out;
}
const bool kGuidesAreKnown = entry::know_roster({.guides = guides_by_id, .guides_of = guides_under, .edits = team::org_mark, .units = units_by_id});
Result<bool> sms_ready(Tx& tx) {
  TRY(const auto gateway, connect::sms::gateway(tx));
  return gateway && !gateway->disabled;
}
Result<> send_sms(Tx& tx, const entry::TextMessage& message) {
  TRY(const auto key, connect::seal_key(tx.data_dir()));
  TRY(connect::sms::queue_text(tx, {message.phone, message.text, message.purpose}, key));
  return {};
}
const bool kTextsCanBeSent = entry::know_texter({.ready = sms_ready, .send = send_sms});
const bool kAuthorsAreKnown = segments::know_authors(name_of_author);
const bool kStaffIsKnown = people::know_staff(faces_of, team::org_edits);

}  // namespace

std::vector<store::Migration> schemas() {
  std::vector<store::Migration> out;
  for (const auto room : {store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(),
                          entry::schema(), commerce::schema(), team::schema(), insight::schema(), connect::schema()})
    out.insert(out.end(), room.begin(), room.end());
  return out;
}

std::vector<std::span<const Route>> routes() {
  return {events::routes(),   ledger::routes(), people::identity_routes(), people::profile_routes(),
          segments::routes(), entry::code_routes(), entry::group_code_routes(), entry::door_routes(), commerce::routes(), team::routes(), insight::routes(),
          insight::behaviour_routes(), insight::chart_routes(), connect::routes()};
}

/// Of a process that waits for nobody but itself: its own queue empties first.
constexpr Millis kAloneBatch{2000};

std::span<const events::Consumer> consumers() {
  static const auto all = [] {
    std::vector<events::Consumer> out;
    for (const auto room : {people::consumers(), entry::code_consumers(), commerce::consumers(), connect::consumers()}) out.insert(out.end(), room.begin(), room.end());
    return out;
  }();
  return all;
}

Result<> furnish(Db& db) {
  CHECK(kStaffIsKnown && kGuidesAreKnown && kAuthorsAreKnown);
  TRY(db.migrate(schemas()));
  TRY(people::settle_keys(db));
  return db.write([](Tx& tx) -> Result<> {
    TRY(events::install_catalogue(tx));
    TRY(events::open_log(tx));
    TRY(people::open_links(tx));
    return insight::freeze_metrics(tx);
  });
}

Result<std::unique_ptr<Db>> open_store(const Config& config, Clock* clock) {
  store::Options options;
  options.address = config.store.empty() ? config.data : config.store;
  options.data_dir = config.data;
  options.readers = config.readers;
  options.writers = config.writers;
  options.clock = clock;
  if (config.alone) options.batch_time = kAloneBatch;
  TRY(auto db, Db::open(options));
  TRY(events::columns::open(*db, static_cast<std::uint64_t>(config.columns_seal_rows)));
  TRY(furnish(*db));
  return db;
}

}  // namespace koi::app
