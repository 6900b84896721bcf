#include "connect/wecom/doctor.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>

#include "base/crypto.h"
#include "connect/outgoing/client.h"
#include "connect/seal_key.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/login/login.h"
#include "entry/ways.h"
#include "connect/wecom/side/tickets.h"
#include "connect/wecom/tell/tell.h"
#include "connect/wecom/tell/watch.h"
#include "store/rows.h"

namespace koi::connect::wecom {

namespace {

constexpr std::string_view kLastSkew =
    "SELECT received_at - happened_at FROM connect_callback WHERE corp_id = $1 AND times = 1 AND received_at > $2 ORDER BY id DESC LIMIT 1";
constexpr std::int64_t kSkewWarnMs = 120'000;
constexpr std::int64_t kWaysMax = 500'000;     // of a corp, ways to friends and groups together (41045)
constexpr std::int64_t kAcquisitionLow = 20;   // where the platform itself begins to warn

/// What an errcode of the platform asks the merchant to do.
Said advice_for(const Error& e) {
  const auto is = [&](std::initializer_list<int> codes) {
    return std::ranges::any_of(codes, [&](int code) { return e.detail.starts_with(std::to_string(code) + " "); });
  };
  if (is({40001, 40013, 40091})) return {"Copy the corp id and the secret of the app again from the admin console.", "到企业微信管理后台重新复制企业 ID 与应用 Secret。"};
  if (is({60020}))
    return {"Add this server's address to the app's trusted addresses (企业可信IP); the platform names it in the message.", "把本服务器的出口 IP 加入应用的“企业可信IP”；平台在提示里给出了该 IP。"};
  if (is({48002, 60011, 301002}))
    return {"Allow the app under 客户联系, API, 可调用接口的应用, and give it the staff it is to see.", "在“客户联系 - API - 可调用接口的应用”里勾选该应用，并设置可见范围。"};
  if (e.code == "connect.wecom_limit") return {"The platform's quota of this interface is used up. It is asked again by itself.", "该接口的调用频次已用完，稍后会自动重试。"};
  if (e.code == "connect.address") return {"The platform's address leads into a private network. Allow it with outgoing.private = 1 if that is meant.", "平台地址指向内网。如确需使用，请在配置里设置 outgoing.private = 1。"};
  return {"See whether this server reaches the platform: DNS, proxy, firewall.", "检查本服务器能否访问该地址：DNS、代理、防火墙。"};
}

Finding bad(std::string check, const Error& e) {
  const auto what = e.detail.empty() ? e.code : e.detail;
  return {std::move(check), "bad", {what, what}, advice_for(e)};
}

class Examination {
 public:
  Examination(Db& db, const Corp& corp, const std::string& url) : db_(db), corp_(corp), url_(url) {}

  std::vector<Finding> run() {
    if (!secret()) return std::move(out_);
    staff();
    quota();
    callback();
    sidebar();
    login();
    notices();
    clock();
    pushes();
    archive();
    return std::move(out_);
  }

 private:
  void good(std::string check, Said found) { out_.push_back({std::move(check), "good", std::move(found), {}}); }

  bool secret() {
    // One of its own: a token at hand would say nothing of the secret.
    const auto platform = fresh_platform(db_, corp_);
    const auto in = platform ? (*platform)->get("get_api_domain_ip", {}) : std::unexpected(platform.error());
    const bool stranger = !in && refused_with(in.error(), 60020);
    if (!in && !stranger) {
      out_.push_back(bad("secret", in.error()));
      return false;
    }
    good("secret", {"The platform takes the secret.", "Secret 有效。"});
    if (stranger) {
      out_.push_back(bad("ip", in.error()));
      return false;
    }
    platform_ = *platform;
    good("ip", {"The platform trusts this server's address.", "平台信任本服务器的出口 IP。"});
    return true;
  }

  /// Whom the app sees, and who of them may have customers.
  void staff() {
    const auto reply = platform_->get("externalcontact/get_follow_user_list", {});
    if (!reply) return out_.push_back(bad("staff", reply.error()));
    const auto n = array_in(*reply, "follow_user").size();
    if (n == 0) {
      out_.push_back({"staff", "bad", {"The app sees nobody who may have customers.", "应用看不到任何可使用客户联系的成员。"},
                      {"Add staff to 客户联系 → 权限配置 and to the app's visible range.", "在“客户联系 → 权限配置”里添加成员，并把他们放进应用可见范围。"}});
      return;
    }
    const auto text = std::to_string(n);
    good("staff", {text + " members of staff may have customers.", text + " 位成员可使用客户联系。"});
  }

