#include "kit/runtime/database_settings.hpp"

#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

using sql::pg::PostgresOptions;

constexpr std::int64_t kTimeLeastMs = 10;

/// PostgreSQL's own default is 100, of which it keeps 3 for superusers. Migrations and operators
/// need some more.
struct DatabaseSettings {
    std::size_t connections_max = 90;
};

/// How much of a server each loop and module uses.
SettingTable<PostgresOptions> counts_table() {
    using S = PostgresOptions;
    return {
        {"database.pipelines", &S::lines, 1, 64, Unit::count,
         "PostgreSQL: connections per event loop and module for reads and commits, always open; database.connections_max may "
         "lower it"},
        {"database.transactions_max", &S::leases_max, 1, 256, Unit::count,
         "PostgreSQL: connections per event loop and module for transactions, opened when needed; database.connections_max may "
         "lower it"},
        {"database.transaction_queue_max", &S::lease_queue_max, 1, 100'000, Unit::count,
         "PostgreSQL: how many transactions may wait for a connection per event loop and module; the next one gets 503"},
        {"database.reads_max", &S::reads_max, 1, 1'000'000, Unit::count,
         "PostgreSQL: how many reads may be running or waiting per event loop and module; the next one gets 503"},
        {"database.units_max", &S::units_max, 1, 1'000'000, Unit::count,
         "PostgreSQL: how many writes may wait for a commit per event loop and module; the next one gets 503"},
    };
}

SettingTable<DatabaseSettings> connections_table() {
    return {
        {"database.connections_max", &DatabaseSettings::connections_max, 8, 10'000, Unit::count,
         "PostgreSQL: connections of one replica of all modules together; all replicas together must stay below max_connections "
         "of "
         "the server"},
    };
}

/// How long each loop and module waits for a server.
SettingTable<PostgresOptions> times_table() {
    using S = PostgresOptions;
    return {
        {"database.connect_timeout_ms",
         &S::connect_time_max,
         kTimeLeastMs,
         kHourMs,
         Unit::milliseconds,
         "PostgreSQL: how long connecting may take, from the DNS look-up to the first query",
         {.was = "database.connect_time_ms"}},
        {"database.transaction_wait_ms", &S::lease_wait_max, kTimeLeastMs, kHourMs, Unit::milliseconds,
         "PostgreSQL: how long a transaction may wait for a connection before it gets 503"},
        {"database.statement_timeout_ms",
         &S::statement_time_max,
         kTimeLeastMs,
         kHourMs,
         Unit::milliseconds,
         "PostgreSQL: statement_timeout of the server, for calls with a later deadline",
         {.was = "database.statement_time_ms"}},
        {"database.transaction_timeout_ms",
         &S::transaction_time_max,
         kTimeLeastMs,
         kHourMs,
         Unit::milliseconds,
         "PostgreSQL: how long a transaction may be open before it is rolled back",
         {.was = "database.transaction_time_ms"}},
        {"database.response_timeout_ms",
         &S::silence_max,
         kTimeLeastMs,
         kHourMs,
         Unit::milliseconds,
         "PostgreSQL: how long an answer may be overdue before the connection counts as lost",
         {.was = "database.silence_time_ms"}},
    };
}

/// One for reads and shared commits, one for transactions.
constexpr std::size_t kConnectionsLeast = 2;
/// With a second one for reads, which then need not wait for commits.
constexpr std::size_t kConnectionsWanted = 3;
/// What a module does in the background has connections as one more loop would have them.
constexpr std::size_t kBackground = 1;

}  // namespace

void add_database_settings(std::vector<Setting>& all) {
    append(all, counts_table().declare());
    append(all, connections_table().declare());
    append(all, times_table().declare());
}

PostgresOptions postgres_options(const Config& config) {
    auto options = times_table().read(config, counts_table().read(config));
    options.application_name = config.program().text();
    return options;
}

Result<ConnectionPlan> plan_connections(const Config& config, std::size_t processors, ConnectionUsers users) {
    const auto asked = runtime_settings(config).loops;
    ConnectionPlan plan{.loops = asked > 0 ? asked : std::max<std::size_t>(1, processors), .options = postgres_options(config)};
    if (users.here == 0) return plan;
    const auto wanted = plan.options.lines + plan.options.leases_max;
    const auto loops_before = plan.loops;
    const auto bound = connections_table().read(config).connections_max;
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
