/// The merchant's own way to cut RFM scores: saved, versioned, in force wherever a question does not bring its own.
#pragma once
#include "insight/rfm.h"
#include "store/trail.h"

namespace koi::insight {

/// Version 0 is the rule of the house: quintiles, high from 4.
struct RfmSetting {
  std::int64_t version = 0;
  std::string method = "quintile";
  std::optional<std::string> r_days, f_orders, m_fen;
  std::int64_t high = 4;
  std::string note;
  std::optional<Instant> at;
};
BOOST_DESCRIBE_STRUCT(RfmSetting, (), (version, method, r_days, f_orders, m_fen, high, note, at))

Result<RfmSetting> rfm_setting(Tx& tx);
/// The newest first.
Result<std::vector<RfmSetting>> rfm_settings(Tx& tx, int limit);
/// A new version after `had`; what it says is written in canonical form. invalid "insight.bad_spec", "insight.note";
/// precondition "insight.stale" when another version is in force by now.
Result<RfmSetting> save_rfm_setting(Tx& tx, const store::Author& who, std::int64_t had, const RfmSetting& wanted);

/// A spec with what it leaves open filled in from the setting; one that names a method stands for itself.
Result<RfmSpec> rfm_in_force(Tx& tx, RfmSpec spec);

}  // namespace koi::insight
