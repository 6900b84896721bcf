#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "app/commands/parse.h"
#include "events/columns/columns.h"
#include "http/wire.h"
#include "people/people.h"
#include "segments/check.h"
#include "segments/json.h"
#include "segments/keep.h"
#include "segments/live.h"
#include "segments/merchant.h"
#include "segments/packs.h"
#include "segments/preview.h"
#include "segments/sentence.h"
#include "segments/text.h"
#include "segments/tokens.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::app {

struct SegmentLine { std::string id, name, mode, text; std::optional<std::int64_t> size; std::string tag; std::int64_t version = 1; };
BOOST_DESCRIBE_STRUCT(SegmentLine, (), (id, name, mode, text, size, tag, version))
struct SegmentLines { std::vector<SegmentLine> data; };
BOOST_DESCRIBE_STRUCT(SegmentLines, (), (data))
struct SegmentShown : SegmentLine { std::string description, zh, en; };
BOOST_DESCRIBE_STRUCT(SegmentShown, (SegmentLine), (description, zh, en))
struct CountLine { std::int64_t count = 0, of = 0; Instant as_of; };
BOOST_DESCRIBE_STRUCT(CountLine, (), (count, of, as_of))
struct CheckLine { std::string code, detail, place, suggestion; };
BOOST_DESCRIBE_STRUCT(CheckLine, (), (code, detail, place, suggestion))
struct Checked { bool ok = false; std::string text, sentence; std::vector<CheckLine> problems; };
BOOST_DESCRIBE_STRUCT(Checked, (), (ok, text, sentence, problems))
struct WhyLine { int depth = 0; std::string clause; bool holds = false; std::optional<std::string> found; };
BOOST_DESCRIBE_STRUCT(WhyLine, (), (depth, clause, holds, found))
struct WhyShown { bool in = false; std::optional<Instant> next_look_at; std::vector<WhyLine> clauses; };
BOOST_DESCRIBE_STRUCT(WhyShown, (), (in, next_look_at, clauses))
struct PeopleLines { std::vector<std::string> data; std::int64_t count = 0; };
BOOST_DESCRIBE_STRUCT(PeopleLines, (), (data, count))
struct EntryLine { LocalDay day; std::int64_t entered = 0, left = 0; };
BOOST_DESCRIBE_STRUCT(EntryLine, (), (day, entered, left))
struct EntryLines { std::vector<EntryLine> data; double per_day = 0; };
BOOST_DESCRIBE_STRUCT(EntryLines, (), (data, per_day))
struct PackedLine { std::string name, result, code, detail; std::int64_t line = 1; };
BOOST_DESCRIBE_STRUCT(PackedLine, (), (name, result, code, detail, line))
struct PackedLines { std::vector<PackedLine> data; bool applied = false; };
BOOST_DESCRIBE_STRUCT(PackedLines, (), (data, applied))

namespace {

using namespace segments;

const Scope kAll = Scope::everything("whoever holds the folder");

struct SegmentOptions {
  std::string segment, rule, person, file, name, at;
  std::int64_t days = 28, limit = 50;
  bool json = false, dry_run = false;
};

/// One invocation: the options, and where answers go.
class SegmentCommand {
 public:
  SegmentCommand(Job& job, const SegmentOptions& o) : job_(job), db_(*job.db), o_(o) {}

  int list() {
    return answer(db_.read([](Tx& tx) -> Result<SegmentLines> {
      SegmentLines out;
      TRY(const auto all, segments::segments(tx));
      for (const auto& s : all) {
        TRY(auto line, line_of(tx, s));
        out.data.push_back(std::move(line));
      }
      return out;
    }), [this](const SegmentLines& all) {
      for (const auto& s : all.data) say(fmt::format("{:<28}\t{}\t{}\t{}", s.name, s.mode, s.size ? std::to_string(*s.size) : "-", one_line(s.text)));
    });
  }

  int show() {
    return answer(db_.read([this](Tx& tx) -> Result<SegmentShown> {
      TRY(const auto s, find_segment(tx, o_.segment));
      SegmentShown out;
      TRY(static_cast<SegmentLine&>(out), line_of(tx, s));
      TRY(const auto rule, rule_of(tx, s.id));
      TRY(const auto words, merchant_vocabulary(tx));
      out.description = s.description;
      out.zh = sentence_of(rule, words, Tongue::zh);
      out.en = sentence_of(rule, words, Tongue::en);
      return out;
    }), [this](const SegmentShown& s) {
      say(fmt::format("{} ({}, {}, v{})", s.name, s.id, s.mode, s.version));
      if (!s.description.empty()) say(s.description);
      say(s.text);
      say(job_.io.chinese ? s.zh : s.en);
    });
  }

