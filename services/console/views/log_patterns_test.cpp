#include "services/console/views/log_patterns.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using testing::ElementsAre;

class LogPatternsTest : public testing::Test {
 protected:
    void add(std::string_view body, std::string_view event = {}, int severity = 9, std::int64_t time_us = 1) {
        patterns.add({.time_ns = time_us * 1000, .severity = severity, .event_name = event, .body = body, .source = &source});
    }
    std::vector<std::string> found() const {
        std::vector<std::string> lines;
        const auto answer = patterns.most_frequent();
        for (const auto& pattern : answer.patterns())
            lines.push_back(fmt::format("{} {}", pattern.count(), fmt::join(pattern.texts(), "{}")));
        return lines;
    }

    Source source{.service = "payment-service"};
    LogPatterns patterns;
};

TEST_F(LogPatternsTest, numbers_ids_addresses_and_quoted_texts_are_values) {
    add("GET /api/products/prod-123 200 0.4 ms");
    add("GET /api/products/prod-9 404 12.1 ms");
    add("user 01a2c3d4-0000-7000-8000-000000000000 is alice@example.com");
    add("cannot open \"/var/lib/a b\": it's gone.");
    EXPECT_THAT(found(), ElementsAre("2 GET /api/products/{} {} {} ms", "1 user {} is {}", "1 cannot open {}: it's gone."));
}

TEST_F(LogPatternsTest, texts_that_differ_in_one_word_of_four_have_one_pattern) {
    add("payment 17 declined card_declined");
    add("payment 18 declined insufficient_funds");
    add("payment 19 approved card_ok", {}, 13, 5);
    EXPECT_THAT(found(), ElementsAre("2 payment {} declined {}", "1 payment {} approved card_ok"));
}

TEST_F(LogPatternsTest, paths_are_not_thrown_together) {
    add("POST /api/orders 201 14.1 ms");
    add("POST /api/users 201 2.4 ms");
    add("POST /api/orders 400 1.2 ms");
    EXPECT_THAT(found(), ElementsAre("2 POST /api/orders {} {} ms", "1 POST /api/users {} {} ms"));
}

TEST_F(LogPatternsTest, short_texts_are_not_thrown_together) {
    add("started");
    add("stopped");
    add("user created");
    add("user deleted");
    EXPECT_EQ(found().size(), 4U);
}

TEST_F(LogPatternsTest, each_service_and_event_has_its_own_patterns) {
    add("done", "a");
    add("done", "b");
    const Source other{.service = "order-service"};
    patterns.add({.event_name = "a", .body = "done", .source = &other});
    EXPECT_EQ(found().size(), 3U);
}

TEST_F(LogPatternsTest, a_pattern_knows_its_times_and_its_highest_severity) {
    add("retry 1", "x", 9, 30);
    add("retry 2", "x", 17, 10);
    add("retry 3", "x", 13, 20);
    const auto pattern = patterns.most_frequent().patterns(0);
    EXPECT_EQ(pattern.severity(), 17);
    EXPECT_EQ(pattern.first_us(), 10);
    EXPECT_EQ(pattern.last_us(), 30);
    EXPECT_EQ(pattern.service(), "payment-service");
    EXPECT_EQ(pattern.event_name(), "x");
}

TEST_F(LogPatternsTest, memory_is_bounded_and_what_finds_no_room_is_counted) {
    std::string word(10, 'a');
    for (int i = 0; i < 1'000; ++i) {
        for (auto& letter : word) {
            if (++letter <= 'z') break;
            letter = 'a';
        }
        add(word);
    }
    const auto answer = patterns.most_frequent();
    EXPECT_EQ(answer.patterns_size(), LogPatterns::kShownMax);
    EXPECT_EQ(answer.counted(), 1'000);
    EXPECT_EQ(answer.others(), 1'000 - LogPatterns::kShownMax);
    add(std::string(100'000, 'x') + " end");
}

TEST_F(LogPatternsTest, hostile_texts_are_patterns_like_others) {
    for (const std::string_view text :
         {std::string_view{}, std::string_view{"\"'"}, std::string_view{"\0\x1b[2J\xff", 6}, std::string_view{"{} {}"}})
        add(text);
    EXPECT_EQ(found().size(), 4U);
}

}  // namespace
}  // namespace tw::console
