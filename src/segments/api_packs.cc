// Packs and tags of segments on the wire.
#include "segments/api.h"
#include "segments/backfill.h"
#include "segments/merchant.h"
#include "segments/packs.h"

namespace koi::segments {

struct ImportIn { std::string text; std::optional<bool> dry_run; };
BOOST_DESCRIBE_STRUCT(ImportIn, (), (text, dry_run))
struct ImportLine { std::string name, result; std::optional<std::string> code, detail; std::int64_t line = 1; };
BOOST_DESCRIBE_STRUCT(ImportLine, (), (name, result, code, detail, line))
struct ImportOut { std::vector<ImportLine> data; bool applied = false; };
BOOST_DESCRIBE_STRUCT(ImportOut, (), (data, applied))
struct BackfillIn { std::optional<bool> dry_run; };
BOOST_DESCRIBE_STRUCT(BackfillIn, (), (dry_run))
struct BackfillOut { std::int64_t give = 0, take = 0, keep = 0, left = 0; };
BOOST_DESCRIBE_STRUCT(BackfillOut, (), (give, take, keep, left))

namespace {

Result<Answer> get_export(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(auto text, export_pack(tx));
    return Reply{200, std::move(text), "text/plain; charset=utf-8", {}};
  });
}

constexpr std::string_view result_word(PackResult r) {
  constexpr std::string_view kWords[] = {"new", "changed", "same", "error"};
  return kWords[static_cast<std::size_t>(r)];
}

Result<Answer> post_import(Call& call) {
  TRY(const auto body, call.body<ImportIn>());
  TRY(const auto parsed, parse_pack(body.text));  // what cannot be read is refused before the Writer is asked
  call.audit_subject("", "{\"segments\":" + std::to_string(parsed.size()) + ",\"dry_run\":" + (body.dry_run.value_or(false) ? "true" : "false") + "}");
  return read_then_write<bool>(
      call, ShardKey{}, [](Tx& tx) -> Result<bool> { TRY(refresh_rates(tx)); return true; },
      [body, by = by_of(call), language = call.request().language()](Tx& tx, bool) -> Result<Reply> {
        TRY(const auto done, import_pack(tx, body.text, by, body.dry_run.value_or(false)));
        ImportOut out{.data = {}, .applied = done.applied};
        for (const auto& line : done.lines) {
          const bool wrong = line.result == PackResult::error;
          out.data.push_back({line.name, std::string(result_word(line.result)), wrong ? std::optional(line.code) : std::nullopt,
                              wrong ? std::optional(detail_in(line, language)) : std::nullopt, line.line});
        }
        return http::ok(out);
      });
}

/// Step after step through the Writer, so that others come in between; the last one answers.
class Backfilling : public std::enable_shared_from_this<Backfilling> {
 public:
  Backfilling(Call& call, http::Finish keep) : call_(call), keep_(std::move(keep)) {}
  BackfillPlan plan;
  bool dry_run = false;

  void begin() {
    left_ = plan.give.size() + plan.take.size();
    out_ = {.give = static_cast<std::int64_t>(plan.give.size()), .take = static_cast<std::int64_t>(plan.take.size()), .keep = plan.keep, .left = 0};
    if (dry_run) return end();
    const auto give = std::min(plan.give.size(), kBackfillMax), take = std::min(plan.take.size(), kBackfillMax - give);
    plan.give.resize(give);
    plan.take.resize(take);
    out_.give = static_cast<std::int64_t>(give);
    out_.take = static_cast<std::int64_t>(take);
    out_.left = static_cast<std::int64_t>(left_ - give - take);
    step();
  }

 private:
  void step() {
    if (at_ >= plan.give.size() + plan.take.size()) return end();
    auto queued = call_.db().writer().submit(
        ShardKey{}, [self = shared_from_this()](Tx& tx) { return backfill_step(tx, self->plan, self->at_); },
        [self = shared_from_this()](Result<> done) {
          if (!done) return self->keep_(std::unexpected(std::move(done).error()));
          self->at_ += kBackfillStep;
          self->step();
        });
    if (!queued) keep_(std::unexpected(std::move(queued).error()));
  }
  void end() {
    call_.write(ShardKey{}, [out = out_](Tx&) -> Result<Reply> { return http::ok(out); });
  }

  Call& call_;
  http::Finish keep_;  // holds the request open
  BackfillOut out_;
  std::size_t at_ = 0, left_ = 0;
};

Result<Answer> post_backfill(Call& call) {
  TRY(const auto id, call.path<SegmentId>("segment"));
  TRY(const auto body, call.body<BackfillIn>());
  call.audit_subject(to_text(id), body.dry_run.value_or(false) ? "{\"dry_run\":true}" : "{}");
  auto keep = call.later();
  auto work = std::make_shared<Backfilling>(call, keep);
  work->dry_run = body.dry_run.value_or(false);
  auto queued = call.db().read_later(
      [work, scope = call.scope(), id](Tx& tx) -> Result<> {
        TRY(const auto segment, segment_by_id(tx, id));
        TRY(const auto survey, Survey::begin(tx, scope));
        TRY(work->plan, plan_backfill(*survey, segment));
        return {};
      },
      [work, keep](Result<> ended) {
        if (!ended) return keep(std::unexpected(std::move(ended).error()));
        work->begin();
      });
  if (!queued) keep(std::unexpected(std::move(queued).error()));
  return Answer::Later{};
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, None>("GET", "/v1/segments/export", "segment.read", get_export, "导出人群包", "Export segments as text"),
    route<None, ImportIn, ImportOut>("POST", "/v1/segments/import", "segment.write", post_import, "导入人群包", "Import segments from text", http::kBatch),
    route<None, BackfillIn, BackfillOut>("POST", "/v1/segments/{segment}/backfill", "segment.write", post_backfill, "补打人群标签", "Give and take a segment's tag now"),
};

}  // namespace

std::span<const Route> pack_routes() { return kRoutes; }

}  // namespace koi::segments
