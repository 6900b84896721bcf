// One statement a page. Which index it walks is decided here and not by the planner: the smallest of the filters that
// have one, counted up to kDriveMax; when none is small, the order's own index, where what is common is soon found.
#include "people/list.h"

#include <algorithm>
#include <deque>

#include "people/attributes.h"
#include "people/search.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::int64_t kDriveMax = 30'000;
constexpr std::int64_t kWalkMax = 20'000;  // rows of an order's index read one by one before a scan is cheaper
constexpr std::size_t kIndexedValueMax = 40;  // as the index person_attribute_value has it

/// A statement under construction: fixed text and numbered values, never a value in the text.
class Statement {
 public:
  std::string value(store::Param p) {
    params_.push_back(p);
    return "$" + std::to_string(params_.size());
  }
  std::string text_value(std::string v) {
    kept_.push_back(std::move(v));
    return value(store::Param(kept_.back()));
  }
  void add(std::string_view condition) { (where_ += where_.empty() ? " WHERE " : " AND ") += condition; }
  const std::string& where() const { return where_; }
  std::span<const store::Param> params() const { return params_; }

 private:
  std::string where_;
  std::vector<store::Param> params_;
  std::deque<std::string> kept_;
};

/// Filters made ready once: what a query text and an attribute mean in this store.
struct Ready {
  const Scope& scope;
  const Filter& filter;
  std::optional<Lookup> lookup;
  AttributeId attribute;
  std::string attribute_value;
  std::optional<Kept> kept = {};
  bool nobody = false;  // the scope or the query selects no one
};

/// A condition that an index can be walked by.
struct Driver {
  std::string index;      // SQLite's INDEXED BY; empty: `among` selects the ids
  bool by_id = false;     // rows come in order of id
  std::int64_t size = 0;  // rows, up to kDriveMax + 1
  std::string among;      // "SELECT person_id …"
};

template <class List>
std::string value_list(Statement& s, const List& values) {
  std::string out = "(";
  for (const auto& v : values) out += (out.size() > 1 ? ", " : "") + s.value(store::Param(v));
  return out + ")";
}

KeptIn& kept_in() {
  static KeptIn fn = nullptr;
  return fn;
}

Result<Ready> make_ready(Tx& tx, const Scope& scope, const Filter& f) {
  Ready out{.scope = scope, .filter = f, .lookup = {}, .attribute = {}, .attribute_value = {}};
  if (f.tag_any.size() + f.tag_all.size() + f.tag_none.size() > kFilterTagsMax)
    return fail(Errc::invalid, "people.filter_tags", "at most 20 tags");
  out.nobody = scope.reach() == Reach::own ? !scope.staff() : !scope.unlimited() && scope.unit_path().empty();
  if (f.q && !f.q->empty()) {
    TRY(out.lookup, look_up(tx, *f.q));
    if (out.lookup->empty()) out.nobody = true;
  }
  if (f.segment && !f.segment->empty()) {
    if (kept_in() == nullptr) out.nobody = true;
    else { TRY(out.kept, kept_in()(tx, *f.segment)); }
    if (out.kept && out.kept->few == 0) out.nobody = true;
  }
  if (f.attribute) {
    TRY(const auto defs, attribute_defs(tx));
    const auto* def = find_def(defs, *f.attribute);
    if (def == nullptr) return fail(Errc::invalid, "people.unknown_attribute", *f.attribute, "/attribute");
    if (def->sensitive) return fail(Errc::invalid, "people.filter_attribute", *f.attribute, "/attribute");
    TRY(auto canonical, canonical_value(*def, f.value.value_or("")));
    out.attribute = def->id;
    out.attribute_value = std::move(canonical.text);
  }
  return out;
}

std::string one_way(Statement& s, std::span<const std::int64_t> tokens) {
  std::string out;
  for (const auto t : tokens)
    out += (out.empty() ? "" : " AND ") + std::string("EXISTS (SELECT 1 FROM search_token k WHERE k.token = ") +
           s.value(t) + " AND k.person_id = p.id)";
  return out;
}

void add_lookup(Statement& s, const Lookup& look) {
  std::string any;
  const auto either = [&](std::string text) { any += (any.empty() ? "(" : " OR (") + std::move(text) + ")"; };
  for (const auto& way : look.ways) either(one_way(s, way));
  if (!look.exact.empty()) either("p.id IN " + value_list(s, look.exact));
  if (!look.tags.empty())
    either("EXISTS (SELECT 1 FROM tag_assignment q WHERE q.person_id = p.id AND q.tag_id IN " + value_list(s, look.tags) + ")");
  s.add("(" + any + ")");
}

