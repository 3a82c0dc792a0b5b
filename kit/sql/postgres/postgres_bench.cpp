#include "kit/async/gate.hpp"
#include "kit/async/run.hpp"
#include "kit/sql/postgres/postgres_store.hpp"
#include "kit/testing/child_process.hpp"
#include "kit/testing/postgres_server.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

// The benchmarks run a server of their own, synced to disk, on this machine. `./dev bench postgres`
// compares the results with their budgets. The CPU time is that of the loop's thread, which is the
// client's.

namespace tw::sql::pg {
namespace {

constexpr Migration kMigrations[] = {
    {1, "users",
     "CREATE TABLE users (id text NOT NULL CONSTRAINT users_pkey PRIMARY KEY, email text NOT NULL, name text NOT NULL);"
     "CREATE UNIQUE INDEX users_email_key ON users (email)"}};
constexpr Schema kSchema{.name = "bench", .sqlite = {}, .postgres = kMigrations};
constexpr Statement kInsert{"INSERT users", "INSERT INTO users (id, email, name) VALUES ($1, $2, $3)"};
constexpr Statement kFind{"SELECT users", "SELECT id, email, name FROM users WHERE id = $1"};

class Bench {
 public:
    explicit Bench(const PostgresOptions& options = {}) : url{test::PostgresServer::shared().empty_database()} {
        store = std::move(open_postgres_store(url, options)).value();
        store->migrate(kSchema).value();
        database = store->connect(loop, telemetry.get());
    }

    Unit new_user() {
        auto id = random.uuid_v7(clock.now()).to_string();
        auto email = id + "@example.com";
        Unit unit;
        unit.add(kInsert, std::move(id), std::move(email), "Somebody");
        return unit;
    }

    SystemClock clock;
    Random random;
    test::QuietTelemetry telemetry;
    EventLoop loop;
    RootCall call{loop};
    std::string url;
    std::unique_ptr<Store> store;
    std::unique_ptr<Database> database;
};

Task<void> write_users(Bench& bench, int count) {
    for (int i = 0; i < count; ++i) {
        auto writing = bench.database->write(bench.call.context(), bench.new_user());
        if (!co_await std::move(writing)) throw std::runtime_error{"a write failed"};
    }
}

Task<void> write_concurrently(Bench& bench, int writers, int count) {
    Gate gate;
    for (int i = 0; i < writers; ++i) spawn(gate, write_users(bench, count));
    co_await close_and_wait(gate);
}

void write(benchmark::State& state, const PostgresOptions& options, int count) {
    Bench bench{options};
    const int writers = static_cast<int>(state.range(0));
    for (auto _ : state) run_until_done(bench.loop, write_concurrently(bench, writers, count));
    state.SetItemsProcessed(state.iterations() * writers * count);
    const auto stats = bench.store->stats();
    state.counters["units_per_commit"] = static_cast<double>(stats.units) / static_cast<double>(stats.commits);
}

/// `range(0)` writers at once, each of which waits for each of its units.
void postgres_shared_commits(benchmark::State& state) { write(state, {}, 32); }
BENCHMARK(postgres_shared_commits)->Arg(1)->Arg(10)->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

/// Writers as in postgres_shared_commits, with a transaction for each unit.
void postgres_one_commit_each(benchmark::State& state) { write(state, {.group_units_max = 1}, 4); }
BENCHMARK(postgres_one_commit_each)->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

/// PostgreSQL's own benchmark program, with as many clients, each with its own connection, and
/// prepared statements.
void postgres_pgbench_inserts(benchmark::State& state) {
    const Bench bench;
    const auto schema = bench.url.substr(bench.url.rfind('D') + 1);
    const auto script = std::filesystem::temp_directory_path() / ("tw-pgbench-" + std::to_string(::getpid()) + ".sql");
    std::ofstream{script} << "INSERT INTO " << schema
                          << ".users (id, email, name) SELECT u, u || '@example.com', 'Somebody' FROM "
                             "CAST(gen_random_uuid() AS text) u\n";
    const auto programs = test::output_of("pg_config --bindir");
    const auto clients = std::to_string(state.range(0));
    for (auto _ : state) {
        const auto rate = test::output_of(programs + "/pgbench -n -M prepared -j 2 -T 3 -c " + clients + " -f " +
                                          script.string() + " '" + test::PostgresServer::shared().url_of("tw", "postgres") +
                                          "' 2>/dev/null | sed -n 's/^tps = \\([0-9.]*\\).*/\\1/p'");
        if (rate.empty()) state.SkipWithError("pgbench failed");
        state.counters["inserts_per_second"] = std::atof(rate.c_str());
    }
    std::filesystem::remove(script);
}
BENCHMARK(postgres_pgbench_inserts)->Arg(64)->Iterations(1)->UseRealTime();

Task<void> read_users(Bench& bench, const std::vector<std::string>& ids, int first, int count, int& found) {
    for (int i = 0; i < count; ++i) {
        auto reading = bench.database->query_row(bench.call.context(), kFind,
                                                 ids[static_cast<std::size_t>((first + i) * 7919) % ids.size()]);
        const auto row = co_await std::move(reading);
        if (row && *row) ++found;
    }
}

Task<int> read_concurrently(Bench& bench, const std::vector<std::string>& ids, int readers, int count) {
    Gate gate;
    int found = 0;
    for (int i = 0; i < readers; ++i) spawn(gate, read_users(bench, ids, i * count, count, found));
    co_await close_and_wait(gate);
    co_return found;
}

/// Look-ups by key among a thousand rows, `range(0)` in flight on two connections. An item is one
/// look-up.
void postgres_point_read(benchmark::State& state) {
    Bench bench;
    std::vector<std::string> ids;
    run_until_done(bench.loop, write_concurrently(bench, 50, 20));
    static constexpr Statement kIds{"SELECT users", "SELECT id FROM users"};
    const auto rows = run_until_done(bench.loop, bench.database->query(bench.call.context(), kIds));
    for (const auto& row : *rows) ids.push_back(row.get<std::string>(0));
    const int readers = static_cast<int>(state.range(0));
    constexpr int kReads = 100;
    for (auto _ : state) {
        if (run_until_done(bench.loop, read_concurrently(bench, ids, readers, kReads)) != readers * kReads) {
            state.SkipWithError("a row is missing");
        }
    }
    state.SetItemsProcessed(state.iterations() * readers * kReads);
    state.counters["cpu_us"] = benchmark::Counter(static_cast<double>(state.iterations()) * readers * kReads / 1e6,
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(postgres_point_read)->Arg(1)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tw::sql::pg
