#include "kit/sql/postgres/postgres_fixture.hpp"

// The password of a role changes while the process runs.
namespace tw::sql::pg {
namespace {

using std::chrono::milliseconds;

class PostgresRotationTest : public testing::Test {
 protected:
    PostgresRotationTest() {
        server_.run("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'one'");
        options_.current_url = [this] { return url_with(password_); };
    }
    std::string url_with(const std::string& password) const { return server_.url_of("locked:" + password, "postgres"); }
    /// Ends all sessions of the role, so that the next statement needs a new one.
    void end_sessions() { server_.run("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'locked'"); }
    Result<void> read(Database& database) {
        const auto asking = [](Database& asked, const CallContext& ctx) -> Task<Result<void>> {
            auto asking_now = asked.query(ctx, kSleep, 0.001);
            auto rows = co_await std::move(asking_now);
            if (!rows) co_return std::move(rows).error();
            co_return Result<void>{};
        };
        return run_until_done(loop_, asking(database, call_.context()));
    }

    test::PostgresServer& server_ = PostgresFixture::server();
    std::string password_ = "one";
    PostgresOptions options_;
    EventLoop loop_;
    RootCall call_{loop_};
    TestTelemetry telemetry_;
    WorkerPool workers_{1};
};

TEST_F(PostgresRotationTest, new_connections_use_the_new_password_and_no_read_fails) {
    const auto store = open_store(url_with("one"), workers_, options_);
    ASSERT_TRUE(store);
    const auto database = (*store)->connect(loop_, telemetry_.get());
    EXPECT_TRUE(read(*database));
    server_.run("ALTER ROLE locked PASSWORD 'two'");
    EXPECT_TRUE(read(*database)) << "the connections that are there go on";
    password_ = "two";
    end_sessions();
    for (int i = 0; i < 10; ++i) {
        const auto got = read(*database);
        EXPECT_TRUE(got) << i << ": " << got.error().reason() << ", " << got.error().detail();
    }
}

TEST_F(PostgresRotationTest, connections_with_the_old_password_are_replaced_and_no_read_fails) {
    const auto store = open_store(url_with("one"), workers_, options_);
    ASSERT_TRUE(store);
    const auto database = (*store)->connect(loop_, telemetry_.get());
    EXPECT_TRUE(read(*database));
    const std::string sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'locked'";
    server_.run("ALTER ROLE locked PASSWORD 'two'");
    const auto changed_at = server_.run("SELECT clock_timestamp()");
    password_ = "two";
    const auto old = [&] { return server_.run(sessions + " AND backend_start < '" + changed_at + "'"); };
    EXPECT_NE(old(), "0");
    for (int i = 0; i < 250 && old() != "0"; ++i) {
        EXPECT_TRUE(read(*database)) << i;
        static_cast<void>(run_until_done(loop_, sleep_for(call_.context(), milliseconds{10})));
    }
    EXPECT_EQ(old(), "0");
    EXPECT_NE(server_.run(sessions), "0");
}

TEST_F(PostgresRotationTest, a_current_url_changes_user_and_password_alone) {
    options_.current_url = [] { return "postgresql://other:three@elsewhere/another?sslmode=disable"; };
    const auto target = Target::parse("postgresql://me:one@db:5433/shop?sslmode=require", options_).value();
    const auto value_of = [parameters = target.current_parameters()](std::string_view keyword) -> std::string {
        for (const auto& [name, value] : parameters) {
            if (name == keyword) return value;
        }
        return "none";
    };
    EXPECT_EQ(value_of("user"), "other");
    EXPECT_EQ(value_of("password"), "three");
    EXPECT_EQ(value_of("dbname"), "shop");
    EXPECT_EQ(value_of("sslmode"), "require");
    EXPECT_EQ(target.to_string(), "db:5433/shop");
}

TEST_F(PostgresRotationTest, a_current_url_that_cannot_be_read_changes_nothing) {
    options_.current_url = [] { return "what is this"; };
    const auto target = Target::parse("postgresql://me:one@db/shop", options_).value();
    EXPECT_EQ(target.current_parameters(), target.parameters);
}

}  // namespace
}  // namespace tw::sql::pg
