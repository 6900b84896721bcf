// Brings the platform to the rules that are wanted, and looks at those it has besides.
#include "connect/wecom/platform.h"
#include "connect/wecom/rules/row.h"
#include "connect/wecom/sync.h"

namespace koi::connect::wecom {

struct RuleLookRow { Instant look_at; };
BOOST_DESCRIBE_STRUCT(RuleLookRow, (), (look_at))

namespace {

constexpr std::string_view kDue =
    KOI_RULE "WHERE r.corp_id = $1 AND r.try_at <= $2 AND r.look_at <= $2 AND (r.want_ver > r.made_ver OR r.wanted = 0) ORDER BY r.id LIMIT 50";
constexpr std::string_view kAsking =
    "UPDATE connect_wecom_rule SET asked_name = CASE WHEN asked_at IS NULL THEN $2 ELSE asked_name END, asked_at = COALESCE(asked_at, $3), look_at = $4 WHERE id = $1";
constexpr std::string_view kNeverAsked = "UPDATE connect_wecom_rule SET asked_name = '', asked_at = NULL, look_at = 0 WHERE id = $1";
constexpr std::string_view kMade =
    "UPDATE connect_wecom_rule SET rule_id = $2, made_ver = $3, asked_name = '', asked_at = NULL, look_at = 0, try_at = 0, error = '', detail = '' WHERE id = $1";
constexpr std::string_view kFound = "UPDATE connect_wecom_rule SET rule_id = $2, asked_name = '', asked_at = NULL, look_at = 0 WHERE id = $1";
constexpr std::string_view kLost = "UPDATE connect_wecom_rule SET rule_id = '' WHERE id = $1";
// Of what was asked for: when it was written anew meanwhile, the next round asks at once.
constexpr std::string_view kRefused =
    "UPDATE connect_wecom_rule SET asked_name = CASE WHEN rule_id = '' THEN '' ELSE asked_name END, asked_at = CASE WHEN rule_id = '' THEN NULL ELSE asked_at END, look_at = 0, "
    "error = CASE WHEN want_ver = $2 THEN $3 ELSE error END, detail = CASE WHEN want_ver = $2 THEN $4 ELSE detail END, try_at = CASE WHEN want_ver = $2 THEN $5 ELSE try_at END WHERE id = $1";
constexpr std::string_view kDrop = "DELETE FROM connect_wecom_rule WHERE id = $1 AND wanted = 0";
constexpr std::string_view kOurs = "SELECT COUNT(*) FROM connect_wecom_rule WHERE corp_id = $1 AND rule_id = $2";
constexpr std::string_view kStanding = KOI_RULE "WHERE r.corp_id = $1 AND r.rule_id <> '' AND r.wanted = 1 ORDER BY r.id LIMIT 1000";
constexpr std::string_view kGone =
    "UPDATE connect_wecom_rule SET rule_id = '', made_ver = want_ver, error = 'connect.rule_gone', detail = '' WHERE id = $1 AND rule_id = $2 AND want_ver = $3 AND made_ver = $3";
// A rule of ours that is not known by its number yet is not somebody else's.
constexpr std::string_view kAskedFor = "SELECT COUNT(*) FROM connect_wecom_rule WHERE corp_id = $1 AND asked_at IS NOT NULL AND asked_name = $2";
constexpr std::string_view kForget = "DELETE FROM connect_wecom_rule_seen WHERE corp_id = $1";
constexpr std::string_view kSeen =
    "INSERT INTO connect_wecom_rule_seen (corp_id, rule_id, name, words, semantics, kind, users, departments, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
constexpr std::string_view kLook = "SELECT look_at FROM connect_wecom_rule_look WHERE corp_id = $1";
constexpr std::string_view kLooked =
    "INSERT INTO connect_wecom_rule_look (corp_id, look_at, looked_at, error, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (corp_id) DO UPDATE SET "
    "look_at = excluded.look_at, looked_at = COALESCE(excluded.looked_at, connect_wecom_rule_look.looked_at), error = excluded.error, detail = excluded.detail";

/// By then a request whose answer was lost has landed or never will.
constexpr auto kSettle = std::chrono::seconds(60);
constexpr auto kTryAgain = std::chrono::hours(1), kLookEvery = std::chrono::hours(6);
constexpr auto kClockMargin = std::chrono::minutes(10);  // the platform's clock and ours
constexpr std::size_t kDetailMax = 300, kSeenMax = 500;
constexpr int kNoSuch[] = {41070, 41071};

bool no_such(const Error& e) { return std::ranges::any_of(kNoSuch, [&](int code) { return refused_with(e, code); }); }
std::string id_in(const json::object& o) {
  const auto text = text_in(o, "rule_id");
  return text.empty() && o.contains("rule_id") ? std::to_string(number_in(o, "rule_id")) : text;
}

/// What of `a` is not in `b`.
template <class T>
json::array rest_of(const std::vector<T>& a, const std::vector<T>& b) {
  json::array out;
  for (const auto& one : a)
    if (!holds(b, one)) out.emplace_back(one);
  return out;
}
json::object range_json(json::array users, json::array departments) { return {{"user_list", std::move(users)}, {"department_list", std::move(departments)}}; }

class RuleRound {
 public:
  RuleRound(Db& db, Platform& platform, const std::string& corp) : db_(db), platform_(platform), corp_(corp) {}

