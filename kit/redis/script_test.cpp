#include "kit/redis/script.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::redis {
namespace {

TEST(ScriptTest, its_name_is_the_sha1_of_its_text) {
    // The expected values are the examples of FIPS 180-4's companion page, and the output of
    // sha1sum for lengths around one block.
    EXPECT_EQ(Script{"abc"}.name(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(Script{""}.name(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    EXPECT_EQ(Script{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"}.name(),
              "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    EXPECT_EQ(Script{std::string(55, 'a')}.name(), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    EXPECT_EQ(Script{std::string(64, 'a')}.name(), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    EXPECT_EQ(Script{std::string(1000, 'a')}.name(), "291e9a6c66994949b57ba5e650361e98fc36b1ba");
}

}  // namespace
}  // namespace tw::redis
