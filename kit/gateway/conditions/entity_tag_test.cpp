#include "kit/gateway/conditions/entity_tag.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

TEST(EntityTag, brings_back_its_version) {
    for (const std::int64_t version : {1L, 7L, 9'223'372'036'854'775'807L}) {
        EXPECT_EQ(parse_entity_tag(entity_tag(version)), version);
    }
}

TEST(EntityTag, what_we_did_not_make_has_no_version) {
    for (const auto* tag : {"", "\"", "\"\"", "7", "\"7", "7\"", "W/\"7\"", "\"07\"", "\"0\"", "\"-7\"", "\"+7\"", "\" 7\"",
                            "\"9223372036854775808\"", "\"7\",\"8\""}) {
        EXPECT_EQ(parse_entity_tag(tag), std::nullopt) << tag;
    }
}

TEST(EntityTag, fields_without_a_version_make_another_tag_when_they_change) {
    const auto tag = entity_tag(7, "{\"on_hand\":5}");
    EXPECT_EQ(tag, entity_tag(7, "{\"on_hand\":5}"));
    EXPECT_NE(tag, entity_tag(7, "{\"on_hand\":4}"));
    EXPECT_NE(tag, entity_tag(8, "{\"on_hand\":5}"));
    EXPECT_EQ(entity_tag(7, ""), "\"7-cbf29ce484222325\"") << "the same on every machine";
    EXPECT_EQ(parse_entity_tag(tag), std::nullopt);
}

}  // namespace
}  // namespace tw::gateway
