/// gettoken and what belongs to it.
#include <fmt/format.h>

#include "simulate/ask.h"
#include "simulate/seal.h"

namespace koi::simulate {

namespace {

Told get_token(Ask& ask) {
  const auto corp = ask.query("corpid"), secret = ask.query("corpsecret");
  if (secret.empty()) return refuse(41004);
  if (corp != ask.corp().id) return refuse(40013);
  const auto* app = ask.world.gate.app_of_secret(secret);
  if (!app) return refuse(40001);
  auto [token, left] = ask.world.gate.token_for(*app, ask.now, ask.world.rng);
  return json::object{{"access_token", token}, {"expires_in", left}};
}

Told addresses(Ask&) { return json::object{{"ip_list", json::array{"127.0.0.1"}}}; }

/// The same ticket within its 7,200 s, as both ticket calls promise; derived, so that signatures can be checked offline.
Told ticket(const Ask& ask, std::string_view kind) {
  constexpr Seconds kLife = 7200;
  const auto slot = ask.now / kLife;
  const auto text = "tk-" + sha1_hex(fmt::format("{}|{}|{}|{}", ask.corp().id, kind, ask.app.name, slot));
  return json::object{{"ticket", text}, {"expires_in", kLife - ask.now % kLife}};
}
Told corp_ticket(Ask& ask) { return ticket(ask, "corp"); }
Told app_ticket(Ask& ask) {
  if (ask.query("type") != "agent_config") return refuse(40058, "type");
  return ticket(ask, "agent");
}

constexpr PlatformCall kCalls[] = {{"GET", "gettoken", get_token, true},
                                   {"GET", "get_api_domain_ip", addresses, false, true},
                                   {"GET", "getcallbackip", addresses, false, true},
                                   {"GET", "get_jsapi_ticket", corp_ticket},
                                   {"GET", "ticket/get", app_ticket}};
}  // namespace

std::span<const PlatformCall> token_calls() { return kCalls; }

}  // namespace koi::simulate
