/// One port for three readers: the platform's paths under /cgi-bin/, the control API under /sim/, the phone at /.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <shared_mutex>

#include "simulate/authorize.h"
#include "simulate/control.h"
#include "simulate/page.h"
#include "simulate/platform.h"
#include "simulate/qr.h"
#include "simulate/seal.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kUploadMax = 24 << 20;  // a file of 20 MB in its multipart wrapping

/// Handlers are plain functions; the world a request belongs to is found by its server's store.
struct Worlds {
  std::shared_mutex mutex;
  std::map<const Db*, World*> all;
};
Worlds& worlds() {
  static Worlds w;
  return w;
}
World& world_of(http::Call& call) {
  auto& w = worlds();
  const std::shared_lock lock(w.mutex);
  return *w.all.at(&call.db());
}

Result<http::Answer> platform(http::Call& call) { return answer_platform(world_of(call), call); }
Result<http::Answer> control(http::Call& call) { return answer_control(world_of(call), call); }

Result<http::Answer> page(http::Call&) {
  return http::Reply{200, std::string(phone_page()), "text/html; charset=utf-8",
                     {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
                                                  "img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; "
                                                  "frame-ancestors 'none'"}}};
}

Result<http::Answer> oauth(http::Call& call) { return authorize_page(world_of(call), call.request(), false); }
Result<http::Answer> scan_login(http::Call& call) { return authorize_page(world_of(call), call.request(), true); }

/// The picture of a code. What is in it is the address of the picture, as a phone pointed here would read it: who asks for
/// a page instead of a picture has scanned it and gets the phone with that code.
Result<http::Answer> qr_picture(http::Call& call) {
  auto& world = world_of(call);
  const auto id = std::string(call.path_text("id"));
  {
    const std::scoped_lock lock(world.mutex);
    if (find_code(world, id).kind == Code::Kind::none) return fail(Errc::not_found, "simulate.no_code", id);
  }
  if (call.request().header("accept").contains("text/html")) return http::Reply{303, "", "text/plain", {{"Location", "/?scan=" + id}, {"Vary", "Accept"}}};
  TRY(auto png, qr_png(world.base_url + "/qr/" + id));
  return http::Reply{200, std::move(png), "image/png", {{"Cross-Origin-Resource-Policy", "cross-origin"}, {"Vary", "Accept"}}};
}

constexpr unsigned kOpen = http::kPublic | http::kNoCsrf | http::kNoAudit | http::kUpload;
constexpr http::Route lines(std::string_view method, std::string_view path, http::Handler handler) {
  return {method, path, "", handler, "模拟器", "simulator", nullptr, nullptr, nullptr, kOpen};
}
constexpr http::Route kRoutes[] = {
    lines("GET", "/", page),
    lines("GET", "/qr/{id}", qr_picture),
    lines("GET", "/connect/oauth2/authorize", oauth), lines("GET", "/wwlogin/sso/login", scan_login),
    lines("GET", "/cgi-bin/{a}", platform), lines("POST", "/cgi-bin/{a}", platform),
    lines("GET", "/cgi-bin/{a}/{b}", platform), lines("POST", "/cgi-bin/{a}/{b}", platform),
    lines("GET", "/cgi-bin/{a}/{b}/{c}", platform), lines("POST", "/cgi-bin/{a}/{b}/{c}", platform),
    lines("GET", "/cgi-bin/{a}/{b}/{c}/{d}", platform), lines("POST", "/cgi-bin/{a}/{b}/{c}/{d}", platform),
    lines("GET", "/sim/{a}", control), lines("POST", "/sim/{a}", control), lines("DELETE", "/sim/{a}", control),
    lines("GET", "/sim/{a}/{b}", control), lines("POST", "/sim/{a}/{b}", control)};

/// http/ wants a store; nothing of the corp stands in it.
struct Folder {
  std::string path;
  ~Folder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

Result<> check(const Options& o) {
  if (!o.aes_key.empty() && !aes_key_of(o.aes_key)) return fail(Errc::invalid, "simulate.aes_key");
  if (o.staff + static_cast<int>(o.guides.size()) < 1 || o.staff < 0 || o.staff > 100'000 || o.customers < 0 || o.customers > 5'000'000 || o.groups < 0 || o.groups > 100'000 || o.speed < 0)
    return fail(Errc::invalid, "simulate.shape");
  return {};
}

class Running final : public Simulator {
 public:
  explicit Running(const Options& options) : world_(options) {}
  ~Running() override { stop(); }

  Result<> open(const Options& options) {
    auto pattern = (std::filesystem::temp_directory_path() / "koipond-simulate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return fail(Errc::unavailable, "simulate.folder", pattern);
    folder_.path = pattern;
    store::Options place;
    place.address = place.data_dir = pattern;
    place.readers = 1;
    TRY(db_, Db::open(std::move(place)));
    {
      const std::unique_lock lock(worlds().mutex);
      worlds().all[db_.get()] = &world_;
    }
    http::ServerOptions how;
    how.address = options.listen;
    how.port = static_cast<std::uint16_t>(options.port);
    how.io_threads = options.io_threads;
    how.access_log = false;
    how.upload_max = kUploadMax;
    TRY(server_, http::Server::start(std::move(how), *db_, {}, {kRoutes}));
    world_.base_url = fmt::format("http://{}:{}", options.listen == "0.0.0.0" ? "127.0.0.1" : options.listen, server_->port());
    return {};
  }

  int port() const override { return server_->port(); }

  std::string greeting() override {
    auto& w = world_;
    const std::scoped_lock lock(w.mutex);
    const auto a = w.callbacks.address();
    json::object apps;
    for (const auto& app : w.gate.apps()) apps[app.name] = json::object{{"secret", app.secret}, {"agentid", app.agent}};
    const auto& first = w.gate.apps().front();
    return json::serialize(json::object{{"address", w.base_url}, {"corpid", w.corp.id}, {"secret", first.secret}, {"agentid", first.agent},
                                        {"token", a.token}, {"aes_key", a.aes_key}, {"callback", a.url}, {"apps", std::move(apps)},
                                        {"sms", json::object{{"url", w.base_url + "/sim/sms"}, {"secret", w.sms_secret}}}});
  }

  void stop() override {
    world_.stop();  // held answers go first, or the drain would wait for them
    if (server_) server_->drain();
    server_.reset();
    if (!db_) return;
    {
      const std::unique_lock lock(worlds().mutex);
      worlds().all.erase(db_.get());
    }
    db_->close();
    db_.reset();
  }

 private:
  Folder folder_;
  World world_;
  std::unique_ptr<Db> db_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::start(Options options) {
  TRY(check(options));
  Rng rng(options.seed ^ 0x70cULL);
  if (options.token.empty()) options.token = fresh_id(rng, "", 16);
  // 42 free characters and one of the four that leave no bit over.
  if (options.aes_key.empty()) options.aes_key = fresh_id(rng, "", 42) + "AEIM"[rng.below(4)];
  auto out = std::make_unique<Running>(options);
  TRY(out->open(options));
  return out;
}

}  // namespace koi::simulate
