#include "services/console/endpoints/process_pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(ProcessPages, health_is_that_of_the_process_and_of_its_modules) {
    ::console::Process process;
    EXPECT_THAT(
        read_ready_page(R"({"ready":false,"reasons":["order: no database"],"modules":{"user":{"ready":true,"reasons":[]},)"
                        R"("order":{"ready":false,"reasons":["no database"]}}})",
                        process),
        IsEmpty());
    EXPECT_FALSE(process.ready());
    EXPECT_THAT(process.reasons(), ElementsAre("order: no database"));
    ASSERT_EQ(process.modules_size(), 2);
    EXPECT_TRUE(process.modules(0).ready());
    EXPECT_THAT(process.modules(1).reasons(), ElementsAre("no database"));
}

TEST(ProcessPages, services_uptime_and_memory_are_metrics) {
    ::console::Process process;
    EXPECT_THAT(read_metrics_page("# TYPE target_info gauge\n"
                                  "target_info{service_name=\"order-service\",host_name=\"a\"} 1\n"
                                  "target_info{service_name=\"odd \\\"name\\\"\"} 1\n"
                                  "target_info{service_name=\"order-service\"} 1\n"
                                  "process_uptime_seconds{service_name=\"tradewind\"} 61.9\n"
                                  "process_memory_usage_bytes{service_name=\"tradewind\"} 3.5e+07",
                                  process),
                IsEmpty());
    EXPECT_THAT(process.services(), ElementsAre("order-service", "odd \"name\""));
    EXPECT_EQ(process.uptime_s(), 61);
    EXPECT_EQ(process.memory_bytes(), 35'000'000);
}

TEST(ProcessPages, what_is_no_operations_port_is_said_and_breaks_nothing) {
    for (const auto* body : {"", "<html>", "[]", "null", "{", "3", "\xff\xfe"}) {
        ::console::Process process;
        for (const auto read : {&read_ready_page, &read_version_page, &read_metrics_page, &read_requests_page, &read_loops_page,
                                &read_config_page, &read_log_level_page}) {
            EXPECT_THAT(read(body, process), Not(IsEmpty())) << body;
        }
    }
    ::console::Process process;
    read_ready_page(R"({"ready":3,"reasons":{},"modules":[1]})", process);
    read_loops_page(R"({"loops":[1,{"lag_us":"x"}],"workers":7,"http_connections":1e99})", process);
    read_config_page(R"({"settings":[{"key":1},null]})", process);
    read_requests_page(R"({"a":1,"b":{"http":"x","rpc":null}})", process);
    read_log_level_page(R"({"a":1})", process);
    EXPECT_FALSE(process.ready());
    EXPECT_EQ(process.settings_size(), 1);
    EXPECT_THAT(process.log_levels(), IsEmpty());
}

TEST(ProcessPages, what_an_answer_has_too_much_of_is_left_out) {
    std::string body = R"({"settings":[)";
    for (int i = 0; i < 5'000; ++i) body += R"({"key":"a","value":"b","origin":"default"},)";
    body.back() = ']';
    ::console::Process process;
    EXPECT_THAT(read_config_page(body + "}", process), IsEmpty());
    EXPECT_EQ(process.settings_size(), 2'000);
}

}  // namespace
}  // namespace tw::console
