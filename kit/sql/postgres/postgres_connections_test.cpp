// Tests connecting to a server that has no more connections to give, or whose database does not
// keep UTF-8.
#include "kit/sql/postgres/connecting.hpp"
#include "kit/sql/postgres/postgres_fixture.hpp"
#include "kit/telemetry/collected_logs.hpp"

#include <gmock/gmock.h>

namespace tw::sql::pg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// A role of this test, with a limit on its connections.
class LimitedRoleTest : public testing::Test {
 protected:
    LimitedRoleTest() {
        server_.run("CREATE ROLE limited LOGIN; CREATE SCHEMA limited AUTHORIZATION limited");
        store_ = std::move(open_postgres_store(server_.url_of("limited", "postgres"), {.lines = 2, .leases_max = 3})).value();
        store_->migrate(kTestSchema).value();
        database_ = connect();
    }
    ~LimitedRoleTest() override {
        database_.reset();
        store_.reset();
        server_.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'limited'; DROP OWNED BY limited; DROP ROLE "
            "limited");
    }

    std::unique_ptr<Database> connect() { return store_->connect(loop_, {telemetry_.tracer, log_, telemetry_.meter}); }
    void limit(int connections) { server_.run("ALTER ROLE limited CONNECTION LIMIT " + std::to_string(connections)); }
    template <class T>
    T run(Task<T> task) {
        return run_until_done(loop_, std::move(task));
    }
    Result<void> transact() {
        auto body = Database::Body{[this](Transaction& transaction) -> Task<Result<void>> {
            auto counting = transaction.query(call_.context(), kCountUsers);
            const auto counted = co_await std::move(counting);
            co_return counted ? Result<void>{} : counted.error();
        }};
        return run(database_->transaction(call_.context(), std::move(body)));
    }
    /// Waits until both shared connections exist.
    void wait_for_lines() {
        const auto count = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'limited'";
        for (int i = 0; i < 1'000 && server_.run(count) != "2"; ++i) {
            static_cast<void>(run(sleep_for(call_.context(), milliseconds{5})));
        }
    }

    test::PostgresServer& server_ = test::PostgresServer::shared();
    EventLoop loop_;
    RootCall call_{loop_};
    TestTelemetry telemetry_;
    telemetry::CollectedLogs lines_;
    telemetry::Logger log_{"test", telemetry_.clock, lines_,
                           std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    std::unique_ptr<Store> store_;
    std::unique_ptr<Database> database_;
};

TEST_F(LimitedRoleTest, a_transaction_without_a_connection_is_refused_and_the_process_stays_ready) {
    wait_for_lines();
    limit(2);
    for (int i = 0; i < 3; ++i) {
        const auto refused = transact();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), Code::unavailable);
        EXPECT_FALSE(refused.error().outcome_open());
        EXPECT_TRUE(store_->health());
    }
    EXPECT_TRUE(run(database_->query(call_.context(), kCountUsers)));
    EXPECT_TRUE(run(database_->write(call_.context(), new_user(1))));
    limit(-1);
    for (int i = 0; i < 500 && !transact(); ++i) static_cast<void>(run(sleep_for(call_.context(), milliseconds{10})));
    EXPECT_TRUE(transact());
}

TEST_F(LimitedRoleTest, the_first_refusal_of_a_full_server_is_logged_with_the_sum_of_what_may_be_opened) {
    wait_for_lines();
    limit(2);
    EXPECT_FALSE(transact());
    EXPECT_FALSE(transact());
    const auto lines = lines_.lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines[0], HasSubstr("database.server_full"));
    EXPECT_THAT(lines[0], HasSubstr("may open 5;"));
    EXPECT_THAT(lines[0], HasSubstr("database.connections_max"));
}

TEST_F(LimitedRoleTest, a_loop_without_any_connection_makes_the_process_unready_only_where_no_other_loop_serves) {
    wait_for_lines();
    limit(2);
    auto second = connect();
    EXPECT_FALSE(run(second->query(call_.context(), kCountUsers)));
    EXPECT_TRUE(store_->health()) << "the first one serves";
    // From here the role may have no connections.
    limit(0);
    server_.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'limited'");
    for (int i = 0; i < 500 && store_->health(); ++i) static_cast<void>(run(sleep_for(call_.context(), milliseconds{10})));
    EXPECT_FALSE(store_->health());
    limit(-1);
    for (int i = 0; i < 500 && !store_->health(); ++i) static_cast<void>(run(sleep_for(call_.context(), milliseconds{10})));
    EXPECT_TRUE(store_->health());
}

class EncodingTest : public testing::Test {
 protected:
    static std::string url_of_a_database_in(const std::string& encoding) {
        auto& server = test::PostgresServer::shared();
        const auto name = "encoded_" + encoding;
        server.run("DROP DATABASE IF EXISTS " + name);
        server.run("CREATE DATABASE " + name + " ENCODING '" + encoding + "' LOCALE 'C' TEMPLATE template0");
        return server.url_of("tw", name);
    }
};

TEST_F(EncodingTest, a_database_that_keeps_no_utf_8_is_refused_at_the_start) {
    for (const auto* encoding : {"latin1", "sql_ascii"}) {
        const auto store = open_postgres_store(url_of_a_database_in(encoding));
        ASSERT_FALSE(store) << encoding;
        EXPECT_EQ(store.error().reason(), "DATABASE_REFUSED");
        EXPECT_THAT(store.error().detail(), HasSubstr("ENCODING 'UTF8'"));
    }
    EXPECT_TRUE(open_postgres_store(url_of_a_database_in("utf8")));
}

TEST_F(EncodingTest, a_database_that_keeps_no_utf_8_is_refused_by_every_connection_of_a_loop) {
    const PostgresOptions options;
    const auto target = Target::parse(url_of_a_database_in("latin1"), options);
    EventLoop loop;
    std::optional<Error> refused;
    const auto connecting = Connecting::start(loop, *target, options, [&](Result<LibpqConnection> connection) {
        if (!connection) refused = connection.error();
        loop.stop();
    });
    loop.run();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason(), "DATABASE_REFUSED");
    EXPECT_THAT(refused->detail(), HasSubstr("LATIN1"));
}

}  // namespace
}  // namespace tw::sql::pg
