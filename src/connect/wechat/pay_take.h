/// What the platform says about one thing, written down: shared by notices, answers and questions. For this folder.
#pragma once
#include <boost/json/object.hpp>

#include "connect/wechat/pay.h"

namespace koi::connect::wechat {

std::string text_in(const boost::json::object& from, std::string_view name);
std::int64_t number_in(const boost::json::object& from, std::string_view name);
const boost::json::object* object_in(const boost::json::object& from, std::string_view name);

/// How long after its n-th try something is asked about again.
Millis ask_after(std::int64_t tries);
Result<> tell(Tx& tx, const PayNotice& notice);

/// `said`: the platform's object. not_found "connect.no_payment" when the number is not ours; conflict "connect.pay_differs".
Result<> take_trade(Tx& tx, std::string_view mch, const boost::json::object& said);
Result<> take_refund(Tx& tx, std::string_view mch, const boost::json::object& said);
Result<> take_transfer(Tx& tx, std::string_view mch, const boost::json::object& said);

}  // namespace koi::connect::wechat
