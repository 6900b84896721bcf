#include <boost/json.hpp>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "events/events.h"
#include "people/consent.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::string_view kAdd =
    "INSERT INTO consent_entry (id, person_id, origin_id, channel, purpose, granted, evidence, notice_version, at, recorded_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
constexpr std::string_view kNow =
    "SELECT channel, purpose, granted, at, evidence, notice_version FROM consent_now WHERE person_id = $1 "
    "ORDER BY channel, purpose";
constexpr std::string_view kPast =
    "SELECT channel, purpose, granted, at, evidence, notice_version FROM consent_entry WHERE person_id = $1 "
    "ORDER BY at DESC, id DESC LIMIT $2";
constexpr std::string_view kReachable =
    "SELECT COUNT(*) FROM reachability WHERE person_id = $1 AND channel = $2 AND purpose = $3";

constexpr std::array<std::string_view, 6> kChannels = {"wecom", "mp", "mini", "sms", "phone", "mail"};
constexpr std::array<std::string_view, 4> kPurposes = {"marketing", "service", "analytics", "personalisation"};

[[maybe_unused]] const bool kFollows = follow("consent_entry");

}  // namespace

Result<> record_consent(Tx& tx, const Consent& cmd) {
  if (std::ranges::find(kChannels, cmd.channel) == kChannels.end())
    return fail(Errc::invalid, "people.consent_channel", cmd.channel, "/channel");
  if (std::ranges::find(kPurposes, cmd.purpose) == kPurposes.end())
    return fail(Errc::invalid, "people.consent_purpose", cmd.purpose, "/purpose");
  TRY(const auto root, root_of(tx, cmd.person));
  const auto at = cmd.at == Instant{} ? tx.now() : cmd.at;
  TRY(const auto added, tx.exec(kAdd, tx.next_number(), root, root, cmd.channel, cmd.purpose, cmd.granted, cmd.evidence,
                                cmd.notice_version, at, tx.now()));
  if (added == 0) return {};
  const auto props = boost::json::serialize(boost::json::object{{"purpose", cmd.purpose},
                                                                {"address", cmd.channel},
                                                                {"proof_ref", cmd.evidence},
                                                                {"text_v", parse_int(cmd.notice_version).value_or(0)}});
  events::Event event;
  event.kind = cmd.granted ? "consent_granted" : "consent_withdrawn";
  event.person = root;
  event.at = at;
  event.props = props;
  TRY(events::append(tx, event));
  return {};
}

Result<bool> reachable(Tx& tx, PersonId person, std::string_view channel, std::string_view purpose) {
  TRY(const auto root, root_of(tx, person));
  TRY(const auto found, tx.one<std::int64_t>(kReachable, root, channel, purpose));
  return found != 0;
}

Result<std::vector<ConsentState>> consent_of(Tx& tx, PersonId root) { return tx.all<ConsentState>(kNow, root); }
Result<std::vector<ConsentState>> consent_past(Tx& tx, PersonId root, int limit) {
  return tx.all<ConsentState>(kPast, root, limit);
}

}  // namespace koi::people
