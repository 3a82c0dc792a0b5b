#include "apps/tradewind/doctor/run_checks.hpp"

#include <future>
#include <latch>
#include <memory>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::app {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kLong{60};

TEST(RunChecks, runs_all_checks_at_the_same_time_and_keeps_their_order) {
    // Each check waits for the other one.
    const auto both = std::make_shared<std::latch>(2);
    const auto wait = [both](Findings& findings) {
        both->arrive_and_wait();
        findings.ok("met");
    };
    const auto results = run_checks({{"first", wait}, {"second", wait}}, kLong);
    ASSERT_EQ(results.findings.size(), 2U);
    EXPECT_EQ(results.findings[0].check, "first");
    EXPECT_EQ(results.findings[1].check, "second");
    EXPECT_FALSE(results.late);
    EXPECT_FALSE(has_failed(results.findings));
}

TEST(RunChecks, gives_up_a_check_that_takes_too_long_and_says_what_it_was_doing) {
    const auto release = std::make_shared<std::promise<void>>();
    const auto released = release->get_future().share();
    const auto hang = [released](Findings& findings) {
        findings.ok("before");
        findings.begin("asking db:5432");
        released.wait();
        findings.ok("after");
    };
    const auto results =
        run_checks({{"slow", hang}, {"quick", [](Findings& findings) { findings.ok("done"); }}}, std::chrono::milliseconds{50});
    release->set_value();
    EXPECT_TRUE(results.late);
    ASSERT_EQ(results.findings.size(), 3U);
    EXPECT_EQ(results.findings[0].what, "before");
    EXPECT_EQ(results.findings[1].what, "no result within 0.05 s: asking db:5432");
    EXPECT_EQ(results.findings[1].state, CheckState::fail);
    EXPECT_EQ(results.findings[2].what, "done");
}

TEST(RunChecks, only_warns_of_a_slow_step_that_says_so) {
    Findings findings{"database"};
    findings.begin("reading the whole file", CheckState::warn);
    const auto found = findings.take_late(std::chrono::seconds{10});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].state, CheckState::warn);
    EXPECT_EQ(found[0].what, "no result within 10 s: reading the whole file");
}

TEST(RunChecks, reports_an_exception_as_a_failure) {
    const auto results = run_checks({{"broken", [](Findings&) { throw std::runtime_error{"a bug"}; }}}, kLong);
    ASSERT_EQ(results.findings.size(), 1U);
    EXPECT_TRUE(has_failed(results.findings));
    EXPECT_THAT(results.findings[0].what, HasSubstr("a bug"));
}

const std::vector<Finding> kAll{{"redis", CheckState::ok, "fine", ""},
                                {"redis", CheckState::warn, "not \"durable\"", "set appendonly yes"},
                                {"database order", CheckState::fail, "away", "start the server"},
                                {"issuer", CheckState::skipped, "none", ""}};

TEST(FindingsTable, has_a_line_for_each_finding_and_its_remedy_and_a_sum) {
    EXPECT_EQ(findings_table(kAll),
              "CHECK           STATE    WHAT\n"
              "redis           ok       fine\n"
              "                warn     not \"durable\"\n"
              "                         remedy: set appendonly yes\n"
              "database order  fail     away\n"
              "                         remedy: start the server\n"
              "issuer          skipped  none\n"
              "1 problem found, 1 warning.\n");
    EXPECT_THAT(findings_table({kAll[0]}), HasSubstr("No problems found.\n"));
}

TEST(FindingsJson, has_the_same_and_says_whether_all_is_well) {
    const auto json = findings_json(kAll);
    EXPECT_THAT(json, HasSubstr("\"ok\": false"));
    EXPECT_THAT(json, HasSubstr(R"("what": "not \"durable\"")"));
    EXPECT_THAT(json, HasSubstr(R"("state": "skipped")"));
    EXPECT_THAT(findings_json({kAll[1]}), HasSubstr("\"ok\": true"));
    EXPECT_THAT(findings_json({}), Not(HasSubstr("check\"")));
}

}  // namespace
}  // namespace tw::app
