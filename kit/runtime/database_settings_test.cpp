#include "kit/runtime/database_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

using std::chrono::milliseconds;

std::vector<Setting> settings() {
    std::vector<Setting> all;
    add_database_settings(all);
    return all;
}

TEST(DatabaseSettings, TheirDefaultsAreThoseOfTheDriver) {
    const auto options = postgres_options(Config::read(settings(), {}).value());
    const sql::pg::PostgresOptions defaults;
    EXPECT_EQ(options.lines, defaults.lines);
    EXPECT_EQ(options.units_max, defaults.units_max);
    EXPECT_EQ(options.silence_max, defaults.silence_max);
}

TEST(DatabaseSettings, EachReachesItsOption) {
    const Sources sources{.flags = {{"database.pipelines", "1", "--set"},
                                    {"database.transactions_max", "2", "--set"},
                                    {"database.transaction_queue_max", "3", "--set"},
                                    {"database.reads_max", "4", "--set"},
                                    {"database.units_max", "5", "--set"},
                                    {"database.connect_time_ms", "60", "--set"},
                                    {"database.transaction_wait_ms", "70", "--set"},
                                    {"database.statement_time_ms", "80", "--set"},
                                    {"database.transaction_time_ms", "90", "--set"},
                                    {"database.silence_time_ms", "100", "--set"}}};
    const auto options = postgres_options(Config::read(settings(), sources).value());
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

TEST(DatabaseSettings, NoneMayBeNothing) {
    for (const auto& setting : settings()) EXPECT_THAT(find_fault(setting, "0"), testing::Not("")) << setting.key;
}

}  // namespace
}  // namespace tw::runtime