/// The ids a query text selects, as a sub-query.
std::string lookup_ids(Statement& s, const Lookup& look) {
  std::string out;
  const auto either = [&](std::string text) { out += (out.empty() ? "" : " UNION ALL ") + std::move(text); };
  for (const auto& way : look.ways) {
    std::string text = "SELECT person_id FROM search_token WHERE token = " + s.value(way.front());
    for (const auto t : std::span(way).subspan(1))
      text += " AND person_id IN (SELECT person_id FROM search_token WHERE token = " + s.value(t) + ")";
    either(std::move(text));
  }
  if (!look.exact.empty()) either("SELECT id FROM person WHERE id IN " + value_list(s, look.exact));
  if (!look.tags.empty()) either("SELECT person_id FROM tag_assignment WHERE tag_id IN " + value_list(s, look.tags));
  return out;
}

std::string under(Tx& tx, Statement& s, const std::string& path) {
  // All paths below "/1/12/": from it up to "/1/120", '0' being the character after '/'.
  auto end = path;
  end.back() = static_cast<char>(end.back() + 1);
  const std::string column = tx.kind() == store::Kind::postgres ? "p.unit_path COLLATE \"C\"" : "p.unit_path";
  return column + " >= " + s.text_value(path) + " AND " + column + " < " + s.text_value(end) + " AND p.unit_path <> ''";
}

void add_scope(Tx& tx, Statement& s, const Scope& scope) {
  if (scope.unlimited()) return;
  if (scope.reach() == Reach::own) s.add("p.owner_staff_id = " + s.value(scope.staff()));
  else s.add(under(tx, s, scope.unit_path()));
}

template <class T>
void add_bound(Statement& s, std::string_view column, std::string_view op, const std::optional<T>& bound) {
  if (bound) s.add(std::string(column) + std::string(op) + s.value(*bound));
}

std::string held(Statement& s, const std::vector<TagId>& tags) {
  return "EXISTS (SELECT 1 FROM tag_assignment a WHERE a.person_id = p.id AND a.tag_id IN " + value_list(s, tags) + ")";
}

std::string attribute_is(Statement& s, const Ready& r, std::string_view alias) {
  const std::string a(alias);
  std::string out = a + ".attribute_id = " + s.value(r.attribute) + " AND " + a + ".value = " + s.text_value(r.attribute_value);
  if (r.attribute_value.size() <= kIndexedValueMax) out += " AND LENGTH(" + a + ".value) <= 40";
  return out;
}

void add_filters(Tx& tx, Statement& s, const Ready& r) {
  const auto& f = r.filter;
  s.add("p.merged_into IS NULL");
  add_scope(tx, s, r.scope);
  if (!f.stage.empty()) {
    std::vector<std::string_view> names;
    for (const auto stage : f.stage) names.push_back(stage_name(stage));
    s.add(names.size() == 1 ? "p.stage = " + s.value(names[0]) : "p.stage IN " + value_list(s, names));
  }
  if (f.owner) s.add("p.owner_staff_id = " + s.value(*f.owner));
  if (f.store) s.add("p.store = " + s.value(*f.store));
  if (f.channel) s.add("p.channel = " + s.value(*f.channel));
  add_bound(s, "p.orders", " >= ", f.orders_min);
  add_bound(s, "p.orders", " <= ", f.orders_max);
  add_bound(s, "p.paid_fen", " >= ", f.paid_fen_min);
  add_bound(s, "p.paid_fen", " <= ", f.paid_fen_max);
  add_bound(s, "p.last_paid_at", " >= ", f.last_paid_from);
  add_bound(s, "p.last_paid_at", " < ", f.last_paid_to);
  add_bound(s, "p.created_at", " >= ", f.created_from);
  add_bound(s, "p.created_at", " < ", f.created_to);
  if (!f.tag_any.empty()) s.add(held(s, f.tag_any));
  for (const auto tag : f.tag_all) s.add(held(s, {tag}));
  if (!f.tag_none.empty()) s.add("NOT " + held(s, f.tag_none));
  if (r.attribute) s.add("EXISTS (SELECT 1 FROM person_attribute v WHERE v.person_id = p.id AND " + attribute_is(s, r, "v") + ")");
  if (r.lookup) add_lookup(s, *r.lookup);
  if (r.kept) s.add(r.kept->where);
}

