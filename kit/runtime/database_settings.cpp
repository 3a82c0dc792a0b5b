#include "kit/runtime/database_settings.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::runtime {
namespace {

using sql::pg::PostgresOptions;

struct CountSetting {
    std::string_view key;
    std::size_t PostgresOptions::* option;
    std::int64_t most;
    std::string_view help;
};

constexpr CountSetting kCounts[] = {
    {"database.pipelines", &PostgresOptions::lines, 64,
     "PostgreSQL: connections of each loop and module for reads and shared commits, always open"},
    {"database.transactions_max", &PostgresOptions::leases_max, 256,
     "PostgreSQL: connections of each loop and module for read-modify-write transactions, made when needed"},
    {"database.transaction_queue_max", &PostgresOptions::lease_queue_max, 100'000,
     "PostgreSQL: transactions that wait for a connection; the next one gets 503"},
    {"database.reads_max", &PostgresOptions::reads_max, 1'000'000,
     "PostgreSQL: reads under way or waiting in a loop; the next one gets 503"},
    {"database.units_max", &PostgresOptions::units_max, 1'000'000,
     "PostgreSQL: writes that wait in a loop for the commit before theirs; the next one gets 503"},
};

struct TimeSetting {
    std::string_view key;
    std::chrono::milliseconds PostgresOptions::* option;
    std::string_view help;
};

constexpr TimeSetting kTimes[] = {
    {"database.connect_time_ms", &PostgresOptions::connect_time_max,
     "PostgreSQL: from the look-up of the name to the first query"},
    {"database.transaction_wait_ms", &PostgresOptions::lease_wait_max,
     "PostgreSQL: how long a transaction waits for a connection; then 503"},
    {"database.statement_time_ms", &PostgresOptions::statement_time_max,
     "PostgreSQL: the server's own limit on a statement, where its call's deadline is later"},
    {"database.transaction_time_ms", &PostgresOptions::transaction_time_max,
     "PostgreSQL: how long a transaction is held open; then it is rolled back"},
    {"database.silence_time_ms", &PostgresOptions::silence_max,
     "PostgreSQL: an answer overdue for so long is taken for a lost connection"},
};

constexpr std::int64_t kTimeLeastMs = 10;
constexpr std::int64_t kTimeMostMs = 3'600'000;

}  // namespace

void add_database_settings(std::vector<Setting>& all) {
    const PostgresOptions defaults;
    for (const auto& [key, option, most, help] : kCounts) {
        all.push_back(integer_setting(std::string{key}, static_cast<std::int64_t>(defaults.*option), 1, most, Unit::count,
                                      std::string{help}));
    }
    for (const auto& [key, option, help] : kTimes) {
        all.push_back(integer_setting(std::string{key}, (defaults.*option).count(), kTimeLeastMs, kTimeMostMs, Unit::milliseconds,
                                      std::string{help}));
    }
}

PostgresOptions postgres_options(const Config& config) {
    PostgresOptions options;
    for (const auto& setting : kCounts) options.*setting.option = static_cast<std::size_t>(config.integer(setting.key));
    for (const auto& setting : kTimes) options.*setting.option = config.duration(setting.key);
    return options;
}

}  // namespace tw::runtime
