#include "connect/wecom/side/api.h"

#include "http/wire.h"

#include "connect/wecom/desk.h"
#include "connect/wecom/side/js_sign.h"
#include "connect/wecom/side/tickets.h"

namespace koi::connect::wecom {

struct JsConfigQuery { std::string url; };
BOOST_DESCRIBE_STRUCT(JsConfigQuery, (), (url))
/// As the JS-SDK's own callbacks return it.
struct JsSignature { std::int64_t timestamp = 0; std::string nonceStr, signature; };
BOOST_DESCRIBE_STRUCT(JsSignature, (), (timestamp, nonceStr, signature))
struct JsConfig { std::string corp_id; std::int64_t agent_id = 0; JsSignature config, agent_config; };
BOOST_DESCRIBE_STRUCT(JsConfig, (), (corp_id, agent_id, config, agent_config))

namespace {

Reply signed_for(const Corp& corp, const std::string& page, std::string_view corp_ticket, std::string_view app_ticket, Instant now) {
  Rng rng;
  const auto sign = [&](std::string_view ticket) {
    auto s = sign_page(ticket, page, now, rng);
    return JsSignature{s.timestamp, std::move(s.nonce), std::move(s.signature)};
  };
  return http::ok(JsConfig{corp.corp_id, corp.agent_id, sign(corp_ticket), sign(app_ticket)});
}

/// Both tickets, asked for when they are not at hand.
Result<Reply> fetch_and_sign(Tickets& tickets, const Corp& corp, const std::string& page, Clock& clock) {
  TRY(const auto of_corp, tickets.get(TicketKind::corp));
  TRY(const auto of_app, tickets.get(TicketKind::app));
  return signed_for(corp, page, of_corp, of_app, clock.now());
}

Result<Answer> get_js_config(Call& call) {
  TRY(const auto q, call.query<JsConfigQuery>());
  const auto id = call.path_text("corp");
  TRY(const auto corp, corp_by_id(call.db(), id));
  if (corp->disabled) return fail(Errc::not_found, "connect.no_corp", corp->corp_id);
  if (corp->agent_id == 0) return fail(Errc::conflict, "connect.no_agent");
  TRY(const auto pages, pages_of(call.db(), id));
  TRY(auto page, page_to_sign(q.url, pages.public_url));
  const auto of_corp = pages.tickets->at_hand(TicketKind::corp), of_app = pages.tickets->at_hand(TicketKind::app);
  auto& clock = call.db().clock();
  if (of_corp && of_app) return signed_for(*corp, page, *of_corp, *of_app, clock.now());
  auto finish = call.later();
  TRY(at_desk(call.db(), [tickets = pages.tickets, corp, page = std::move(page), finish, &clock](const std::string&) {
    finish(fetch_and_sign(*tickets, *corp, page, clock));
  }));
  return Answer::Later{};
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<JsConfigQuery, None, JsConfig>("GET", "/v1/wecom/{corp}/js-config", "", get_js_config, "企业微信网页的 JS-SDK 签名", "Signatures a page needs for WeCom's JS-SDK", http::kLogin),
};

}  // namespace

std::span<const Route> side_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
