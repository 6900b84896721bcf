#include <gtest/gtest.h>

#include "app/rooms.h"
#include "connect/wechat/desk.h"
#include "team/tests/matrix.h"

namespace koi::app {
namespace {

const std::vector<store::Migration>& every_schema() {
  static const auto all = schemas();
  return all;
}

TEST(AuthorizationMatrix, EveryRouteHasAPolicyLine) {
  for (const auto& gap : team::testing::policy_gaps(routes())) ADD_FAILURE() << gap;
}

TEST(AuthorizationMatrix, EightRolesGetWhatThePolicySaysOnEveryRoute) {
  testing::World w({every_schema()});
  ASSERT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
  const auto out = connect::open_outgoing({});
  ASSERT_TRUE(connect::wechat::open_desk(w.db(), *out, {.seal_key = std::string(32, 'k')}));
  http::ServerOptions options;
  options.port = 0;
  options.access_log = false;
  auto server = http::Server::start(options, w.db(), team::authorizer(w.db()), routes());
  ASSERT_TRUE(server) << server.error().code;
  int asked = 0;
  for (const auto& leak : team::testing::matrix_leaks(w, (*server)->port(), routes(), asked)) ADD_FAILURE() << leak;
  EXPECT_GT(asked, 500);
  (*server)->drain();
  connect::wechat::close_desk(w.db());
}

TEST(OpenApi, NamesEveryOperationOnce) {
  auto tables = routes();
  tables.push_back(http::system_routes());
  std::set<std::string> ids;
  for (const auto table : tables)
    for (const auto& route : table) EXPECT_TRUE(ids.insert(http::operation_id(route)).second) << route.method << " " << route.path;
}

TEST(Problems, EveryCodeARoomCanEmitHasTitlesInBothLanguages) {
  for (const char* code : {"store.busy", "events.unknown_kind", "ledger.short", "people.no_identifier", "commerce.no_lines",
                           "team.login_taken", "config.unknown_key", "sample.not_empty"}) {
    const auto zh = http::problem({Errc::invalid, code, {}, {}, {}}, "r", "zh-CN", "/").body;
    const auto en = http::problem({Errc::invalid, code, {}, {}, {}}, "r", "en", "/").body;
    EXPECT_NE(zh, en) << code;
  }
}

}  // namespace
}  // namespace koi::app
