#pragma once

#include "kit/async/sleep.hpp"
#include "kit/sql/postgres/postgres_store.hpp"
#include "kit/sql/store_fixture.hpp"
#include "kit/testing/fault_proxy.hpp"
#include "kit/testing/postgres_server.hpp"

#include <memory>
#include <string>

namespace tw::sql::pg {

inline constexpr Statement kSleep{"SELECT pg_sleep", "SELECT pg_sleep($1), 7"};

/// A migrated database of the test program's server, with the test's options, behind a proxy that
/// can fail.
class PostgresFixture {
 public:
    explicit PostgresFixture(PostgresOptions options = {})
        : options_{options}, url_{server().empty_database()}, proxied_url_{on_port(url_, proxy_.port())} {
        store_ = std::move(open_postgres_store(proxied_url_, options_)).value();
        store_->migrate(kTestSchema).value();
        database_ = store_->connect(loop_, telemetry_.get());
    }
    ~PostgresFixture() { database_.reset(); }

    static test::PostgresServer& server() { return test::PostgresServer::shared(); }

    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop_, std::move(task));
    }
    Result<void> write(Unit unit) { return run(database_->write(ctx(), std::move(unit))); }
    void sleep(std::chrono::milliseconds time) { static_cast<void>(run(sleep_for(ctx(), time))); }

    /// Returns the number of rows in the table, read past the proxy.
    std::string count() {
        const auto schema = url_.substr(url_.rfind('D') + 1);
        return server().run("SELECT count(*) FROM " + schema + ".users");
    }
    /// Returns how many of this test's statements the server is running.
    std::string count_running(const std::string& like) {
        return server().run(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '" + like +
            "'");
    }

    const CallContext& ctx() const { return call_.context(); }
    EventLoop& loop() { return loop_; }
    Store& store() { return *store_; }
    Database& database() { return *database_; }
    std::unique_ptr<Database> another_database() { return store_->connect(loop_, telemetry_.get()); }
    test::FaultProxy& proxy() { return proxy_; }
    TestTelemetry& telemetry() { return telemetry_; }
    WorkerPool& workers() { return workers_; }
    const std::string& url() const { return url_; }

 private:
    static std::string on_port(const std::string& url, std::uint16_t port) {
        const auto from = url.rfind(':') + 1;
        const auto to = url.find('/', from);
        return url.substr(0, from) + std::to_string(port) + url.substr(to);
    }

    PostgresOptions options_;
    test::FaultProxy proxy_{server().port()};
    std::string url_;
    std::string proxied_url_;
    WorkerPool workers_{2};
    EventLoop loop_;
    RootCall call_{loop_};
    TestTelemetry telemetry_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<Database> database_;
};

}  // namespace tw::sql::pg
