/// The control API under /sim/: what a test, the phone page or a demonstration does to the corp, and what it may look at.
/// Bodies and replies are JSON; refusals are problems with codes simulate.*.
#pragma once
#include <boost/json.hpp>
#include <span>

#include "http/http.h"
#include "simulate/acts.h"
#include "simulate/ask.h"

namespace koi::simulate {

struct Steer {
  World& world;
  const http::Request& request;
  const json::object& body;
  std::string text(std::string_view key) const { return simulate::text(body, key); }
  std::string query(std::string_view key) const { return request.query_value(key); }
  std::int64_t query_number(std::string_view key, std::int64_t otherwise) const;
};

/// One line: "POST", "customer/scan". Runs under World's mutex.
struct ControlCall {
  std::string_view method, path;
  Result<json::object> (*run)(Steer&);
};

std::span<const ControlCall> overview_controls();
std::span<const ControlCall> customer_controls();
std::span<const ControlCall> staff_controls();
std::span<const ControlCall> group_controls();
std::span<const ControlCall> machine_controls();
std::span<const ControlCall> look_controls();
std::span<const ControlCall> text_controls();
std::span<const ControlCall> archive_controls();

/// Answers one request under /sim/.
Result<http::Answer> answer_control(World& world, http::Call& call);

/// The staff member, customer, group of the body; not_found "simulate.no_staff", "simulate.no_customer", "simulate.no_group".
Result<StaffNo> staff_at(const Steer& steer, std::string_view key = "userid");
Result<CustomerNo> customer_at(const Steer& steer, std::string_view key = "external_userid");
Result<Group*> group_at(const Steer& steer);

json::object befriended_json(const World& world, const Befriended& b);
json::object clock_json(World& world);

}  // namespace koi::simulate
