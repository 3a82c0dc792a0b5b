#include "services/gateway/pages.hpp"

#include <gtest/gtest.h>

namespace tw::gateway {
namespace {

TEST(ReadyPage, says_whether_and_with_verbose_why) {
    EXPECT_EQ(ready_page({}, false).status, 200);
    EXPECT_EQ(ready_page({}, false).body, R"({"status":"ready"})");
    const runtime::Health draining{.ready = false, .reasons = {"draining", "a \"quoted\" reason"}};
    EXPECT_EQ(ready_page(draining, false).status, 503);
    EXPECT_EQ(ready_page(draining, false).body, R"({"status":"unready"})");
    EXPECT_EQ(ready_page(draining, true).body, R"({"status":"unready","reasons":["draining","a \"quoted\" reason"]})");
}

TEST(VersionPage, names_the_program_and_its_version) {
    EXPECT_EQ(version_page("0.1.0").body, R"({"name":"tradewind","version":"0.1.0"})");
}

TEST(HealthPage, depends_on_nothing) { EXPECT_EQ(health_page().status, 200); }

}  // namespace
}  // namespace tw::gateway
