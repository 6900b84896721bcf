#include "entry/shell.h"

#include <gtest/gtest.h>

namespace koi::entry {

TEST(Shell, TextStaysText) {
  EXPECT_EQ(html("<b>\"A\" & 'B'</b>"), "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;");
  const auto page = page_reply({.title = "<script>", .description = "\"><img>", .picture = {}, .body = "<p>ok</p>", .script = {}});
  EXPECT_NE(page.body.find("<title>&lt;script&gt;</title>"), std::string::npos);
  EXPECT_EQ(page.body.find("<img>"), std::string::npos);
  EXPECT_NE(page.body.find("<main><p>ok</p></main>"), std::string::npos);
}

TEST(Shell, OnlyAddressesThatOpenAPageAreSafe) {
  for (const auto good : {"https://a.example/x", "http://a.example", "/c/abc"}) EXPECT_EQ(safe_address(good), good);
  for (const auto bad : {"javascript:alert(1)", "data:text/html,x", "//evil.example", "/\\evil.example", "", "weixin"}) EXPECT_EQ(safe_address(bad), "") << bad;
}

TEST(Shell, DataCannotEndItsScriptAndTheStyleIsNamedByItsHash) {
  auto page = page_reply({.title = "x", .description = {}, .picture = {}, .body = {}, .script = "h5.css", .data = R"~({"a":"</script><script>alert(1)"})~"});
  EXPECT_EQ(page.body.find("</script><script>alert"), std::string::npos);
  EXPECT_NE(page.body.find("\\u003c/script>"), std::string::npos);
  std::string policy;
  for (const auto& [name, value] : page.headers)
    if (name == "Content-Security-Policy") policy = value;
  EXPECT_NE(policy.find("style-src 'sha256-"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

}  // namespace koi::entry
