#include "base/say.h"

#include <gtest/gtest.h>

namespace koi {
namespace {

TEST(Say, PutsValuesInBothAndEachPieceInItsLanguage) {
  const auto tag = Said{"tag", "标签"};
  const auto none = say("there is no {} \"{}\"", "没有{} \"{}\"", tag, "VIP");
  EXPECT_EQ(none.en, "there is no tag \"VIP\"");
  EXPECT_EQ(none.zh, "没有标签 \"VIP\"");
  const auto longer = say("{}; {} of {}", "{0}；共 {2}，其中 {1}", none, 2, std::string("5"));
  EXPECT_EQ(longer.en, "there is no tag \"VIP\"; 2 of 5");
  EXPECT_EQ(longer.zh, "没有标签 \"VIP\"；共 5，其中 2");
}

TEST(Say, ARefusalKeepsEnglishForTheLogAndShowsTheReadersOwn) {
  const Result<> sentence = fail(Errc::invalid, "x.y", Said{"too late", "太晚了"}, "/at"), value = fail(Errc::invalid, "x.y", "甲", "/at");
  EXPECT_EQ(sentence.error().detail, "too late");
  EXPECT_EQ(detail_in(sentence.error(), "en"), "too late");
  EXPECT_EQ(detail_in(sentence.error(), "zh-CN"), "太晚了");
  for (const auto* language : {"en", "zh-CN"}) EXPECT_EQ(detail_in(value.error(), language), "甲") << "a value is the same in both";
}

}  // namespace
}  // namespace koi
