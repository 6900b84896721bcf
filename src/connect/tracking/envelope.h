/// Inside tracking/: JSON elements into items. Nothing here touches the store.
#pragma once
#include <simdjson.h>

#include "connect/tracking/tracking.h"

namespace koi::connect::tracking {

namespace dom = simdjson::dom;

/// Appends a JSON value as compact text. Strings are escaped anew, numbers keep their value.
void append_json(std::string& out, dom::element value);
void append_json_string(std::string& out, std::string_view text);

/// RFC 3339 or milliseconds (seconds when small) since 1970; false when it is neither or out of 2000-2100.
bool read_time(dom::element value, Instant& out);

/// What one event object says, before it is judged.
struct Raw {
  std::string_view type, event, name, id, user, anonymous, previous, group;
  dom::element at, original_at, sent_at, props, traits, context, ids, touch;
  bool has_at = false, has_original = false, has_sent = false, has_props = false, has_traits = false, has_context = false,
       has_ids = false, has_touch = false;
  std::string_view fault;  // a code
};

/// Properties of an e-commerce event in our shape: what the catalogue demands of order_paid and the like; amount_fen is
/// what was paid. False when the kind needs no change.
bool commerce_props(std::string_view kind, const Raw& raw, std::string_view source, std::string& out,
                    std::int64_t& amount_fen);

/// Builds items of one request.
class Builder {
 public:
  Builder(Prepared& out, const ReadOptions& options);
  void sent_at(Instant t) { batch_sent_ = t; }
  /// One event object; `fixed` is the type the route prescribes.
  void add(dom::element value, std::size_t bytes, std::int64_t line, const Type* fixed);
  void refuse(std::int64_t line, std::string_view code, std::string_view id = {});

 private:
  std::string_view build(const Raw& raw, Type type, Item& item);
  std::string_view identify(const Raw& raw, Type type, Item& item);
  std::string_view when(const Raw& raw, Item& item);
  void describe(const Raw& raw, Type type, Item& item);
  void traits(dom::object object, Item& item);
  void derive_id(const Raw& raw, Item& item);
  void ident(const std::string& ns, std::string_view value, bool asserted);

  Prepared& out_;
  const ReadOptions& options_;
  std::optional<Instant> batch_sent_;
  std::string user_ns_, anonymous_ns_, last_name_, last_kind_;
};

}  // namespace koi::connect::tracking