  int count() {
    return answer(ask<CountLine>([this](Tx& tx, Survey& survey) -> Result<CountLine> {
      TRY(const auto people, people_asked(tx, survey));
      return CountLine{static_cast<std::int64_t>(people.count()), static_cast<std::int64_t>(survey.everybody().count()), survey.moment().now};
    }), [this](const CountLine& c) { say(fmt::format("{} / {}", c.count, c.of)); });
  }

  int check() {
    std::string text = o_.rule;
    if (text.empty()) {
      auto read = file_text();
      if (!read) return job_.io.fail(read.error(), o_.json);
      text = std::move(*read);
    }
    const auto parsed = parse_rule(text);
    if (!parsed) return job_.io.fail(parsed.error(), o_.json);
    const auto checked = db_.read([&](Tx& tx) -> Result<Checked> {
      TRY(const auto words, merchant_vocabulary(tx));
      Checked out{.ok = true, .text = print_rule(parsed->rule), .sentence = sentence_of(parsed->rule, words, job_.io.chinese ? Tongue::zh : Tongue::en), .problems = {}};
      for (const auto& p : check_rule(parsed->rule, words)) {
        const auto place = p.leaf < parsed->leaves.size() ? place_of(text, parsed->leaves[p.leaf].from) : LineColumn{};
        out.problems.push_back({p.code, detail_in(p, job_.io.language()), fmt::format("{}:{}", place.line, place.column), p.suggestion});
      }
      out.ok = out.problems.empty();
      return out;
    });
    const auto code = answer(checked, [this](const Checked& c) {
      say(c.sentence);
      for (const auto& p : c.problems) job_.io.say(fmt::format("{} {}: {}{}", p.place, p.code, p.detail, p.suggestion.empty() ? "" : " → " + p.suggestion));
    });
    return checked && !checked->ok ? kInvalid : code;
  }

  int why() {
    return answer(ask<WhyShown>([this](Tx& tx, Survey& survey) -> Result<WhyShown> {
      TRY(const auto rule, rule_asked(tx));
      const auto number = parse_id(PersonTag::prefix, o_.person);
      if (!number) return fail(Errc::not_found, "people.not_found", o_.person);
      TRY(const auto seen, segments::why(survey, rule, {*number}));
      WhyShown out{.in = seen.in, .next_look_at = seen.next_look_at, .clauses = {}};
      add_clauses(seen.explained, 0, out.clauses);
      return out;
    }), [this](const WhyShown& w) {
      say(w.in ? (job_.io.chinese ? "在" : "in") : (job_.io.chinese ? "不在" : "not in"));
      for (const auto& c : w.clauses) say(fmt::format("{:>{}}{} {}{}", "", c.depth * 2, c.holds ? "✓" : "✗", c.clause, c.found ? " = " + *c.found : ""));
    });
  }

  int people() {
    return answer(ask<PeopleLines>([this](Tx& tx, Survey& survey) -> Result<PeopleLines> {
      TRY(const auto people, people_asked(tx, survey));
      PeopleLines out{.data = {}, .count = static_cast<std::int64_t>(people.count())};
      for (const auto node : survey.nodes(people)) {
        if (static_cast<std::int64_t>(out.data.size()) >= o_.limit) break;
        out.data.push_back(to_text(PersonId{node}));
      }
      return out;
    }), [this](const PeopleLines& p) {
      for (const auto& id : p.data) say(id);
    });
  }

  int entries() {
    if (o_.days < 1 || o_.days > kReplayDaysMax) return job_.io.fail({Errc::invalid, "segments.days", std::to_string(kReplayDaysMax), {}, {}}, o_.json);
    return answer(ask<EntryLines>([this](Tx& tx, Survey& survey) -> Result<EntryLines> {
      TRY(const auto rule, rule_asked(tx));
      TRY(const auto moves, replay(survey, rule, o_.days));
      EntryLines out;
      std::int64_t entered = 0;
      for (const auto& m : moves) {
        out.data.push_back({m.day, m.entered, m.left});
        entered += m.entered;
      }
      out.per_day = static_cast<double>(entered) / static_cast<double>(o_.days);
      return out;
    }), [this](const EntryLines& e) {
      for (const auto& d : e.data) say(fmt::format("{}\t+{}\t-{}", day_text(d.day), d.entered, d.left));
    });
  }