  Result<> go() {
    TRY(const auto due, db_.read([&](Tx& tx) { return tx.all<RuleRow>(kDue, corp_, tx.now()); }));
    for (const auto& row : due) TRY(bring(row));
    return {};
  }

  /// What the platform has, when it is time.
  Result<> look() {
    TRY(const bool due, db_.read([&](Tx& tx) -> Result<bool> {
      TRY(const auto at, tx.maybe<RuleLookRow>(kLook, corp_));
      return !at || at->look_at <= tx.now();
    }));
    if (!due) return {};
    const auto looked = look_now();
    if (looked || looked.error().code != "connect.wecom_refused") return looked;
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kLooked, corp_, tx.now() + kLookEvery, std::optional<Instant>{}, looked.error().code, take_chars(looked.error().detail, kDetailMax)));
      return {};
    }, shard_of_corp(corp_));
  }

  RulesDone done() const { return done_; }

 private:
  template <class... A>
  Result<> note(std::string_view sql, const A&... args) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(sql, args...));
      return {};
    }, shard_of_corp(corp_));
  }
  Result<> wait() {
    ++done_.waiting;
    return {};
  }
  Result<> refused(const RuleRow& row, const Error& e) {
    if (e.code != "connect.wecom_refused" && e.code != "connect.rule_range") return std::unexpected(e);
    ++done_.refused;
    return note(kRefused, row.id, row.want_ver, e.code, take_chars(e.detail, kDetailMax), db_.clock().now() + kTryAgain);
  }

  Result<> bring(const RuleRow& row) {
    if (row.asked_at) {
      TRY(const auto there, find(row.asked_name, *row.asked_at));
      if (there) {
        ++done_.adopted;
        TRY(note(kFound, row.id, *there));
        auto ours = row;
        ours.rule_id = *there;
        return row.wanted ? change(ours) : remove(ours);
      }
      TRY(note(kNeverAsked, row.id));
    }
    if (!row.wanted) return row.rule_id.empty() ? drop(row) : remove(row);
    return row.rule_id.empty() ? add(row) : change(row);
  }

  Result<RuleRange> for_whom(const RuleRow& row) {
    TRY(auto out, db_.read([&](Tx& tx) { return range_of(tx, row); }));
    if (out.users.empty() && out.departments.empty()) return fail(Errc::invalid, "connect.rule_range");
    return out;
  }

  Result<> add(const RuleRow& row) {
    const auto whom = for_whom(row);
    if (!whom) return refused(row, whom.error());
    const auto now = db_.clock().now();
    TRY(note(kAsking, row.id, row.name, now, now + kSettle));
    const auto reply = platform_.ask("externalcontact/add_intercept_rule",
                                     {{"rule_name", row.name}, {"word_list", json::parse(row.words)}, {"semantics_list", json::parse(row.semantics)}, {"intercept_type", row.kind},
                                      {"applicable_range", range_json(rest_of(whom->users, {}), rest_of(whom->departments, {}))}});
    if (reply) {
      ++done_.made;
      return note(kMade, row.id, id_in(*reply), row.want_ver);
    }
    if (never_answered(reply.error())) return wait();
    if (reply.error().code == "connect.wecom_refused") return refused(row, reply.error());
    TRY(note(kNeverAsked, row.id));  // it never left, or was not done
    return std::unexpected(reply.error());
  }

  /// Somebody may have changed it there: what it is for now is asked first, so that the difference is right.
  Result<> change(const RuleRow& row) {
    const auto whom = for_whom(row);
    if (!whom) return refused(row, whom.error());
    const auto one = platform_.ask("externalcontact/get_intercept_rule", {{"rule_id", row.rule_id}});
    if (!one && no_such(one.error())) return note(kLost, row.id);  // made anew by the next round
    if (!one) return refused(row, one.error());
    const auto& range = object_in(object_in(*one, "rule"), "applicable_range");
    const auto users = texts_in(range, "user_list");
    const auto departments = numbers_in(range, "department_list");
    json::object body{{"rule_id", row.rule_id}, {"rule_name", row.name}, {"word_list", json::parse(row.words)}, {"extra_rule", {{"semantics_list", json::parse(row.semantics)}}},
                      {"intercept_type", row.kind}};
    auto more = range_json(rest_of(whom->users, users), rest_of(whom->departments, departments));
    auto less = range_json(rest_of(users, whom->users), rest_of(departments, whom->departments));
    if (more != range_json({}, {})) body["add_applicable_range"] = std::move(more);
    if (less != range_json({}, {})) body["remove_applicable_range"] = std::move(less);
    const auto reply = platform_.ask("externalcontact/update_intercept_rule", body);
    if (!reply && never_answered(reply.error())) return wait();  // saying it again does no harm
    if (!reply && no_such(reply.error())) return note(kLost, row.id);
    if (!reply) return refused(row, reply.error());
    ++done_.changed;
    return note(kMade, row.id, row.rule_id, row.want_ver);
  }

  Result<> remove(const RuleRow& row) {
    const auto reply = platform_.ask("externalcontact/del_intercept_rule", {{"rule_id", row.rule_id}});
    if (!reply && never_answered(reply.error())) return wait();
    if (!reply && !no_such(reply.error())) return refused(row, reply.error());
    return drop(row);
  }
  Result<> drop(const RuleRow& row) {
    ++done_.deleted;
    return note(kDrop, row.id);
  }

  Result<std::vector<json::object>> listed() {
    TRY(const auto reply, platform_.get("externalcontact/get_intercept_rule_list", {}));
    std::vector<json::object> out;
    for (const auto& v : array_in(reply, "rule_list"))
      if (v.is_object()) out.push_back(v.get_object());
    return out;
  }

  /// The one an earlier attempt made.
  Result<std::optional<std::string>> find(const std::string& name, Instant since) {
    TRY(const auto all, listed());
    for (const auto& one : all) {
      if (text_in(one, "rule_name") != name || time_in(one, "create_time") < since - kClockMargin) continue;
      const auto id = id_in(one);
      TRY(const auto ours, db_.read([&](Tx& tx) { return tx.one<std::int64_t>(kOurs, corp_, id); }));
      if (ours == 0) return id;
    }
    return std::nullopt;
  }

  struct Seen { json::object rule; Instant created_at; };

  Result<> look_now() {
    TRY(const auto standing, db_.read([&](Tx& tx) { return tx.all<RuleRow>(kStanding, corp_); }));
    TRY(const auto all, listed());
    std::vector<std::string> there;
    std::vector<Seen> others;
    for (const auto& one : all) {
      there.push_back(id_in(one));
      if (holds(standing, there.back(), &RuleRow::rule_id) || others.size() >= kSeenMax) continue;
      const auto rule = platform_.ask("externalcontact/get_intercept_rule", {{"rule_id", there.back()}});
      if (!rule && no_such(rule.error())) continue;
      if (!rule) return std::unexpected(rule.error());
      others.push_back({object_in(*rule, "rule"), time_in(one, "create_time")});
    }
    done_.seen = static_cast<int>(others.size());
    return db_.write([&](Tx& tx) -> Result<> {
      for (const auto& row : standing)
        if (!holds(there, row.rule_id)) TRY(tx.exec(kGone, row.id, row.rule_id, row.want_ver));
      TRY(tx.exec(kForget, corp_));
      for (const auto& [rule, created] : others) TRY(put_seen(tx, rule, created));
      TRY(tx.exec(kLooked, corp_, tx.now() + kLookEvery, std::optional(tx.now()), "", ""));
      return {};
    }, shard_of_corp(corp_));
  }

  Result<> put_seen(Tx& tx, const json::object& rule, Instant created) {
    const auto name = text_in(rule, "rule_name");
    TRY(const auto ours, tx.one<std::int64_t>(kOurs, corp_, id_in(rule)));
    TRY(const auto asked, tx.one<std::int64_t>(kAskedFor, corp_, name));
    if (ours + asked > 0) return {};
    const auto& range = object_in(rule, "applicable_range");
    TRY(tx.exec(kSeen, corp_, id_in(rule), name, kept(texts_in(rule, "word_list")), kept(numbers_in(object_in(rule, "extra_rule"), "semantics_list")), number_in(rule, "intercept_type", 1),
                kept(texts_in(range, "user_list")), kept(numbers_in(range, "department_list")), created));
    return {};
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  RulesDone done_;
};

}  // namespace

Result<RulesDone> tend_rules(Db& db, Platform& platform, const std::string& corp) {
  RuleRound round(db, platform, corp);
  TRY(round.go());
  TRY(round.look());
  return round.done();
}

}  // namespace koi::connect::wecom
