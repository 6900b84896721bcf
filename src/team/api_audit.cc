#include <vector>

#include "http/wire.h"
#include "store/trail.h"
#include "team/api.h"

namespace koi::team {

struct AuditQuery {
  std::optional<std::int64_t> limit;
  std::optional<std::string> after, action, subject;
};
BOOST_DESCRIBE_STRUCT(AuditQuery, (), (limit, after, action, subject))
struct AuditOut {
  std::int64_t seq = 0;
  Instant at;
  std::string author_kind, author, author_name, action, subject;
  http::Json detail;
  std::string request_id;
};
BOOST_DESCRIBE_STRUCT(AuditOut, (), (seq, at, author_kind, author, author_name, action, subject, detail, request_id))
using AuditPage = http::Page<AuditOut>;
struct VerdictOut {
  std::int64_t rows = 0;
  bool intact = true;
  std::int64_t first_bad = 0;
  std::int64_t checkpoints = 0;
  std::string fault;
};
BOOST_DESCRIBE_STRUCT(VerdictOut, (), (rows, intact, first_bad, checkpoints, fault))

namespace {

std::string author_id(const store::AuditRow& row) {
  if (row.author_id == 0) return {};
  if (row.author_kind == "user") return to_text(UserId{row.author_id});
  if (row.author_kind == "key") return to_text(KeyId{row.author_id});
  return std::to_string(row.author_id);
}

Result<Answer> get_audit(Call& call) {
  TRY(const auto query, call.query<AuditQuery>());
  TRY(const int limit, http::page_limit(query.limit));
  TRY(const auto before, http::decode_cursor(query.after.value_or(http::encode_cursor({0})), 1));
  return call.read([=](Tx& tx) -> Result<Reply> {
    TRY(const auto rows,
        store::audit_page(tx, before[0], limit, query.action.value_or(""), query.subject.value_or("")));
    AuditPage page{{}, {}, tx.now()};
    for (const auto& r : rows) {
      page.data.push_back({r.seq, r.at, r.author_kind, author_id(r), r.author_name, r.action, r.subject,
                           http::Json{r.detail}, r.request_id});
    }
    if (rows.size() == static_cast<std::size_t>(limit)) page.next = http::encode_cursor({rows.back().seq});
    return http::ok(page);
  });
}

Result<Answer> get_verify(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto verdict, store::verify_audit(tx));
    return http::ok(VerdictOut{verdict.rows, verdict.intact, verdict.first_bad, verdict.checkpoints, verdict.fault});
  });
}

using http::None, http::route;
constexpr Route kAuditRoutes[] = {
    route<AuditQuery, None, AuditPage>("GET", "/v1/audit", "audit.read", get_audit, "审计日志", "The audit log"),
    route<None, None, VerdictOut>("GET", "/v1/audit/verify", "audit.verify", get_verify, "校验审计链",
                                  "Verify the audit chain"),
};

}  // namespace

std::span<const Route> audit_routes() { return kAuditRoutes; }

std::span<const Route> routes() {
  static const auto kAll = [] {
    std::vector<Route> all;
    for (const auto group :
         {account_routes(), setup_routes(), member_routes(), org_routes(), key_routes(), audit_routes(), handover_routes()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace koi::team
