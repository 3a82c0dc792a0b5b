#include "services/gateway/entity_tag.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

TEST(EntityTag, BringsBackItsVersion) {
    for (const std::int64_t version : {1L, 7L, 9'223'372'036'854'775'807L}) {
        EXPECT_EQ(parse_entity_tag(entity_tag(version)), version);
    }
}

TEST(EntityTag, WhatWeDidNotMakeHasNoVersion) {
    for (const auto* tag : {"", "\"", "\"\"", "7", "\"7", "7\"", "W/\"7\"", "\"07\"", "\"0\"", "\"-7\"", "\"+7\"", "\" 7\"",
                            "\"9223372036854775808\"", "\"7\",\"8\""}) {
        EXPECT_EQ(parse_entity_tag(tag), std::nullopt) << tag;
    }
}

}  // namespace
}  // namespace tw::gateway
