#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/sms/sms.h"
#include "http/wire.h"

namespace koi::connect::sms {

struct GatewayBody { std::optional<std::string> url, sign, secret; std::optional<bool> disabled; };
BOOST_DESCRIBE_STRUCT(GatewayBody, (), (url, sign, secret, disabled))
struct GatewayView { std::string url, sign; bool connected = false, disabled = false; std::int64_t ver = 0; std::optional<Instant> updated_at; };
BOOST_DESCRIBE_STRUCT(GatewayView, (), (url, sign, connected, disabled, ver, updated_at))
struct TextView { SmsId id; std::string purpose, phone, state, error; std::int64_t tries = 0; Instant created_at{}; std::optional<Instant> ended_at; };
BOOST_DESCRIBE_STRUCT(TextView, (), (id, purpose, phone, state, error, tries, created_at, ended_at))
struct TextViews { std::vector<TextView> data; std::optional<SmsId> next; };
BOOST_DESCRIBE_STRUCT(TextViews, (), (data, next))
struct TextQuery { std::optional<SmsId> after; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(TextQuery, (), (after, limit))
struct TryBody { std::string phone; };
BOOST_DESCRIBE_STRUCT(TryBody, (), (phone))
struct Tried { SmsId id; };
BOOST_DESCRIBE_STRUCT(Tried, (), (id))

namespace {

using http::Answer;
using http::Call;
using http::Reply;
constexpr ShardKey kShard{0x5135};
constexpr std::int64_t kPage = 20, kPageMax = 200;

GatewayView view_of(const std::optional<Gateway>& g) {
  return g ? GatewayView{g->url, g->sign, true, g->disabled, g->ver, g->updated_at} : GatewayView{};
}

Result<Answer> get_gateway(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto g, gateway(tx));
    return http::with_etag(http::ok(view_of(g)), g ? g->ver : 0);
  });
}

Result<Answer> put_gateway_route(Call& call) {
  TRY(const auto in, call.body<GatewayBody>());
  TRY(const auto key, seal_key(call.db()));
  call.audit_subject("sms");
  return call.write(kShard, [&call, in, key](Tx& tx) -> Result<Reply> {
    TRY(const auto before, gateway(tx));
    if (before) TRY(http::check_match(call, before->ver));
    TRY(const auto g, put_gateway(tx, {in.url, in.sign, in.secret, in.disabled}, key));
    return http::with_etag(before ? http::ok(view_of(g)) : http::created(view_of(g)), g.ver);
  });
}

Result<Answer> delete_gateway(Call& call) {
  call.audit_subject("sms");
  return call.write(kShard, [](Tx& tx) -> Result<Reply> {
    TRY(drop_gateway(tx));
    return http::no_content();
  });
}

Result<Answer> post_try(Call& call) {
  TRY(auto in, call.body<TryBody>());
  TRY(const auto key, seal_key(call.db()));
  const bool english = call.request().language() == "en";
  auto phone = std::string(trim(in.phone));
  if (phone.size() == 11 && phone.starts_with('1')) phone = "+86" + phone;
  call.audit_subject("sms");
  return call.write(kShard, [phone, key, english](Tx& tx) -> Result<Reply> {
    TRY(const auto id, queue_text(tx, {phone, english ? "Koipond is connected to your text message gateway." : "短信网关已接入锦鲤池。", "test"}, key));
    return http::accepted(Tried{id});
  });
}

Result<Answer> get_texts(Call& call) {
  TRY(const auto query, call.query<TextQuery>());
  return call.read([query](Tx& tx) -> Result<Reply> {
    const auto limit = std::clamp<std::int64_t>(query.limit.value_or(kPage), 1, kPageMax);
    TRY(const auto lines, texts(tx, query.after.value_or(SmsId{}), static_cast<int>(limit)));
    TextViews out;
    for (const auto& l : lines) out.data.push_back({l.id, l.purpose, l.phone, l.state, l.error, l.tries, l.created_at, l.ended_at});
    if (std::ssize(lines) == limit) out.next = lines.back().id;
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr http::Route kRoutes[] = {
    route<None, None, GatewayView>("GET", "/v1/channels/sms", "channel.read", get_gateway, "短信网关", "The text message gateway"),
    route<None, GatewayBody, GatewayView>("PUT", "/v1/channels/sms", "channel.write", put_gateway_route, "接入或修改短信网关", "Connect or change the text message gateway"),
    route<None, None, None>("DELETE", "/v1/channels/sms", "channel.write", delete_gateway, "移除短信网关", "Remove the text message gateway"),
    route<None, TryBody, Tried>("POST", "/v1/channels/sms/test", "channel.write", post_try, "发一条测试短信", "Send a text to try the gateway"),
    route<TextQuery, None, TextViews>("GET", "/v1/channels/sms/messages", "channel.read", get_texts, "短信发送记录", "Texts and what became of them"),
};

}  // namespace

std::span<const http::Route> routes() { return kRoutes; }

}  // namespace koi::connect::sms