/// Rows of a query, counted up to kDriveMax + 1.
Result<std::int64_t> bounded(Tx& tx, const std::string& query, const Statement& s, std::int64_t most) {
  std::int64_t n = 0;
  TRY(tx.each_raw("SELECT COUNT(*) FROM (" + query + " LIMIT " + std::to_string(most + 1) + ") c", s.params(),
                  [&](const store::Statement& row) -> Result<> { n = row.integer(0); return {}; }));
  return n;
}

/// Chooses among the conditions that have an index.
class Chooser {
 public:
  Chooser(Tx& tx, const Ready& r) : tx_(tx), r_(r) {}

  Result<std::optional<Driver>> best(bool order_is_id) {
    const auto& f = r_.filter;
    if (f.owner) { TRY(equal("person_owner", "owner_staff_id", *f.owner)); }
    else if (r_.scope.reach() == Reach::own) { TRY(equal("person_owner", "owner_staff_id", r_.scope.staff())); }
    if (f.store) { TRY(equal("person_store", "store", *f.store)); }
    if (f.channel) { TRY(equal("person_channel", "channel", *f.channel)); }
    if (f.stage.size() == 1) { TRY(equal("person_stage", "stage", stage_name(f.stage[0]))); }
    if (!r_.scope.unlimited() && r_.scope.reach() != Reach::own) { TRY(below(r_.scope.unit_path())); }
    TRY(ranges());
    TRY(sets());
    if (best_ && (best_->size <= kDriveMax || (order_is_id && best_->by_id))) return best_;
    return std::nullopt;
  }
  /// The best there is, however many it leads to; after best().
  const std::optional<Driver>& any() const { return best_; }

 private:
  void offer(Driver d) {
    const auto weight = [](const Driver& x) { return x.size + (x.by_id ? 0 : x.size / 2); };  // a sort costs too
    if (!best_ || weight(d) < weight(*best_)) best_ = std::move(d);
  }
  template <class T>
  Result<> equal(std::string index, const std::string& column, const T& value) {
    Statement s;
    const auto query = "SELECT 1 FROM person WHERE " + column + " = " + s.value(store::Param(value));
    TRY(const auto n, bounded(tx_, query, s, kDriveMax));
    offer({std::move(index), true, n, {}});
    return {};
  }
  Result<> below(const std::string& path) {
    Statement s;
    const auto query = "SELECT 1 FROM person p WHERE " + under(tx_, s, path);
    TRY(const auto n, bounded(tx_, query, s, kDriveMax));
    offer({"person_unit", false, n, {}});
    return {};
  }
  template <class T>
  Result<> range(std::string index, const std::string& column, const std::optional<T>& low, const std::optional<T>& high,
                 std::string_view high_op, std::string_view extra) {
    if (!low && !high) return {};
    Statement s;
    std::string query = "SELECT 1 FROM person WHERE " + std::string(extra);
    if (low) query += " AND " + column + " >= " + s.value(store::Param(*low));
    if (high) query += " AND " + column + std::string(high_op) + s.value(store::Param(*high));
    TRY(const auto n, bounded(tx_, query, s, kDriveMax));
    offer({std::move(index), false, n, {}});
    return {};
  }
  Result<> ranges() {
    const auto& f = r_.filter;
    TRY(range("person_created", "created_at", f.created_from, f.created_to, " < ", "1 = 1"));
    TRY(range("person_last_paid", "last_paid_at", f.last_paid_from, f.last_paid_to, " < ", "last_paid_at IS NOT NULL"));
    if (f.paid_fen_min && *f.paid_fen_min > 0) {
      TRY(range("person_paid", "paid_fen", f.paid_fen_min, f.paid_fen_max, " <= ", "orders > 0"));
    }
    if (f.orders_min && *f.orders_min > 1) {
      TRY(range("person_orders", "orders", f.orders_min, f.orders_max, " <= ", "orders > 1"));
    }
    return {};
  }
  /// Conditions that are sets of ids in another table.
  Result<> sets() {
    const auto& f = r_.filter;
    for (const auto tag : f.tag_all) { TRY(among("SELECT person_id FROM tag_assignment WHERE tag_id = " + std::to_string(tag.v))); }
    if (!f.tag_any.empty()) {
      std::string ids;
      for (const auto tag : f.tag_any) ids += (ids.empty() ? "" : ", ") + std::to_string(tag.v);
      TRY(among("SELECT person_id FROM tag_assignment WHERE tag_id IN (" + ids + ")"));
    }
    if (r_.attribute && r_.attribute_value.size() <= kIndexedValueMax) { TRY(among_attribute()); }
    if (r_.kept && r_.kept->few) offer({{}, false, *r_.kept->few, r_.kept->ids});
    if (r_.lookup) {
      Statement s;
      const auto ids = lookup_ids(s, *r_.lookup);
      TRY(const auto n, bounded(tx_, ids, s, kDriveMax));
      offer({{}, false, n, "lookup"});
    }
    return {};
  }
  Result<> among(std::string ids) {
    TRY(const auto n, bounded(tx_, ids, Statement{}, kDriveMax));
    offer({{}, false, n, std::move(ids)});
    return {};
  }
  Result<> among_attribute() {
    Statement s;
    const auto ids = "SELECT v.person_id FROM person_attribute v WHERE " + attribute_is(s, r_, "v");
    TRY(const auto n, bounded(tx_, ids, s, kDriveMax));
    offer({{}, false, n, "attribute"});
    return {};
  }