  int write_pack() {
    const auto text = db_.read([](Tx& tx) { return export_pack(tx); });
    if (!text) return job_.io.fail(text.error(), o_.json);
    if (o_.file.empty()) {
      job_.io.out(*text);
      return kOk;
    }
    std::ofstream out(job_.io.path(o_.file), std::ios::binary);
    out << *text;
    out.close();
    return out ? kOk : job_.io.fail({Errc::unavailable, "cli.no_file", o_.file, {}, {}}, o_.json);
  }

  int read_pack() {
    const auto text = file_text();
    if (!text) return job_.io.fail(text.error(), o_.json);
    const auto done = db_.write([&](Tx& tx) -> Result<PackedLines> {
      TRY(const auto imported, import_pack(tx, *text, "cli 0", o_.dry_run));
      PackedLines out{.data = {}, .applied = imported.applied};
      constexpr std::string_view kWords[] = {"new", "changed", "same", "error"};
      for (const auto& l : imported.lines) out.data.push_back({l.name, std::string(kWords[static_cast<std::size_t>(l.result)]), l.code, detail_in(l, job_.io.language()), l.line});
      if (imported.applied) { TRY(store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "segment.write", .subject = {}, .detail = fmt::format("{{\"segments\":{}}}", out.data.size())})); }
      return out;
    });
    // A process that is alone has nobody who fills live ones; should it not come to rest, the next server does.
    if (done && done->applied && job_.config.alone) (void)settle_live(db_);
    const auto code = answer(done, [this](const PackedLines& p) {
      for (const auto& l : p.data) say(fmt::format("{}\t{}\t{}{}", l.line, l.result, l.name, l.code.empty() ? "" : "\t" + l.code + " " + l.detail));
    });
    const bool wrong = done && std::ranges::any_of(done->data, [](const PackedLine& l) { return l.result == "error"; });
    return wrong ? kInvalid : code;
  }

  int snapshot() {
    struct Taken { Rule rule; std::vector<std::int64_t> people; };
    auto taken = ask<Taken>([this](Tx& tx, Survey& survey) -> Result<Taken> {
      TRY(auto rule, rule_asked(tx));
      TRY(const auto people, people_asked(tx, survey));
      return Taken{std::move(rule), survey.nodes(people)};
    });
    if (!taken) return job_.io.fail(taken.error(), o_.json);
    return answer(db_.write([&](Tx& tx) -> Result<SegmentLine> {
      TRY(const auto made, create_snapshot(tx, {o_.name, {}, taken->rule, taken->people, "cli 0"}));
      TRY(store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "segment.write", .subject = to_text(made.id)}));
      return line_of(tx, made);
    }), [this](const SegmentLine& s) { say(fmt::format("{} {} {}", s.id, s.name, *s.size)); });
  }

 private:
  static Result<SegmentLine> line_of(Tx& tx, const Segment& s) {
    TRY(const auto rule, rule_of(tx, s.id));
    TRY(const auto state, state_of(tx, s.id));
    const bool known = state && state->filled_at && s.mode != Mode::asked;
    return SegmentLine{to_text(s.id), s.name, std::string(enum_text(s.mode)), print_rule(rule), known ? std::optional(state->size) : std::nullopt, s.tag, s.version};
  }
  static std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
  }
  static void add_clauses(const Explained& e, int depth, std::vector<WhyLine>& out) {
    out.push_back({depth, one_line(e.clause), e.holds, e.found});
    for (const auto& inner : e.of) add_clauses(inner, depth + 1, out);
  }
  Result<Rule> rule_asked(Tx& tx) const {
    if (o_.rule.empty() == o_.segment.empty()) return fail(Errc::invalid, "segments.rule_missing");
    if (!o_.segment.empty()) {
      TRY(const auto s, find_segment(tx, o_.segment));
      return rule_of(tx, s.id);
    }
    TRY(const auto words, merchant_vocabulary(tx));
    return read_rule({.text = o_.rule, .json = {}}, words);
  }
  Result<events::columns::People> people_asked(Tx& tx, Survey& survey) const {
    TRY(const auto rule, rule_asked(tx));
    if (o_.segment.empty()) return survey.people(rule);
    TRY(const auto s, find_segment(tx, o_.segment));
    return survey.members(s);
  }
  /// On a snapshot, over columns that are up to date: a process that is alone has nobody who keeps them so.
  template <class T>
  Result<T> ask(const std::function<Result<T>(Tx&, Survey&)>& fn) {
    std::optional<Instant> at;
    if (!o_.at.empty()) {
      at = parse_rfc3339(o_.at);
      if (!at) return fail(Errc::malformed, "http.bad_query", o_.at);
    }
    TRY(events::columns::settle(db_));
    return db_.read([&](Tx& tx) -> Result<T> {
      TRY(const auto survey, Survey::begin(tx, kAll, at));
      return fn(tx, *survey);
    });
  }
  Result<std::string> file_text() const {
    std::ifstream in(job_.io.path(o_.file), std::ios::binary);
    if (o_.file.empty() || !in) return fail(Errc::not_found, "cli.no_file", o_.file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  template <class T, class F>
  int answer(const Result<T>& got, F&& shown) {
    if (!got) return job_.io.fail(got.error(), o_.json);
    if (o_.json) job_.io.line(http::json_of(*got));
    else shown(*got);
    return kOk;
  }
  void say(std::string_view text) const { job_.io.line(text); }

  Job& job_;
  Db& db_;
  const SegmentOptions& o_;
};

}  // namespace

