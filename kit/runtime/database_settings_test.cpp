#include "kit/runtime/database_settings.hpp"

#include "kit/runtime/process_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using std::chrono::milliseconds;

std::vector<Setting> database_keys() {
    std::vector<Setting> all;
    add_database_settings(all);
    return all;
}

TEST(DatabaseSettings, their_defaults_are_those_of_the_driver) {
    const auto options = postgres_options(Config::read("shop", database_keys(), {}).value());
    const sql::pg::PostgresOptions defaults;
    EXPECT_EQ(options.lines, defaults.lines);
    EXPECT_EQ(options.units_max, defaults.units_max);
    EXPECT_EQ(options.silence_max, defaults.silence_max);
}

TEST(DatabaseSettings, each_reaches_its_option) {
    const Sources sources{.flags = {{"database.pipelines", "1", "--set"},
                                    {"database.transactions_max", "2", "--set"},
                                    {"database.transaction_queue_max", "3", "--set"},
                                    {"database.reads_max", "4", "--set"},
                                    {"database.units_max", "5", "--set"},
                                    {"database.connect_timeout_ms", "60", "--set"},
                                    {"database.transaction_wait_ms", "70", "--set"},
                                    {"database.statement_timeout_ms", "80", "--set"},
                                    {"database.transaction_timeout_ms", "90", "--set"},
                                    {"database.response_timeout_ms", "100", "--set"}}};
    const auto options = postgres_options(Config::read("shop", database_keys(), sources).value());
    EXPECT_EQ(options.lines, 1U);
    EXPECT_EQ(options.leases_max, 2U);
    EXPECT_EQ(options.lease_queue_max, 3U);
    EXPECT_EQ(options.reads_max, 4U);
    EXPECT_EQ(options.units_max, 5U);
    EXPECT_EQ(options.connect_time_max, milliseconds{60});
    EXPECT_EQ(options.lease_wait_max, milliseconds{70});
    EXPECT_EQ(options.statement_time_max, milliseconds{80});
    EXPECT_EQ(options.transaction_time_max, milliseconds{90});
    EXPECT_EQ(options.silence_max, milliseconds{100});
}

TEST(DatabaseSettings, none_may_be_nothing) {
    for (const auto& setting : database_keys()) EXPECT_THAT(find_fault(setting, "0"), testing::Not("")) << setting.key;
}

Result<ConnectionPlan> plan(std::size_t processors, ConnectionUsers users, std::vector<Assignment> flags = {}) {
    auto all = database_keys();
    add_process_settings(all, "shop", "/data");
    const auto config = Config::read("shop", all, {.flags = std::move(flags)}).value();
    return plan_connections(config, processors, users);
}

TEST(ConnectionPlan, stays_below_the_default_of_postgresql_on_machines_of_every_size) {
    constexpr std::size_t kServersDefault = 100 - 3;
    for (std::size_t processors = 1; processors <= 256; ++processors) {
        const auto together = plan(processors, {.here = 4, .known = 4});
        const auto apart = plan(processors, {.here = 1, .known = 4});
        ASSERT_TRUE(together && apart) << processors;
        EXPECT_LE(together->connections, kServersDefault) << processors;
        EXPECT_LE(4 * apart->connections, kServersDefault) << processors;
        EXPECT_GE(together->options.lines, 2U) << processors;
        EXPECT_GE(together->options.leases_max, 1U) << processors;
        EXPECT_LE(together->loops, processors);
    }
}

TEST(ConnectionPlan, leaves_a_small_machine_what_the_settings_say) {
    const auto two = plan(2, {.here = 4, .known = 4});
    ASSERT_TRUE(two);
    const sql::pg::PostgresOptions defaults;
    EXPECT_EQ(two->options.lines, defaults.lines);
    EXPECT_EQ(two->options.leases_max, defaults.leases_max);
    EXPECT_EQ(two->loops, 2U);
    EXPECT_EQ(two->connections, (2 + 1) * 4 * (defaults.lines + defaults.leases_max));
    EXPECT_FALSE(two->bounded);
}

TEST(ConnectionPlan, takes_as_many_as_a_server_with_more_connections_is_said_to_have) {
    const auto large = plan(64, {.here = 4, .known = 4}, {{"database.connections_max", "1560", "--set"}});
    ASSERT_TRUE(large);
    EXPECT_EQ(large->loops, 64U);
    EXPECT_EQ(large->connections, 1560U);
    EXPECT_FALSE(large->bounded);
    const auto one_less = plan(64, {.here = 4, .known = 4}, {{"database.connections_max", "1559", "--set"}});
    ASSERT_TRUE(one_less);
    EXPECT_LT(one_less->connections, 1560U);
    EXPECT_TRUE(one_less->bounded);
}

TEST(ConnectionPlan, refuses_a_number_of_loops_that_cannot_each_have_their_connections) {
    const auto fits = plan(1, {.here = 4, .known = 4}, {{"runtime.loops", "10", "--set"}});
    ASSERT_TRUE(fits);
    EXPECT_EQ(fits->loops, 10U);
    EXPECT_EQ(fits->connections, 88U);
    const auto refused = plan(1, {.here = 4, .known = 4}, {{"runtime.loops", "11", "--set"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "BAD_CONFIG");
    EXPECT_THAT(refused.error().detail(), testing::HasSubstr("runtime.loops (from --set)"));
    EXPECT_THAT(refused.error().detail(), testing::HasSubstr("database.connections_max (90)"));
}

TEST(ConnectionPlan, says_nothing_about_loops_where_no_module_is_on_postgresql) {
    const auto sqlite = plan(64, {.here = 0, .known = 4});
    ASSERT_TRUE(sqlite);
    EXPECT_EQ(sqlite->loops, 64U);
    EXPECT_EQ(sqlite->connections, 0U);
}

}  // namespace
}  // namespace tw::runtime
