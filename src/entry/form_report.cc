// What was answered: one by one, and in sums.
#include <algorithm>
#include <boost/json.hpp>

#include "base/say.h"
#include "base/text.h"
#include "entry/forms.h"
#include "entry/phone_codes.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::entry {

struct AnswerRow {
  AnswerId id;
  PersonId person, origin;
  std::int64_t form_ver = 0, score = 0, seconds = 0;
  store::Blob sealed;
  std::string touch;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(AnswerRow, (), (id, person, origin, form_ver, score, seconds, sealed, touch, at))
struct PickRow { std::string question, option; std::int64_t n = 0; };
BOOST_DESCRIBE_STRUCT(PickRow, (), (question, option, n))
struct FormDayRow { std::int64_t day = 0, opened = 0, visitors = 0, answers = 0; };
BOOST_DESCRIBE_STRUCT(FormDayRow, (), (day, opened, visitors, answers))

namespace {

#define KOI_ANSWER_COLUMNS "SELECT a.id, a.person_id, a.origin_id, a.form_ver, a.score, a.seconds, a.sealed, a.touch, a.at FROM entry_answer a "
constexpr std::string_view kAll = KOI_ANSWER_COLUMNS "WHERE a.form_id = $1 AND (a.id < $2 OR $2 = 0) ORDER BY a.id DESC LIMIT $3";
constexpr std::string_view kOwn =
    KOI_ANSWER_COLUMNS "JOIN person p ON p.id = a.person_id WHERE a.form_id = $1 AND (a.id < $2 OR $2 = 0) AND p.owner_staff_id = $4 ORDER BY a.id DESC LIMIT $3";
constexpr std::string_view kUnder =
    KOI_ANSWER_COLUMNS "JOIN person p ON p.id = a.person_id WHERE a.form_id = $1 AND (a.id < $2 OR $2 = 0) AND p.unit_path LIKE $4 ORDER BY a.id DESC LIMIT $3";
constexpr std::string_view kPicks = "SELECT question, option, n FROM entry_form_pick WHERE form_id = $1 ORDER BY question, option LIMIT 20000";
constexpr std::string_view kDays = "SELECT day, opened, visitors, answers FROM entry_form_day WHERE form_id = $1 AND day >= $2 AND day <= $3 ORDER BY day";
constexpr int kDaysMax = 366;

Result<std::vector<AnswerRow>> rows_of(Tx& tx, const Scope& scope, const AnswerFilter& f) {
  if (scope.unlimited()) return tx.all<AnswerRow>(kAll, f.form, f.before.v, f.limit);
  if (scope.reach() == Reach::own) return scope.staff() ? tx.all<AnswerRow>(kOwn, f.form, f.before.v, f.limit, scope.staff()) : std::vector<AnswerRow>{};
  return scope.unit_path().empty() ? std::vector<AnswerRow>{} : tx.all<AnswerRow>(kUnder, f.form, f.before.v, f.limit, scope.unit_path() + "%");
}

Result<std::optional<Answers>> answers_of(Tx& tx, const AnswerRow& row) {
  TRY(const auto text, people::open_for(tx, row.origin, row.sealed));
  if (!text) return std::optional<Answers>();
  Answers out;
  const auto whole = boost::json::parse(*text);
  for (const auto& [key, values] : whole.as_object())
    for (const auto& value : values.as_array()) out[std::string(key)].emplace_back(value.as_string());
  return std::optional(std::move(out));
}

}  // namespace

Result<std::vector<Given>> list_answers(Tx& tx, const Scope& scope, const AnswerFilter& filter, bool clear) {
  TRY(const auto form, find_form(tx, filter.form));
  TRY(auto rows, rows_of(tx, scope, filter));
  std::vector<Given> out;
  for (auto& row : rows) {
    TRY(auto answers, answers_of(tx, row));
    if (answers && !clear)
      for (const auto& q : form.spec.questions)
        if (const auto given = answers->find(q.key); q.kind == QuestionKind::phone && given != answers->end())
          for (auto& number : given->second) number = people::mask_phone(number);
    auto& one = out.emplace_back(row.id, row.person, row.form_ver, row.score, row.seconds, row.at, std::move(answers));
    const auto touch = boost::json::parse(row.touch);
    for (const auto& [name, value] : touch.as_object()) one.touch[std::string(name)] = value.as_string();
  }
  return out;
}

Result<FormReport> report_form(Tx& tx, FormId form, LocalDay from, LocalDay to) {
  if (to < from) return refuse("entry.days", say("the last day lies before the first", "结束日早于开始日"), "/to");
  if (to - from >= std::chrono::days{kDaysMax}) return refuse("entry.days", say("at most {} days", "最多 {} 天", kDaysMax), "/from");
  TRY(const auto found, find_form(tx, form));
  FormReport out;
  out.opened = found.counts.opened;
  out.answers = found.counts.answers;
  std::map<std::string, std::size_t> places;
  for (const auto& q : found.spec.questions) {
    places[q.key] = out.questions.size();
    out.questions.emplace_back().question = q.key;
  }
  TRY(tx.each<PickRow>(
      kPicks,
      [&](PickRow&& row) -> Result<> {
        const auto at = places.find(row.question);
        if (at == places.end()) return {};  // a question that is not asked any more
        auto& q = out.questions[at->second];
        if (row.option.empty()) q.came = row.n;
        else if (row.option == "-") q.passed = row.n;
        else q.picks[row.option] = row.n;
        return {};
      },
      form));
  for (auto day = from; day <= to; day += std::chrono::days{1}) out.days.emplace_back().day = day;
  const auto first = from.time_since_epoch().count();
  TRY(tx.each<FormDayRow>(
      kDays,
      [&](FormDayRow&& row) -> Result<> {
        auto& day = out.days[static_cast<std::size_t>(row.day - first)];
        day.opened = row.opened;
        day.visitors = row.visitors;
        day.answers = row.answers;
        return {};
      },
      form, first, to.time_since_epoch().count()));
  return out;
}

Result<> keep_door_time(Db& db) {
  static constexpr int kStep = 2000;
  for (std::int64_t n = kStep; n >= kStep;) {
    TRY(n, db.write([](Tx& tx) -> Result<std::int64_t> {
      TRY(const auto seen, sweep_seen(tx, kStep));
      TRY(sweep_phone_codes(tx, kStep));
      TRY(const auto files, sweep_uploads(tx, kStep));
      return std::max(seen, files);
    }));
  }
  return {};
}

}  // namespace koi::entry