int run_segment(Job& job) {
  CLI::App options(job.io.chinese ? "人群: 查看、计数、检查、解释、导入导出" : "Segments: look, count, check, explain, export and import", "koipond segment");
  options.require_subcommand(1);
  SegmentOptions o;
  const auto verb = [&](const char* name, const char* what) {
    auto* sub = options.add_subcommand(name, what);
    sub->add_flag("--json", o.json, "print JSON");
    return sub;
  };
  auto* list = verb("list", "all segments");
  auto* show = verb("show", "one segment: its rule, and the rule as a sentence");
  auto* count = verb("count", "how many people it has, or a rule selects");
  auto* check = verb("check", "whether a rule is sound; exit code 6 when it is not");
  auto* why = verb("why", "why somebody is in it");
  auto* people = verb("people", "ids of its people");
  auto* entries = verb("entries", "who came and went on each of the last days, replayed");
  auto* out = verb("export", "all rules as text");
  auto* in = verb("import", "segments from such a text; exit code 6 when one is wrong: nothing changes then");
  auto* snapshot = verb("snapshot", "keep the people of now, or of a moment, as a fixed segment");
  for (auto* each : {show, count, why, people, entries, snapshot}) each->add_option("segment", o.segment, "its name or id");
  for (auto* each : {count, check, why, people, entries}) each->add_option("--rule", o.rule, "a rule instead of a segment");
  for (auto* each : {count, people, snapshot, why}) each->add_option("--at", o.at, "events as of then (RFC 3339); facts are today's");
  check->add_option("file", o.file, "a file with a rule");
  why->add_option("--person", o.person, "cus_…")->required();
  people->add_option("--limit", o.limit, "how many")->check(CLI::Range(1, 1'000'000));
  entries->add_option("--days", o.days, "how many days");
  out->add_option("--out", o.file, "a file instead of the terminal");
  in->add_option("file", o.file, "the text")->required();
  in->add_flag("--dry-run", o.dry_run, "say what would change");
  snapshot->add_option("--name", o.name, "the new segment's name")->required();
  if (const auto code = parse_options(options, job)) return *code;
  SegmentCommand command(job, o);
  const std::pair<const CLI::App*, int (SegmentCommand::*)()> verbs[] = {
      {list, &SegmentCommand::list}, {show, &SegmentCommand::show}, {count, &SegmentCommand::count}, {check, &SegmentCommand::check},
      {why, &SegmentCommand::why}, {people, &SegmentCommand::people}, {entries, &SegmentCommand::entries},
      {out, &SegmentCommand::write_pack}, {in, &SegmentCommand::read_pack}, {snapshot, &SegmentCommand::snapshot}};
  for (const auto& [sub, run] : verbs)
    if (sub->parsed()) return (command.*run)();
  return kUsage;
}

}  // namespace koi::app