  /// What is left of what the platform gives out: ways to friends and groups, and new customers of acquisition links where they are bought.
  void quota() {
    const auto there = db_.read([](Tx& tx) { return entry::ways_there(tx); });
    if (!there) return;
    const auto used = std::to_string(*there), most = std::to_string(kWaysMax);
    Finding f{"quota", "good", {used + " of " + most + " contact ways are in use.", "联系我与加入群聊已用 " + used + " / " + most + " 个。"}, {}};
    if (*there > kWaysMax / 10 * 9) {
      f.state = "warn";
      f.advice = {"Delete live codes that are not used any more.", "请删除不再使用的活码。"};
    }
    const auto bought = platform_->get("externalcontact/customer_acquisition_quota", {});
    if (bought && number_in(*bought, "total") > 0) {
      const auto left = number_in(*bought, "balance");
      f.found.en += " " + std::to_string(left) + " new customers are left to acquisition links.";
      f.found.zh += "获客助手剩余 " + std::to_string(left) + " 个新客额度。";
      if (left < kAcquisitionLow) {
        f.state = left > 0 ? "warn" : "bad";
        f.advice = {"Buy more in the admin console, 获客助手; links stop taking friends at zero.", "请在管理后台“获客助手”购买额度；用完后获客链接不再能加好友。"};
      }
    }
    out_.push_back(std::move(f));
  }

  void callback() {
    if (url_.empty() || !url_.starts_with("https://")) {
      const bool box = corp_.base_url.starts_with("http://");  // a simulator calls where it is told
      if (box) return;
      out_.push_back({"callback", "warn", {"This server does not know an https address the platform could call.", "本服务器没有平台可以访问的 https 地址。"},
                      {"Start it with --public-url https://… and enter " + url_ + "/callback/wecom/" + corp_.corp_id + " in the app.",
                       "用 --public-url https://… 启动，并在应用“接收消息”里填写 " + url_ + "/callback/wecom/" + corp_.corp_id}});
      return;
    }
    echo();
  }

  /// Asks our own address as the platform does when it is saved.
  void echo() {
    const auto address = url_ + "/callback/wecom/" + corp_.corp_id;
    const auto out = outgoing_of(db_);
    if (!out) return;
    Rng rng;
    const auto words = hex(rng.bytes(8)), nonce = std::to_string(rng.next()), at = std::to_string(to_ms(db_.clock().now()) / 1000);
    const auto sealed = crypto::seal_message({corp_.token, corp_.aes_key, corp_.corp_id}, words, rng.bytes(16));
    OutRequest request;
    request.url = address + "?msg_signature=" + crypto::callback_signature(corp_.token, at, nonce, sealed) + "&timestamp=" + at + "&nonce=" + nonce + "&echostr=" + in_address(sealed);
    const auto reply = (*out)->ask(std::move(request));
    if (reply && reply->status == 200 && reply->body == words) return good("callback", {"The address answers: " + address, "回调地址可用：" + address});
    const auto why = reply ? "HTTP " + std::to_string(reply->status) : reply.error().code;
    out_.push_back({"callback", "warn", {address + " did not answer us: " + why, "回调地址没有正确应答：" + address + "（" + why + "）"},
                    {"See whether the name leads to this server and its proxy passes /callback/ on. From inside, some networks do not reach their own outside address.",
                     "请检查域名是否指向本服务器、反向代理是否转发 /callback/；部分网络无法从内网访问自己的公网地址。"}});
  }
  /// Base64 in a query.
  static std::string in_address(std::string_view box) {
    std::string out;
    for (const char c : box) {
      if (c == '+') out += "%2B";
      else if (c == '/') out += "%2F";
      else if (c == '=') out += "%3D";
      else out += c;
    }
    return out;
  }

  /// Whether pages of ours could use the JS-SDK.
  void sidebar() {
    Tickets tickets(platform_, db_.clock());
    for (const auto kind : {TicketKind::corp, TicketKind::app})
      if (const auto ticket = tickets.get(kind); !ticket) return out_.push_back(bad("sidebar", ticket.error()));
    if (corp_.agent_id == 0) {
      out_.push_back({"sidebar", "warn", {"The app's AgentId is not known, so no page of ours can be signed for it.", "没有填写应用的 AgentId，无法为侧边栏网页签名。"},
                      {"Enter the AgentId above; it stands beside the secret in the admin console.", "请在上方填写 AgentId，它在管理后台与 Secret 同一页。"}});
      return;
    }
    good("sidebar", {"The platform gives tickets for the JS-SDK.", "可以取得 JS-SDK 签名所需的票据。"});
  }

  /// Whether staff can sign in by this corp, where that is switched on. The platform tells nobody which domains it was given.
  void login() {
    const auto setting = db_.read([&](Tx& tx) { return login_setting(tx, corp_.corp_id); });
    if (!setting || !setting->enabled) return;
    if (corp_.agent_id == 0) {
      out_.push_back({"login", "bad", {"The app's AgentId is not known, so nobody can sign in by WeCom.", "没有填写应用的 AgentId，无法使用企业微信登录。"},
                      {"Enter the AgentId above; it stands beside the secret in the admin console.", "请在上方填写 AgentId，它在管理后台与 Secret 同一页。"}});
      return;
    }
    if (corp_.base_url.starts_with("http://")) return good("login", {"Staff can sign in by WeCom.", "成员可以用企业微信登录。"});  // a simulator
    if (!url_.starts_with("https://")) {
      out_.push_back({"login", "bad", {"This server does not know an https address WeCom could send a browser back to.", "本服务器没有企业微信登录可以返回的 https 地址。"},
                      {"Start it with --public-url https://… and enter that domain in the app.", "用 --public-url https://… 启动，并在应用里填写该域名。"}});
      return;
    }
    const auto domain = url_.substr(url_.find("://") + 3);
    good("login", {"Staff can sign in by WeCom, once the app trusts " + domain + ": under 网页授权及JS-SDK for WeCom's own browser, under 企业微信授权登录 for scanning.",
                   "成员可以用企业微信登录；请确认应用的“网页授权及JS-SDK”可信域名与“企业微信授权登录”授权回调域都是 " + domain + "。"});
  }

