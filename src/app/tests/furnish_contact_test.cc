// A sample's corp is furnished once; a merchant who is no sample keeps an empty one.
#include <gtest/gtest.h>

#include "app/rooms.h"
#include "app/sample/contact.h"
#include "connect/wecom/albums/albums.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/moments/moments.h"
#include "connect/wecom/rules/rules.h"
#include "events/events.h"
#include "store/trail.h"
#include "tests/support/world.h"

namespace koi::app {
namespace {

namespace wecom = connect::wecom;
constexpr std::string_view kSampleCorp = "wwsample";

const std::vector<store::Migration>& every_schema_of_furnished() {
  static const auto all = schemas();
  return all;
}

struct FurnishedWorld : testing::World {
  explicit FurnishedWorld(bool sample) : World({every_schema_of_furnished()}) {
    EXPECT_EQ(testing::outcome(write([&](Tx& tx) -> Result<> {
      TRY(events::install_catalogue(tx));
      TRY(events::open_log(tx));
      TRY(wecom::put_corp(tx, {.corp_id = std::string(kSampleCorp), .name = "锦鲤", .base_url = {}, .secret = "s", .token = "QDG6eK", .aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", .agent_id = {}, .disabled = {}}, std::string(32, 'k')));
      return sample ? store::set_setting(tx, "sample.seed", "1") : Result<>{};
    })), "ok");
  }
  void furnish() { EXPECT_EQ(testing::outcome(furnish_contact(db(), std::string(kSampleCorp))), "ok"); }
};

TEST(FurnishContact, ASampleHasWhatItsOperatorsKeepAndHasItOnce) {
  FurnishedWorld w(true);
  w.furnish();
  w.furnish();
  const auto house = Scope::everything("test");
  const auto albums = *w.read([](Tx& tx) { return wecom::list_albums(tx); });
  ASSERT_EQ(albums.size(), 4u);
  for (const auto& one : albums) EXPECT_EQ(w.read([&](Tx& tx) { return wecom::find_media(tx, one.spec.pictures.at(0)); })->kind, "image");
  EXPECT_EQ(w.count("connect_media"), 4) << "four pictures, all different";
  EXPECT_EQ(w.read([](Tx& tx) { return wecom::list_rules(tx); })->size(), 2u);
  EXPECT_EQ(w.read([&](Tx& tx) { return wecom::list_mass(tx, house, "draft", {}, 9); })->size(), 2u);
  const auto moments = *w.read([&](Tx& tx) { return wecom::list_moments(tx, house, "", {}, 9); });
  ASSERT_EQ(moments.size(), 1u);
  EXPECT_TRUE(moments[0].start_at.has_value());
}

TEST(FurnishContact, AMerchantWhoIsNoSampleKeepsAnEmptyOne) {
  FurnishedWorld w(false);
  w.furnish();
  EXPECT_EQ(w.count("connect_wecom_album"), 0);
  EXPECT_EQ(w.count("connect_wecom_rule"), 0);
  EXPECT_EQ(w.count("connect_wecom_mass"), 0);
}

}  // namespace
}  // namespace koi::app
