#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/run.hpp"
#include "kit/sql/store.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/collected_spans.hpp"
#include "kit/testing/postgres_server.hpp"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tw::sql {

/// A folder in the file system of the build folder, which is removed after the test.
class TestFolder {
 public:
    TestFolder() {
        std::string path = std::filesystem::current_path() / "sql-test-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error{"cannot make " + path};
        path_ = path;
    }
    ~TestFolder() { std::filesystem::remove_all(path_); }
    std::string operator/(const std::string& name) const { return path_ / name; }

 private:
    std::filesystem::path path_;
};

/// The telemetry objects that a module would bring along.
struct TestTelemetry {
    SystemClock clock;
    Random random{1};
    telemetry::CollectedSpans spans;
    telemetry::DiscardedLogs sink;
    telemetry::Tracer tracer{clock, random, &spans};
    telemetry::Logger log{"test", clock, sink, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    telemetry::Meter meter;
    telemetry::Telemetry get() { return {tracer, log, meter}; }
};

/// How the store tests reach an engine. Each test gets its own database.
struct Engine {
    std::string name;
    std::function<std::string(const TestFolder&)> url;
};
inline void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

inline std::vector<Engine> engines() {
    return {Engine{"sqlite", [](const TestFolder& folder) { return "sqlite:" + folder / "store.db"; }},
            Engine{"sqlite_memory", [](const TestFolder&) { return std::string{"sqlite::memory:"}; }},
            Engine{"postgresql", [](const TestFolder&) { return test::PostgresServer::shared().empty_database(); }}};
}

inline constexpr Migration kTestMigrations[] = {
    {1, "users",
     "CREATE TABLE users (id BIGINT NOT NULL CONSTRAINT users_pkey PRIMARY KEY, email TEXT NOT NULL, folded TEXT,"
     " age BIGINT CONSTRAINT users_age_check CHECK (age >= 0), score DOUBLE PRECISION);"
     "CREATE UNIQUE INDEX users_folded_key ON users (folded);"
     "CREATE UNIQUE INDEX users_lower_email_key ON users (lower(email));"},
    {2, "pets",
     "CREATE TABLE pets (id BIGINT NOT NULL, name TEXT NOT NULL,"
     " owner BIGINT CONSTRAINT pets_owner_fkey REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,"
     " CONSTRAINT pets_pkey PRIMARY KEY (id, name))"},
};
inline constexpr Schema kTestSchema{.name = "test", .sqlite = kTestMigrations, .postgres = kTestMigrations};

inline constexpr Statement kInsertUser{"INSERT users",
                                       "INSERT INTO users (id, email, folded, age, score) VALUES ($1, $2, $3, $4, $5)"};
inline constexpr Statement kFindUser{"SELECT users", "SELECT id, email, folded, age, score FROM users WHERE id = $1"};
inline constexpr Statement kListUsers{"SELECT users", "SELECT id FROM users ORDER BY id"};
inline constexpr Statement kCountUsers{"SELECT users", "SELECT count(*) FROM users"};
inline constexpr Statement kSetAge{"UPDATE users", "UPDATE users SET age = $2 WHERE id = $1"};
inline constexpr Statement kFindAge{"SELECT users", "SELECT age FROM users WHERE id = $1 FOR UPDATE"};
inline constexpr Statement kInsertPet{"INSERT pets", "INSERT INTO pets (id, name, owner) VALUES ($1, $2, $3)"};

/// This statement is enough where a transaction has the database to itself.
inline constexpr Statement kHoldAnything{"SELECT users", "SELECT count(*) FROM users"};
inline constexpr Statement kLockUsers{"LOCK users", "LOCK TABLE users IN SHARE MODE"};

inline Unit new_user(std::int64_t id) {
    Unit unit;
    unit.add(kInsertUser, id, "user" + std::to_string(id) + "@example.com", Value{Null{}}, 0, 0.5);
    return unit;
}

/// A migrated store with one loop, which a test runs by `run`.
class StoreFixture {
 public:
    explicit StoreFixture(std::string url, std::size_t workers = 2) : url_{std::move(url)}, workers_{workers} { open(); }

    void open() {
        store_ = std::move(open_store(url_, workers_)).value();
        const auto migrated = store_->migrate(kTestSchema);
        if (!migrated) throw std::runtime_error{migrated.error().detail() + ": " + migrated.error().cause()};
        database_ = store_->connect(loop_, telemetry_.get());
    }
    void close() {
        database_.reset();
        store_.reset();
    }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop_, std::move(task));
    }
    Result<void> write(Unit unit) { return run(database_->write(ctx(), std::move(unit))); }
    std::int64_t count() { return (**run(database_->query_row(ctx(), kCountUsers))).get<std::int64_t>(0); }

    const CallContext& ctx() const { return call_.context(); }
    EventLoop& loop() { return loop_; }
    Database& database() { return *database_; }
    Store& store() { return *store_; }
    TestTelemetry& telemetry() { return telemetry_; }

 private:
    std::string url_;
    WorkerPool workers_;
    EventLoop loop_;
    RootCall call_{loop_};
    TestTelemetry telemetry_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Database> database_;
};

/// Makes all other writes wait until `release` is set: in SQLite by being a transaction, in
/// PostgreSQL by a lock.
inline Task<Result<void>> hold_until(Transaction& transaction, const CallContext& ctx, const Statement& hold,
                                     OneShot<bool>& release, OneShot<bool>& held) {
    auto holding = transaction.query(ctx, hold);
    EXPECT_TRUE(co_await std::move(holding));
    held.set(true);
    co_await release;
    co_return Result<void>{};
}

/// Starts the writes while the writer is busy, so that they wait together, and returns their
/// outcomes.
inline Task<std::vector<Result<void>>> write_together(Database& database, const CallContext& ctx, std::vector<Unit> units,
                                                      const Statement& holding = kHoldAnything) {
    OneShot<bool> release;
    OneShot<bool> held;
    Gate gate;
    const auto hold = [](Database& database, const CallContext& ctx, const Statement& statement, OneShot<bool>& release,
                         OneShot<bool>& held) -> Task<void> {
        auto body =
            Database::Body{[&](Transaction& transaction) { return hold_until(transaction, ctx, statement, release, held); }};
        auto holding = database.transaction(ctx, std::move(body));
        EXPECT_TRUE(co_await std::move(holding));
    };
    spawn(gate, hold(database, ctx, holding, release, held));
    co_await held;
    std::vector<Task<Result<void>>> writes;
    for (auto& unit : units) writes.push_back(database.write(ctx, std::move(unit)));
    const auto release_later = [](EventLoop& loop, OneShot<bool>& release) -> Task<void> {
        // The writes are handed to the writer at the end of the first turn, so two turns are
        // needed.
        co_await hop_to(loop);
        co_await hop_to(loop);
        release.set(true);
    };
    spawn(gate, release_later(ctx.loop(), release));
    auto writing = all(std::move(writes));
    auto outcomes = co_await std::move(writing);
    co_await close_and_wait(gate);
    co_return outcomes;
}

}  // namespace tw::sql
