#include "simulate/seal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"

namespace koi::simulate {
namespace {

// The example the platform publishes with its sample code.
constexpr std::string_view kToken = "QDG6eK", kKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", kCorp = "wx5823bf96d3bd56c7";
constexpr std::string_view kEcho = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";

TEST(SimulateSeal, OpensThePublishedExample) {
  const auto key = aes_key_of(kKey);
  ASSERT_TRUE(key);
  EXPECT_EQ(signature_of(kToken, "1409659589", "263014780", kEcho), "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3");
  EXPECT_EQ(open_text(*key, kCorp, kEcho), "1616140317555161061");
  EXPECT_EQ(open_text(*key, "wxother", kEcho), std::nullopt);
}

TEST(SimulateSeal, MakesTheKnownCipherFromKnownRandomBytes) {
  // The key's last character leaves bits over, as most real keys do.
  const auto key = aes_key_of("RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr");
  ASSERT_TRUE(key);
  EXPECT_EQ(hex(*key), "46858de6319e05b4e7a756d7e43148541a455cbd79731a2577243d354d3bdb2a");
  EXPECT_EQ(seal_text(*key, "wwf5d6feea3a267ceb", "4972061835521907743", *unhex("4d61726c5957786242376e5573536134")),
            "eNUjhVZvY0pcUo3Sh6jy3T0SoxQ6qKSSLpmOVrS1pQOv+NTJ52YdzODHr2WvNjjsF+R79Q5S/N8OG0lEd+lqFg==");
}

TEST(SimulateSeal, KnowsAKeyWhenItSeesOne) {
  for (const std::string_view bad : {"", "short", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C=", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2!"})
    EXPECT_FALSE(aes_key_of(bad)) << bad;
}

RC_GTEST_PROP(SimulateSeal, WhatIsSealedOpens, (const std::string& message)) {
  const auto key = *aes_key_of(kKey);
  const auto sealed = seal_text(key, kCorp, message, "0123456789abcdef");
  RC_ASSERT(open_text(key, kCorp, sealed) == message);
  RC_ASSERT(unbase64(sealed)->size() % 32 == 0);
}

}  // namespace
}  // namespace koi::simulate
