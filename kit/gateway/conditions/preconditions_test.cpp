#include "kit/gateway/conditions/preconditions.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

using Verdict = Preconditions::Verdict;

const Representation kNothing{};
const Representation kSeven{.exists = true, .tag = "\"7\"", .version = 7};
const Representation kProduct{.exists = true, .tag = "\"7-00000000000000ff\"", .version = 7};
const Representation kList{.exists = true};

struct Row {
    const char* value;
    const Representation* now;
    Verdict verdict;
};

Verdict judge(const char* name, const char* value, const Representation& now, bool safe) {
    http::Headers headers;
    headers.add(name, value);
    EXPECT_TRUE(Preconditions::asked(headers));
    return Preconditions{headers}.judge(now, safe);
}

TEST(Preconditions, if_match_holds_where_one_of_the_tags_is_the_current_one) {
    const Row rows[]{
        {"\"7\"", &kSeven, Verdict::holds},
        {"\"7\", \"1\"", &kSeven, Verdict::holds},
        {"\"1\",\"7\"", &kSeven, Verdict::holds},
        {"\"a,b\", \"7\"", &kSeven, Verdict::holds},
        {", ,\"7\" ,", &kSeven, Verdict::holds},
        {"*", &kSeven, Verdict::holds},
        {"*", &kList, Verdict::holds},
        {"\"7-00000000000000ff\"", &kProduct, Verdict::holds},
        {"\"7\"", &kProduct, Verdict::holds},
        {"\"7-00000000000000fe\"", &kProduct, Verdict::failed},
        {"\"6-00000000000000ff\"", &kProduct, Verdict::failed},
        {"\"6\"", &kProduct, Verdict::failed},
        {"\"1\", \"2\"", &kSeven, Verdict::failed},
        {"W/\"7\"", &kSeven, Verdict::failed},
        {"7", &kSeven, Verdict::failed},
        {"\"7", &kSeven, Verdict::failed},
        {"\"07\"", &kSeven, Verdict::failed},
        {"\"7\"\"1\"", &kSeven, Verdict::failed},
        {"\"\"", &kList, Verdict::failed},
        {"", &kSeven, Verdict::failed},
        {"\"7\"", &kList, Verdict::failed},
        {"\"7\"", &kNothing, Verdict::failed},
        {"*", &kNothing, Verdict::failed},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(judge("If-Match", row.value, *row.now, true), row.verdict) << row.value;
        EXPECT_EQ(judge("If-Match", row.value, *row.now, false), row.verdict) << row.value;
    }
}

TEST(Preconditions, if_none_match_of_the_current_tag_is_not_modified_for_reads_and_fails_changes) {
    const Row rows[]{
        {"\"7\"", &kSeven, Verdict::not_modified},
        {"W/\"7\"", &kSeven, Verdict::not_modified},
        {"\"1\", \"7\"", &kSeven, Verdict::not_modified},
        {"*", &kSeven, Verdict::not_modified},
        {"*", &kList, Verdict::not_modified},
        {"\"1\", \"2\"", &kSeven, Verdict::holds},
        {"\"7\"", &kList, Verdict::holds},
        {"*", &kNothing, Verdict::holds},
        {"\"7\"", &kNothing, Verdict::holds},
        {"\"7-00000000000000ff\"", &kProduct, Verdict::not_modified},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(judge("If-None-Match", row.value, *row.now, true), row.verdict) << row.value;
        const auto changing = row.verdict == Verdict::not_modified ? Verdict::failed : Verdict::holds;
        EXPECT_EQ(judge("If-None-Match", row.value, *row.now, false), changing) << row.value;
    }
}

TEST(Preconditions, a_plain_version_hides_no_change_of_what_has_no_version) {
    EXPECT_EQ(judge("If-None-Match", "\"7\"", kProduct, true), Verdict::holds);
    EXPECT_EQ(judge("If-None-Match", "\"7\"", kProduct, false), Verdict::failed);
}

TEST(Preconditions, both_must_hold_and_if_match_is_judged_first) {
    http::Headers headers;
    headers.add("If-Match", "\"7\"");
    headers.add("If-None-Match", "\"7\"");
    EXPECT_EQ(Preconditions{headers}.judge(kSeven, true), Verdict::not_modified);
    http::Headers wrong;
    wrong.add("If-None-Match", "\"7\"");
    wrong.add("If-Match", "\"1\"");
    EXPECT_EQ(Preconditions{wrong}.judge(kSeven, true), Verdict::failed);
}

TEST(Preconditions, several_fields_are_one_list) {
    http::Headers headers;
    headers.add("If-Match", "\"1\"");
    headers.add("if-match", "\"7\"");
    EXPECT_EQ(Preconditions{headers}.judge(kSeven, false), Verdict::holds);
    EXPECT_EQ(Preconditions{headers}.only_version(), std::nullopt);
}

TEST(Preconditions, what_a_service_holds_itself_is_told_apart) {
    const auto of = [](const char* value) {
        http::Headers headers;
        headers.add("If-Match", value);
        return Preconditions{headers}.only_version();
    };
    EXPECT_EQ(of("\"7\""), 7);
    for (const auto* more : {"*", "W/\"7\"", "\"7\", \"8\"", "\"7-00000000000000ff\"", "7"})
        EXPECT_EQ(of(more), std::nullopt) << more;
    http::Headers both;
    both.add("If-Match", "\"7\"");
    both.add("If-None-Match", "\"8\"");
    EXPECT_EQ(Preconditions{both}.only_version(), std::nullopt);
    http::Headers any;
    any.add("If-Match", "*");
    EXPECT_TRUE(Preconditions{any}.only_existence());
    EXPECT_FALSE(Preconditions{both}.only_existence());
}

TEST(Preconditions, nothing_is_asked_without_the_fields) {
    http::Headers headers;
    headers.add("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT");
    EXPECT_FALSE(Preconditions::asked(headers));
    EXPECT_EQ(Preconditions{headers}.judge(kNothing, false), Verdict::holds);
}

}  // namespace
}  // namespace tw::gateway