  /// Whether what is wrong reaches those who watch.
  void notices() {
    const auto watch = db_.read([&](Tx& tx) { return find_watch(tx, corp_.corp_id); });
    if (!watch || watch->staff.empty()) return;
    if (corp_.agent_id == 0) {
      out_.push_back({"notices", "bad", {"The app's AgentId is not known, so messages to staff wait.", "没有填写应用的 AgentId，发给成员的消息无法送出。"},
                      {"Enter the AgentId above; it stands beside the secret in the admin console.", "请在上方填写 AgentId，它在管理后台与 Secret 同一页。"}});
      return;
    }
    const auto last = db_.read([&](Tx& tx) { return list_notices(tx, corp_.corp_id, {}, 1); });
    if (!last || last->empty() || last->front().failed + last->front().unknown == 0) return good("notices", {"Messages to staff are sent.", "成员消息正常送出。"});
    const auto why = last->front().people.front().error;
    out_.push_back({"notices", "warn", {"The last message did not reach everybody: " + why, "最近一条成员消息没有送达所有人：" + why},
                    {"Put those who watch into the app's visible range, then send it again below Staff.", "请把接收人放进应用可见范围，再到“成员”页签重发。"}});
  }

  void clock() {
    const auto day_ago = db_.clock().now() - std::chrono::hours(24);
    const auto skew = db_.read([&](Tx& tx) { return tx.maybe<std::int64_t>(kLastSkew, corp_.corp_id, day_ago); });
    if (!skew || !*skew) return;
    const auto seconds = std::to_string(**skew / 1000);
    if (std::abs(**skew) > kSkewWarnMs)
      out_.push_back({"clock", "warn", {"The newest push was " + seconds + " s away from our clock.", "最近一次推送与本机时钟相差 " + seconds + " 秒。"},
                      {"Keep this machine's clock by NTP: pushes five minutes away are refused.", "请用 NTP 校准时钟：相差五分钟以上的推送会被拒绝。"}});
    else
      good("clock", {"Our clock fits the platform's.", "时钟与平台一致。"});
  }

  /// How the session archive is doing, where it is set up.
  void archive() {
    const auto key = seal_key(db_);
    if (!key) return;
    const auto a = db_.read([&](Tx& tx) { return find_archive(tx, corp_.corp_id, *key); });
    if (!a || !*a || !(*a)->enabled) return;
    if ((*a)->state != "error") return good("archive", {"The session archive is pulled.", "会话存档正常拉取。"});
    const auto why = (*a)->error + ((*a)->detail.empty() ? "" : " " + (*a)->detail);
    out_.push_back({"archive", "bad", {"The session archive is not pulled: " + why, "会话存档无法拉取：" + why},
                    {"Look at the path of the library, the archive's own secret, its trusted addresses and its keys.", "请检查组件路径、会话存档 Secret、可信 IP 与密钥版本。"}});
  }

  void pushes() {
    const auto health = db_.read([&](Tx& tx) { return health_of(tx, corp_.corp_id); });
    if (!health) return;
    if (!health->last_at) {
      out_.push_back({"pushes", "warn", {"The platform has not called yet.", "还没有收到平台的推送。"},
                      {"Save the callback address in the app; the platform calls it once to see that it answers.", "在应用里保存回调地址，平台会先验证一次。"}});
      return;
    }
    std::int64_t refused = 0;
    for (const auto& r : health->refused) refused += r.times;
    if (health->failed > 0 || refused > 0) {
      const auto f = std::to_string(health->failed), r = std::to_string(refused);
      out_.push_back({"pushes", health->failed > 0 ? "bad" : "warn", {f + " failed, " + r + " refused in seven days.", f + " 条处理失败，近七天拒收 " + r + " 条。"},
                      {"Refused with a wrong signature: token or AES key differ from the app's. Failed ones can be played again below.", "签名不符说明 Token 或 EncodingAESKey 与应用不一致；处理失败的可在下方重放。"}});
      return;
    }
    good("pushes", {"All pushes are taken.", "推送全部正常处理。"});
  }

  Db& db_;
  const Corp& corp_;
  const std::string& url_;
  std::shared_ptr<Platform> platform_;
  std::vector<Finding> out_;
};

}  // namespace

std::vector<Finding> examine(Db& db, const Corp& corp, const std::string& public_url) { return Examination(db, corp, public_url).run(); }

}  // namespace koi::connect::wecom
