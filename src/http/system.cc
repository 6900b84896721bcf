/// What http answers itself: is it alive, is it ready, what it counts, what it offers.
#include "http/wire.h"
#include "http/work.h"

namespace koi::http {

namespace {

struct Health {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status))
struct Version {
  std::string version, store;
};
BOOST_DESCRIBE_STRUCT(Version, (), (version, store))

constexpr std::string_view kTouchStore = "SELECT COUNT(*) FROM setting";

Site& site_of(Call& call) { return static_cast<Work&>(call).site(); }

Result<Answer> get_health(Call&) { return ok(Health{"ok"}); }

/// Ready: not draining, and the store answers a read of a migrated table.
Result<Answer> get_ready(Call& call) {
  if (site_of(call).draining.load()) return fail(Errc::unavailable, "http.draining");
  return call.read([](Tx& tx) -> Result<Reply> {
    auto touched = tx.one<std::int64_t>(kTouchStore);
    if (!touched) return fail(Errc::unavailable, "http.not_ready");
    return ok(Health{"ready"});
  });
}

Result<Answer> get_version(Call& call) {
  return ok(Version{site_of(call).options.version, call.db().kind() == store::Kind::sqlite ? "sqlite" : "postgres"});
}

/// Figures are for whoever runs the machine: only a caller on it, and not one that a proxy speaks for.
Result<Answer> get_metrics(Call& call) {
  const auto& r = call.request();
  const bool here = r.remote.starts_with("127.") || r.remote == "::1" || r.remote == "::ffff:127.0.0.1";
  if (!here || r.headers.contains("x-forwarded-for") || r.headers.contains("forwarded"))
    return fail(Errc::forbidden, "http.local_only");
  auto& site = site_of(call);
  Reply out{200, site.metrics.text(site.db, site.options.version), "text/plain; version=0.0.4; charset=utf-8", {}};
  if (site.options.more_metrics) site.options.more_metrics(out.body);
  return out;
}

Result<Answer> get_openapi(Call& call) {
  return Reply{200, site_of(call).openapi_text(), "application/json", {{"Cache-Control", "no-cache"}}};
}

constexpr Route kRoutes[] = {
    route<None, None, Health>("GET", "/healthz", "", get_health, "进程是否存活", "Whether the process is alive",
                              kPublic),
    route<None, None, Health>("GET", "/readyz", "", get_ready, "是否可以接收请求", "Whether it takes requests",
                              kPublic),
    route<None, None, Version>("GET", "/version", "", get_version, "版本", "The running version", kPublic),
    route<None, None, None>("GET", "/metrics", "", get_metrics, "运行指标（仅本机）",
                            "Figures for Prometheus, on this machine only", kPublic),
    route<None, None, Json>("GET", "/openapi.json", "", get_openapi, "接口说明文件", "This interface as OpenAPI 3.1",
                            kPublic),
};

}  // namespace

std::span<const Route> system_routes() { return kRoutes; }

}  // namespace koi::http