  Tx& tx_;
  const Ready& r_;
  std::optional<Driver> best_;
};

/// "FROM person p …" with the index to walk, and the conditions a partial index asks for.
std::string from_clause(Tx& tx, Statement& s, const Ready& r, const std::optional<Driver>& d, std::string_view order_index) {
  const bool sqlite = tx.kind() == store::Kind::sqlite;
  const auto walk = [&](std::string_view index) {
    if (index == "person_last_paid") s.add("p.last_paid_at IS NOT NULL");
    if (index == "person_paid") s.add("p.orders > 0");
    if (index == "person_orders") s.add("p.orders > 1");
    return sqlite ? "FROM person p INDEXED BY " + std::string(index) : std::string("FROM person p");
  };
  if (d && !d->index.empty()) return walk(d->index);
  if (d) {
    auto ids = d->among;
    if (ids == "lookup") ids = lookup_ids(s, *r.lookup);
    if (ids == "attribute") ids = "SELECT v.person_id FROM person_attribute v WHERE " + attribute_is(s, r, "v");
    s.add("p.id IN (" + ids + ")");
    return sqlite ? "FROM person p NOT INDEXED" : "FROM person p";
  }
  if (!order_index.empty()) return walk(order_index);
  return sqlite ? "FROM person p NOT INDEXED" : "FROM person p";
}

struct Part { bool bought; std::string_view order_index, order_by, key; };
/// One stretch of the order: those who bought by their key, or people by id.
Part part_of(SortBy sort, bool bought) {
  if (sort == SortBy::paid && bought) return {true, "person_paid", "p.paid_fen DESC, p.id DESC", "p.paid_fen"};
  if (sort == SortBy::last_paid && bought) return {true, "person_last_paid", "p.last_paid_at DESC, p.id DESC", "p.last_paid_at"};
  return {bought, {}, "p.id DESC", {}};
}

void add_after(Statement& s, const Part& part, const Place& after) {
  if (after.id == 0) return;
  if (part.key.empty()) s.add("p.id < " + s.value(after.id));
  else s.add("(" + std::string(part.key) + ", p.id) < (" + s.value(after.key) + ", " + s.value(after.id) + ")");
}

struct Mark { std::int64_t key, id; };
/// Where the order's index stands kWalkMax rows further on; nothing when it ends before.
Result<std::optional<Mark>> horizon(Tx& tx, const Part& part, const Place& after) {
  Statement s;
  s.add(std::string(part.key) + " IS NOT NULL");
  s.add("p.orders > 0");
  add_after(s, part, after);
  const std::string index = tx.kind() == store::Kind::sqlite ? " INDEXED BY " + std::string(part.order_index) : "";
  const auto sql = "SELECT " + std::string(part.key) + ", p.id FROM person p" + index + s.where() + " ORDER BY " +
                   std::string(part.order_by) + " LIMIT 1 OFFSET " + s.value(kWalkMax);
  std::optional<Mark> out;
  TRY(tx.each_raw(sql, s.params(), [&](const store::Statement& row) -> Result<> {
    out = Mark{row.integer(0), row.integer(1)};
    return {};
  }));
  return out;
}

