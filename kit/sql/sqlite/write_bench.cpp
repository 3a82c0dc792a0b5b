#include "kit/async/gate.hpp"
#include "kit/async/run.hpp"
#include "kit/sql/sqlite/control.hpp"
#include "kit/sql/store.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>

// Measures how much sharing commits saves. The files are in the working folder: run it on the disk
// that matters, not on a tmpfs.

namespace tw::sql {
namespace {

constexpr Migration kMigrations[] = {
    {1, "users",
     "CREATE TABLE users (id TEXT NOT NULL CONSTRAINT users_pkey PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL);"
     "CREATE UNIQUE INDEX users_email_key ON users (email)"}};
constexpr Schema kSchema{.name = "bench", .sqlite = kMigrations, .postgres = kMigrations};
constexpr Statement kInsert{"INSERT users", "INSERT INTO users (id, email, name) VALUES ($1, $2, $3)"};
constexpr Statement kFind{"SELECT users", "SELECT id, email, name FROM users WHERE id = $1"};

struct Quiet final : telemetry::LogSink {
    void write(std::string_view) override {}
};

class Bench {
 public:
    Bench() {
        std::string path = std::filesystem::current_path() / "sql-bench-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"cannot make " + path};
        folder = path;
        store = std::move(open_store("sqlite:" + (folder / "bench.db").string(), workers)).value();
        if (!store->migrate(kSchema)) throw std::runtime_error{"cannot migrate"};
        database = store->connect(loop, {tracer, log, meter});
    }
    ~Bench() {
        database.reset();
        store.reset();
        std::filesystem::remove_all(folder);
    }

    std::vector<Value> next_user() {
        auto id = random.uuid_v7(clock.now()).to_string();
        auto email = id + "@example.com";
        return to_values(std::move(id), std::move(email), "Somebody");
    }

    std::filesystem::path folder;
    SystemClock clock;
    Random random;
    Quiet quiet;
    telemetry::Tracer tracer{clock, random};
    telemetry::Meter meter;
    telemetry::Logger log{"bench", clock, quiet, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    WorkerPool workers{1};
    EventLoop loop;
    RootCall call{loop};
    std::unique_ptr<Store> store;
    std::unique_ptr<Database> database;
};

Task<void> write_users(Bench& bench, int count) {
    for (int i = 0; i < count; ++i) {
        auto user = bench.next_user();
        Unit unit;
        unit.add(kInsert, std::move(user[0]), std::move(user[1]), std::move(user[2]));
        auto writing = bench.database->write(bench.call.context(), std::move(unit));
        if (!co_await std::move(writing)) throw std::runtime_error{"a write failed"};
    }
}

Task<void> write_concurrently(Bench& bench, int writers, int count) {
    Gate gate;
    for (int i = 0; i < writers; ++i) spawn(gate, write_users(bench, count));
    co_await close_and_wait(gate);
}

/// `range(0)` writers at once, each of which waits for each of its units.
void shared_commits(benchmark::State& state) {
    Bench bench;
    const int writers = static_cast<int>(state.range(0));
    constexpr int kUnitsEach = 32;
    for (auto _ : state) run_until_done(bench.loop, write_concurrently(bench, writers, kUnitsEach));
    state.SetItemsProcessed(state.iterations() * writers * kUnitsEach);
    const auto stats = bench.store->stats();
    state.counters["units_per_commit"] = static_cast<double>(stats.units) / static_cast<double>(stats.commits);
}
BENCHMARK(shared_commits)->Arg(1)->Arg(10)->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond)->UseRealTime();

/// A program without shared commits: BEGIN, INSERT, COMMIT on its connection, without another
/// thread.
void one_commit_each(benchmark::State& state) {
    Bench bench;
    const auto connection = std::move(Connection::open((bench.folder / "bench.db").string(), Connection::Role::writer)).value();
    for (auto _ : state) {
        const auto user = bench.next_user();
        if (!connection->execute(kBegin) || !connection->execute(kInsert, user) || !commit(*connection)) {
            state.SkipWithError("a write failed");
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_commit_each)->UseRealTime();

Task<int> read_users(Bench& bench, const std::vector<std::string>& ids, int count) {
    int found = 0;
    for (int i = 0; i < count; ++i) {
        auto reading =
            bench.database->query_row(bench.call.context(), kFind, ids[static_cast<std::size_t>(i * 7919) % ids.size()]);
        const auto row = co_await std::move(reading);
        if (row && *row) ++found;
    }
    co_return found;
}

/// Look-ups by key on the loop, among ten thousand rows. An item is one look-up.
void point_read(benchmark::State& state) {
    Bench bench;
    std::vector<std::string> ids;
    const auto connection = std::move(Connection::open((bench.folder / "bench.db").string(), Connection::Role::writer)).value();
    static_cast<void>(connection->execute(kBegin));
    for (int i = 0; i < 10'000; ++i) {
        const auto user = bench.next_user();
        ids.push_back(std::get<std::string>(user[0]));
        static_cast<void>(connection->execute(kInsert, user));
    }
    static_cast<void>(commit(*connection));
    constexpr int kReads = 1000;
    for (auto _ : state) {
        if (run_until_done(bench.loop, read_users(bench, ids, kReads)) != kReads) state.SkipWithError("a row is missing");
    }
    state.SetItemsProcessed(state.iterations() * kReads);
}
BENCHMARK(point_read)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tw::sql
