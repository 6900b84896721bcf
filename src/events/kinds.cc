#include <algorithm>

#include "base/text.h"
#include "events/log.h"
#include "store/rows.h"

namespace koi::events {

namespace {

constexpr std::string_view kKinds =
    "SELECT id, version, name, zh, en, kind_group, props, origin FROM event_kind ORDER BY id, version";
constexpr std::string_view kSources = "SELECT id, name FROM event_source ORDER BY id";
constexpr std::string_view kNextKind = "UPDATE log_head SET next_kind = next_kind + 1 WHERE id = 1 RETURNING next_kind - 1";
constexpr std::string_view kNextSource =
    "UPDATE log_head SET next_source = next_source + 1 WHERE id = 1 RETURNING next_source - 1";
constexpr std::string_view kAddSource =
    "INSERT INTO event_source (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
constexpr std::string_view kAddKind =
    "INSERT INTO event_kind (id, version, name, zh, en, kind_group, props, origin) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";

constexpr std::int64_t kFirstCustom = 1000;
constexpr std::int64_t kCustomMax = 2000;
constexpr std::size_t kNameMax = 64, kLabelMax = 100, kPropsMax = 64;

struct KindRow { std::int64_t id; int version; std::string name, zh, en, kind_group, props; Origin origin; };
BOOST_DESCRIBE_STRUCT(KindRow, (), (id, version, name, zh, en, kind_group, props, origin))
struct SourceRow { std::int64_t id; std::string name; };
BOOST_DESCRIBE_STRUCT(SourceRow, (), (id, name))

Kind kind_of(KindRow&& r) {
  Kind kind;
  kind.id = r.id;
  kind.name = std::move(r.name);
  kind.version = r.version;
  kind.zh = std::move(r.zh);
  kind.en = std::move(r.en);
  kind.group = std::move(r.kind_group);
  kind.props = parse_props(r.props);
  kind.origin = r.origin;
  kind.checked = !kind.props.empty();
  return kind;
}

int kLogSlot;

std::string folder_of(Tx& tx, const char* name) { return tx.data_dir().empty() ? std::string() : tx.data_dir() + name; }

/// Events of version n must stay good under n + 1: nothing newly required, no type changed.
bool narrows(const KindDef& before, const KindDef& after) {
  for (const auto& prop : after.props) {
    const auto old = std::ranges::find(before.props, prop.name, &PropDef::name);
    if (old == before.props.end() ? prop.required : (prop.type != old->type || (prop.required && !old->required)))
      return true;
  }
  return false;
}

Result<> check_definition(const KindDef& kind) {
  if (!good_kind_name(kind.name)) return fail(Errc::invalid, "events.bad_kind_name", kind.name, "/name");
  if (count_chars(kind.zh) > kLabelMax || count_chars(kind.en) > kLabelMax)
    return fail(Errc::invalid, "events.label_too_long", {}, "/zh");
  if (kind.props.size() > kPropsMax) return fail(Errc::invalid, "events.too_many_props", {}, "/props");
  for (std::size_t i = 0; i < kind.props.size(); ++i) {
    const auto& name = kind.props[i].name;
    const auto twin = std::ranges::count(kind.props, name, &PropDef::name) > 1;
    if (!good_kind_name(name) || twin)
      return fail(Errc::invalid, "events.bad_prop_name", name, "/props/" + std::to_string(i) + "/name");
  }
  return {};
}

bool full(const Book& book) {
  return !book.kinds().empty() && book.kinds().back().id + 1 >= kFirstCustom + kCustomMax;
}

Result<BookPtr> add_kind(Tx& tx, Log& log, const KindDef& kind, Origin origin) {
  TRY(tx.exec(kAddKind, kind.id, kind.version, kind.name, kind.zh, kind.en, kind.group, props_text(kind.props),
              enum_text(origin)));
  return log.reload(tx, true);
}
}  // namespace

Result<BookPtr> Book::load(Tx& tx) {
  auto book = std::make_shared<Book>();
  TRY(tx.each<KindRow>(kKinds, [&](KindRow&& row) -> Result<> {
    auto kind = kind_of(std::move(row));
    if (!book->kinds_.empty() && book->kinds_.back().id == kind.id) book->kinds_.back() = std::move(kind);
    else book->kinds_.push_back(std::move(kind));
    return {};
  }));
  TRY(tx.each<SourceRow>(kSources, [&](SourceRow&& row) -> Result<> {
    book->sources_.emplace_back(row.id, std::move(row.name));
    return {};
  }));
  for (std::size_t i = 0; i < book->kinds_.size(); ++i) book->kind_by_name_.emplace(book->kinds_[i].name, i);
  for (const auto& [id, name] : book->sources_) book->source_by_name_.emplace(name, id);
  return book;
}

const Kind* Book::kind(std::string_view name) const {
  const auto found = kind_by_name_.find(name);
  return found == kind_by_name_.end() ? nullptr : &kinds_[found->second];
}
const Kind* Book::kind(std::int64_t id) const {
  const auto found = std::ranges::lower_bound(kinds_, id, {}, &Kind::id);
  return found == kinds_.end() || found->id != id ? nullptr : &*found;
}
std::int64_t Book::source(std::string_view name) const {
  const auto found = source_by_name_.find(name);
  return found == source_by_name_.end() ? 0 : found->second;
}
std::string_view Book::source_name(std::int64_t id) const {
  const auto found = std::ranges::lower_bound(sources_, id, {}, [](const auto& s) { return s.first; });
  return found == sources_.end() || found->first != id ? std::string_view() : found->second;
}

Log& Log::of(Tx& tx) { return open(tx, {}); }

Log& Log::open(Tx& tx, IndexShape shape) {
  return tx.shared<Log>(&kLogSlot, [&] {
    auto index = tx.kind() == store::Kind::postgres ? make_shared_index() : make_local_index(folder_of(tx, "/index"), shape);
    return std::shared_ptr<Log>(new Log(std::move(index), folder_of(tx, "/log")));
  });
}

Result<BookPtr> Log::book(Tx& tx) {
  {
    const std::scoped_lock lock(mutex_);
    if (book_) return book_;
  }
  return reload(tx);
}

Result<BookPtr> Log::reload(Tx& tx, bool changed) {
  TRY(auto fresh, Book::load(tx));
  {
    const std::scoped_lock lock(mutex_);
    book_ = fresh;
  }
  if (changed)
    tx.on_rollback([this] {
      const std::scoped_lock lock(mutex_);
      book_ = nullptr;
    });
  return fresh;
}

bool good_kind_name(std::string_view name) {
  if (name.empty() || !valid_utf8(name) || count_chars(name) > kNameMax) return false;
  if (name.front() >= '0' && name.front() <= '9') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string kind_name_of(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (upper) out += static_cast<char>(c + 32);
    else if (plain) out += c;
    else if (!out.empty() && out.back() != '_') out += '_';
  }
  while (out.ends_with('_')) out.pop_back();
  return std::string(take_chars(out, kNameMax));
}

Result<KindRef> known_kind(Tx& tx, Log& log, std::string_view name) {
  TRY(auto book, log.book(tx));
  const auto* kind = book->kind(name);
  if (kind == nullptr) {  // another process, or an undone transaction, may have left this book behind
    TRY(book, log.reload(tx));
    kind = book->kind(name);
  }
  return KindRef{std::move(book), kind};
}

Result<KindRef> kind_for(Tx& tx, Log& log, std::string_view name) {
  TRY(auto book, log.book(tx));
  if (const auto* kind = book->kind(name)) return KindRef{std::move(book), kind};
  if (!good_kind_name(name)) return fail(Errc::invalid, "events.bad_kind_name", std::string(name.substr(0, kNameMax)));
  if (full(*book)) return fail(Errc::exhausted, "events.too_many_kinds");
  TRY(auto ref, known_kind(tx, log, name));
  if (ref.kind != nullptr) return ref;
  KindDef kind;
  kind.name = name;
  kind.group = "custom";
  TRY(kind.id, tx.one<std::int64_t>(kNextKind));
  TRY(book, add_kind(tx, log, kind, Origin::seen));
  const auto* added = book->kind(name);
  CHECK(added != nullptr);
  return KindRef{std::move(book), added};
}

Result<std::int64_t> source_for(Tx& tx, Log& log, std::string_view name) {
  if (name.empty()) return 0;
  TRY(auto book, log.book(tx));
  if (const auto id = book->source(name)) return id;
  TRY(book, log.reload(tx));
  if (const auto id = book->source(name)) return id;
  TRY(const auto number, tx.one<std::int64_t>(kNextSource));
  TRY(tx.exec(kAddSource, number, name));
  TRY(book, log.reload(tx, true));
  return book->source(name);
}

Result<std::vector<KindDef>> kinds(Tx& tx) {
  TRY(const auto book, Log::of(tx).book(tx));
  return std::vector<KindDef>(book->kinds().begin(), book->kinds().end());
}

Result<std::optional<KindDef>> find_kind(Tx& tx, std::string_view name) {
  TRY(const auto ref, known_kind(tx, Log::of(tx), name));
  if (ref.kind == nullptr) return std::nullopt;
  return *ref.kind;
}

Result<KindDef> define_kind(Tx& tx, const KindDef& wanted) {
  TRY(check_definition(wanted));
  auto& log = Log::of(tx);
  TRY(const auto ref, known_kind(tx, log, wanted.name));
  auto kind = wanted;
  kind.version = 1;
  if (kind.group.empty()) kind.group = "custom";
  if (ref.kind == nullptr) {
    if (full(*ref.book)) return fail(Errc::exhausted, "events.too_many_kinds");
    TRY(kind.id, tx.one<std::int64_t>(kNextKind));
  } else {
    // A kind nobody described yet may be described in any way; its old events are what they are.
    if (ref.kind->origin != Origin::seen && narrows(*ref.kind, wanted))
      return fail(Errc::conflict, "events.kind_narrowed", wanted.name);
    kind.id = ref.kind->id;
    kind.version = ref.kind->version + 1;
  }
  TRY(add_kind(tx, log, kind, Origin::defined));
  return kind;
}

std::string props_text(std::span<const PropDef> props) {
  std::string out;
  for (const auto& prop : props) {
    if (!out.empty()) out += ' ';
    out.append(prop.name).append(prop.required ? ":" : "?:").append(enum_text(prop.type));
  }
  return out;
}

std::vector<PropDef> parse_props(std::string_view text) {
  std::vector<PropDef> out;
  for (const auto word : split_text(text, ' ')) {
    const auto colon = word.find(':');
    if (colon == std::string_view::npos) continue;
    auto name = word.substr(0, colon);
    const bool required = !name.ends_with('?');
    if (!required) name.remove_suffix(1);
    out.push_back({std::string(name), parse_enum<PropType>(word.substr(colon + 1)).value_or(PropType::text), required});
  }
  return out;
}

}  // namespace koi::events
