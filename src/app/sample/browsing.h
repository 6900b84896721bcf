/// What people look at in the mini program, and where they stop. Private to app/sample/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "app/sample/chance.h"
#include "app/sample/sample.h"
#include "app/sample/setting.h"

namespace koi::app {

/// Who looks: how and when they were brought, and the shop whose code they know.
struct Visitor { PersonId person; std::string_view channel, shop; std::int64_t since_ms; };

/// Visits and their drop-off. Its dice are its own: who comes, buys and leaves is the same with or without it.
class Browsing {
 public:
  explicit Browsing(std::uint64_t seed) : chance_(seed) {}
  /// A visit at `at_ms` that ends without an order.
  Result<> look_around(Tx& tx, SampleFigures& figures, const Visitor& who, std::int64_t at_ms);
  /// The visit that led to the order paid at `paid_ms`; it begins minutes before, sometimes hours.
  Result<> before_order(Tx& tx, SampleFigures& figures, const Visitor& who, std::int64_t paid_ms, std::string_view sku);
  /// When somebody looks in again after a visit; nothing when they do not come back.
  std::optional<std::int64_t> next_visit(std::int64_t after_ms, bool bought);

 private:
  struct Visit { SampleFigures* figures; Visitor who; std::int64_t at_ms; std::string touch; std::string_view channel; };
  Visit open(SampleFigures& figures, const Visitor& who, std::int64_t at_ms);
  Result<> note(Tx& tx, Visit& visit, std::string_view kind, const std::string& props);
  Result<> find_tea(Tx& tx, Visit& visit, const setting::Tea& tea);
  std::string_view any_of(std::span<const std::string_view> words) { return chance_.one_of(words); }

  Chance chance_;
};

}  // namespace koi::app
