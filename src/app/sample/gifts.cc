#include "app/sample/gifts.h"

#include <fmt/format.h>

namespace koi::app {

namespace {
constexpr std::string_view kUnit = "gift:tea-tin";
constexpr std::int64_t kDelivery = 48;  // tins a box
}  // namespace

Result<> Gifts::open(Tx& tx) {
  if (supply_) return {};
  TRY(given_, ledger::open_account(tx, {.code = "gift:given", .unit = kUnit, .flags = ledger::kPlain, .kind = "gift_out"}));
  TRY(supply_, ledger::open_account(tx, {.code = "gift:supply", .unit = kUnit, .flags = ledger::kPlain, .kind = "gift_supply"}));
  return {};
}

Result<> Gifts::deliver(Tx& tx, const std::string& shop, ledger::AccountId stock) {
  const auto number = ++deliveries_;
  const auto key = fmt::format("gift:delivery:{}", number), ref = fmt::format("delivery:{}-{:04}", shop, number);
  return ledger::transfer(tx, {.key = key, .from = supply_, .to = stock, .amount = kDelivery, .reason = "supply", .ref = ref});
}

Result<> Gifts::welcome(Tx& tx, const std::string& shop, PersonId person) {
  TRY(open(tx));
  const auto code = "gift:" + shop, key = "gift:welcome:" + to_text(person), who = to_text(person);
  TRY(const auto stock, ledger::open_account(tx, {.code = code, .unit = kUnit, .kind = "gift", .owner = shop}));
  TRY(const auto left, ledger::balance(tx, stock));
  if (left.available() == 0) { TRY(deliver(tx, shop, stock)); }
  return ledger::transfer(tx, {.key = key, .from = stock, .to = given_, .amount = 1, .reason = "welcome", .ref = who});
}

}  // namespace koi::app
