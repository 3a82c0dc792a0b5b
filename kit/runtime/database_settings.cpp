#include "kit/runtime/database_settings.hpp"

#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <fmt/format.h>

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
     "PostgreSQL: connections of each loop and module for reads and shared commits, always open; at most, see "
     "database.connections_max"},
    {"database.transactions_max", &PostgresOptions::leases_max, 256,
     "PostgreSQL: connections of each loop and module for read-modify-write transactions, made when needed; at most, see "
     "database.connections_max"},
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

/// PostgreSQL's own default is 100, of which it keeps 3 for superusers; migrations and operators
/// need some more.
constexpr std::int64_t kConnectionsMax = 90;
/// One for reads and shared commits, one for transactions.
constexpr std::size_t kConnectionsLeast = 2;
/// With a second one for reads, which then need not wait for commits.
constexpr std::size_t kConnectionsWanted = 3;
/// What a module does in the background has connections as one more loop would have them.
constexpr std::size_t kBackground = 1;

constexpr std::int64_t kTimeLeastMs = 10;
constexpr std::int64_t kTimeMostMs = 3'600'000;

}  // namespace

void add_database_settings(std::vector<Setting>& all) {
    const PostgresOptions defaults;
    for (const auto& [key, option, most, help] : kCounts) {
        all.push_back(integer_setting(std::string{key}, static_cast<std::int64_t>(defaults.*option), 1, most, Unit::count,
                                      std::string{help}));
    }
    all.push_back(integer_setting("database.connections_max", kConnectionsMax, 8, 10'000, Unit::count,
                                  "PostgreSQL: connections of one replica of all modules together, over all loops; all replicas "
                                  "together must stay below the server's max_connections"));
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

Result<ConnectionPlan> plan_connections(const Config& config, std::size_t processors, ConnectionUsers users) {
    const auto asked = static_cast<std::size_t>(config.integer("runtime.loops"));
    ConnectionPlan plan{.loops = asked > 0 ? asked : std::max<std::size_t>(1, processors), .options = postgres_options(config)};
    if (users.here == 0) return plan;
    const auto wanted = plan.options.lines + plan.options.leases_max;
    const auto loops_before = plan.loops;
    const auto bound = static_cast<std::size_t>(config.integer("database.connections_max"));
    const auto share = bound / std::max(users.known, users.here);
    const auto least = asked > 0 ? kConnectionsLeast : std::min(wanted, kConnectionsWanted);
    if (asked == 0) plan.loops = std::clamp<std::size_t>(share / least, 2, plan.loops + kBackground) - kBackground;
    const auto each = share / (plan.loops + kBackground);
    if (each < kConnectionsLeast) {
        return Error{
            Code::invalid_argument, reason::kBadConfig,
            fmt::format("runtime.loops (from {}) is {}, which takes {} connections to PostgreSQL or more for a module, but its "
                        "share of database.connections_max ({}) is {}; raise it, and max_connections of the server, or lower "
                        "runtime.loops",
                        config.entry("runtime.loops").origin, plan.loops, kConnectionsLeast * (plan.loops + kBackground), bound,
                        share)};
    }
    // One stays for transactions.
    plan.options.lines = std::min(plan.options.lines, each - 1);
    plan.options.leases_max = std::min(plan.options.leases_max, each - plan.options.lines);
    const auto each_now = plan.options.lines + plan.options.leases_max;
    plan.connections = (plan.loops + kBackground) * users.here * each_now;
    plan.bounded = plan.loops < loops_before || each_now < wanted;
    return plan;
}

}  // namespace tw::runtime
