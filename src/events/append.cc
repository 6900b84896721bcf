#include "events/log.h"

namespace koi::events {

namespace {

constexpr std::size_t kPropsBytesMax = 64 * 1024;
constexpr std::size_t kIdMax = 100;
constexpr std::int64_t kLateFlag = 1;

IdHash name_of(const Event& event) { return event.hash ? event.hash : hash_id(event.source, event.id); }

LogRow row_of(Tx& tx, const Event& event, std::int64_t kind, std::int64_t source, IdHash id) {
  const auto received = event.received_at == Instant{} ? tx.now() : event.received_at;
  const auto at = event.at == Instant{} ? tx.now() : event.at;
  return {.kind = kind,
          .person = event.person,
          .subject = event.subject,
          .at = to_ms(at),
          .received_at = to_ms(received),
          .raw_at = to_ms(event.raw_at == Instant{} ? at : event.raw_at),
          .source = source,
          .id = id,
          .amount_fen = event.amount_fen,
          .flags = event.late ? kLateFlag : 0,
          .props = event.props.empty() ? std::string_view("{}") : event.props};
}

Result<Receipt> repeated(Tx& tx, Seq seq) {
  TRY(record_repeat(tx, seq));
  return Receipt{.verdict = Verdict::duplicate, .seq = seq};
}

Result<Receipt> refused(Tx& tx, IdHash id, std::string_view code, std::string pointer) {
  if (id) TRY(record_refusal(tx, id, code));
  return Receipt{.verdict = Verdict::rejected, .code = std::string(code), .pointer = std::move(pointer)};
}

/// A kind the store ships with and a fresh or older store has not written down yet.
Result<KindRef> own_kind(Tx& tx, Log& log, std::string_view name) {
  TRY(auto book, log.book(tx));
  if (const auto* kind = book->kind(name)) return KindRef{std::move(book), kind};
  TRY(install_catalogue(tx));
  return known_kind(tx, log, name);
}

}  // namespace

Result<Seq> append(Tx& tx, const Event& event) {
  auto& log = Log::of(tx);
  TRY(const auto ref, own_kind(tx, log, event.kind));
  if (ref.kind == nullptr) return fail(Errc::internal, "events.unknown_kind", std::string(event.kind));
  TRY(const auto source, source_for(tx, log, event.source));
  const auto id = name_of(event);
  if (id) {
    TRY(const auto first, log.index().seen(tx, id));
    if (first) return *first;
  }
  TRY(const auto seq, log.index().insert(tx, row_of(tx, event, ref.kind->id, source, id)));
  if (seq) return *seq;
  TRY(const auto first, log.index().find(tx, id));
  CHECK(first.has_value());
  return *first;
}

Result<Receipt> accept(Tx& tx, const Event& event) {
  auto& log = Log::of(tx);
  if (event.id.size() > kIdMax) return refused(tx, {}, "events.id_too_long", "/id");
  const auto id = name_of(event);
  if (id) {
    TRY(const auto first, log.index().seen(tx, id));
    if (first) return repeated(tx, *first);
  }
  if (event.props.size() > kPropsBytesMax) return refused(tx, id, "events.too_large", "/properties");
  auto ref = kind_for(tx, log, event.kind);
  if (!ref) {
    const auto& error = ref.error();
    if (!error.code.starts_with("events.")) return std::unexpected(error);
    return refused(tx, id, error.code, "/event");
  }
  if (ref->kind->checked)
    if (const auto fault = check_props(*ref->kind, event.props); !fault.code.empty()) {
      TRY(quarantine(tx, event, id, fault));
      return Receipt{.verdict = Verdict::quarantined, .code = fault.code, .pointer = fault.pointer};
    }
  TRY(const auto source, source_for(tx, log, event.source));
  TRY(const auto seq, log.index().insert(tx, row_of(tx, event, ref->kind->id, source, id)));
  if (seq) return Receipt{.verdict = event.late ? Verdict::late : Verdict::accepted, .seq = *seq};
  TRY(const auto first, log.index().find(tx, id));
  CHECK(first.has_value());
  return repeated(tx, *first);
}

}  // namespace koi::events