struct Walk { std::optional<Driver> driver; std::string_view index; std::optional<Mark> until; };
Result<> walk_part(Tx& tx, const Ready& r, SortBy sort, const Part& part, const Place& after, const Walk& walk,
                   std::size_t want, std::vector<ListRow>& rows) {
  Statement s;
  add_filters(tx, s, r);
  if (sort != SortBy::created) s.add(part.bought ? "p.orders > 0" : "p.orders = 0");
  add_after(s, part, after);
  if (walk.until)
    s.add("(" + std::string(part.key) + ", p.id) > (" + s.value(walk.until->key) + ", " + s.value(walk.until->id) + ")");
  const auto from = from_clause(tx, s, r, walk.driver, walk.index);
  const auto sql = std::string(kListColumns) + from + s.where() + " ORDER BY " + std::string(part.order_by) + " LIMIT " +
                   s.value(static_cast<std::int64_t>(want));
  return tx.each_raw(sql, s.params(), [&](const store::Statement& row) -> Result<> {
    rows.push_back(store::ReadRow<ListRow>::read(row));
    return {};
  });
}

/// What is common is found within kWalkMax rows of the order's index. What is rare is not, and there reading all that
/// one filter leads to (or everybody), in the order they are kept, and sorting the few is far cheaper than a jump for
/// each row of the order's index.
Result<> read_part(Tx& tx, const Ready& r, SortBy sort, const Part& part, const Place& after, std::size_t want,
                   std::vector<ListRow>& rows) {
  Chooser chooser(tx, r);
  TRY(const auto driver, chooser.best(part.key.empty()));
  if (driver || part.key.empty()) return walk_part(tx, r, sort, part, after, {driver, {}, {}}, want, rows);
  TRY(const auto until, horizon(tx, part, after));
  const auto had = rows.size();
  TRY(walk_part(tx, r, sort, part, after, {{}, part.order_index, until}, want, rows));
  if (!until || rows.size() - had >= want) return {};
  rows.resize(had);
  return walk_part(tx, r, sort, part, after, {chooser.any(), {}, {}}, want, rows);
}

}  // namespace

bool know_kept_in(KeptIn fn) {
  kept_in() = fn;
  return true;
}

Result<ListPage> list_people(Tx& tx, const Scope& scope, const Filter& filter, SortBy sort, const Place& after, int limit) {
  TRY(const auto ready, make_ready(tx, scope, filter));
  ListPage page;
  if (ready.nobody) return page;
  const auto want = static_cast<std::size_t>(limit) + 1;
  const bool bought = sort == SortBy::created || after.bought;
  TRY(read_part(tx, ready, sort, part_of(sort, bought), after, want, page.rows));
  if (sort != SortBy::created && bought && page.rows.size() < want) {
    TRY(read_part(tx, ready, sort, part_of(sort, false), {}, want - page.rows.size(), page.rows));
  }
  if (page.rows.size() == want) {
    page.rows.pop_back();
    const auto& last = page.rows.back();
    const auto key = sort == SortBy::paid ? last.paid_fen.v : last.last_paid_at ? to_ms(*last.last_paid_at) : 0;
    page.next = Place{sort == SortBy::created || last.orders > 0, key, last.id.v};
  }
  return page;
}

Result<std::int64_t> count_people(Tx& tx, const Scope& scope, const Filter& filter) {
  TRY(const auto ready, make_ready(tx, scope, filter));
  if (ready.nobody) return std::int64_t{0};
  Chooser chooser(tx, ready);
  TRY(const auto driver, chooser.best(true));
  Statement s;
  add_filters(tx, s, ready);
  const auto from = from_clause(tx, s, ready, driver, {});
  return bounded(tx, "SELECT 1 " + from + s.where(), s, kCountMax);
}

Result<std::vector<PersonId>> select_people(Tx& tx, const Scope& scope, const Filter& filter, std::int64_t below, int limit) {
  TRY(const auto ready, make_ready(tx, scope, filter));
  std::vector<ListRow> rows;
  if (!ready.nobody) {
    TRY(read_part(tx, ready, SortBy::created, part_of(SortBy::created, true), {true, 0, below},
                  static_cast<std::size_t>(limit), rows));
  }
  std::vector<PersonId> out;
  for (const auto& row : rows) out.push_back(row.id);
  return out;
}

}  // namespace koi::people
