#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/run.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/sql/store.hpp"
#include "kit/testing/postgres_server.hpp"
#include "kit/testing/quiet_telemetry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::test {

/// The URL that stands for an empty database of the test program's own server.
inline constexpr std::string_view kPostgres = "postgresql:";

/// The engines that store tests run on, as URLs. Each test gets an empty database, which is removed
/// after the test.
inline constexpr std::string_view kDatabases[] = {"sqlite::memory:", kPostgres};

/// Returns those of kDatabases that this machine can run. Without a PostgreSQL server that is
/// SQLite alone, and a line on standard error says so. Tests that must always run take kDatabases.
std::vector<std::string_view> available_databases();

/// A database for one test, with the tables of a schema, and a loop to use it on. `url` is one of
/// kDatabases. `run` runs a task to its end on the calling thread. Failures to open or to migrate
/// throw.
class TemporaryDatabase {
 public:
    TemporaryDatabase(std::string_view url, const sql::Schema& schema) {
        auto opened = sql::open_store(url == kPostgres ? PostgresServer::shared().empty_database() : std::string{url}, workers_);
        store_ = std::move(opened.value());
        store_->migrate(schema).value();
        database_ = store_->connect(loop_, telemetry_.get());
    }

    EventLoop& loop() { return loop_; }
    sql::Store& store() { return *store_; }
    sql::Database& database() { return *database_; }
    const CallContext& context() const { return call_.context(); }
    telemetry::Telemetry telemetry() { return telemetry_.get(); }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop_, std::move(task));
    }

 private:
    QuietTelemetry telemetry_;
    WorkerPool workers_{1};
    EventLoop loop_;
    RootCall call_{loop_};
    std::unique_ptr<sql::Store> store_;
    std::unique_ptr<sql::Database> database_;
};

}  // namespace tw::test
