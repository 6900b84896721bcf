#include "insight/rfm_setting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

#define KOI_RFM_SETTING "SELECT version, method, r_days, f_orders, m_fen, high, note, at FROM rfm_setting ORDER BY version DESC LIMIT "
constexpr std::string_view kNewest = KOI_RFM_SETTING "1";
constexpr std::string_view kAll = KOI_RFM_SETTING "$1";
constexpr std::string_view kAdd =
    "INSERT INTO rfm_setting (version, method, r_days, f_orders, m_fen, high, note, by_kind, by_id, at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (version) DO NOTHING";

constexpr std::size_t kNoteMax = 200;  // characters

std::string canonical(const std::array<std::int64_t, 4>& cuts) { return fmt::format("{}", fmt::join(cuts, ",")); }

}  // namespace

Result<RfmSetting> rfm_setting(Tx& tx) {
  TRY(auto found, tx.maybe<RfmSetting>(kNewest));
  return std::move(found).value_or(RfmSetting{});
}

Result<std::vector<RfmSetting>> rfm_settings(Tx& tx, int limit) { return tx.all<RfmSetting>(kAll, limit); }

Result<RfmSetting> save_rfm_setting(Tx& tx, const store::Author& who, std::int64_t had, const RfmSetting& wanted) {
  const auto note = trim(wanted.note);
  if (!valid_utf8(note) || count_chars(note) > kNoteMax) return fail(Errc::invalid, "insight.note", {}, "/note");
  TRY(const auto rule, rfm_rule({.as_of = {}, .method = wanted.method, .r_days = wanted.r_days, .f_orders = wanted.f_orders,
                                 .m_fen = wanted.m_fen, .high = wanted.high}));
  RfmSetting next{.version = had + 1, .method = wanted.method, .r_days = {}, .f_orders = {}, .m_fen = {}, .high = rule.high,
                  .note = std::string(note), .at = tx.now()};
  if (rule.cuts) next.r_days = canonical(rule.r_days), next.f_orders = canonical(rule.f_orders), next.m_fen = canonical(rule.m_fen);
  TRY(const auto now, rfm_setting(tx));
  if (now.version != had) return fail(Errc::precondition, "insight.stale");
  TRY(const auto added, tx.exec(kAdd, next.version, next.method, next.r_days, next.f_orders, next.m_fen, next.high, next.note,
                                who.kind, who.id, tx.now()));
  if (added == 0) return fail(Errc::precondition, "insight.stale");
  return next;
}

Result<RfmSpec> rfm_in_force(Tx& tx, RfmSpec spec) {
  if (spec.method) return spec;
  TRY(auto setting, rfm_setting(tx));
  spec.method = std::move(setting.method);
  if (!spec.r_days) spec.r_days = std::move(setting.r_days);
  if (!spec.f_orders) spec.f_orders = std::move(setting.f_orders);
  if (!spec.m_fen) spec.m_fen = std::move(setting.m_fen);
  if (!spec.high) spec.high = setting.high;
  return spec;
}

}  // namespace koi::insight
