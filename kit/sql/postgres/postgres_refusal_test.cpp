// Tests that a refused connection's error says which setting to change, and never shows a password.
#include "kit/sql/postgres/blocking_connection.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/store_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::sql::pg {
namespace {

using testing::HasSubstr;
using testing::Not;

class PostgresRefusalTest : public testing::Test {
 protected:
    static Error refusal(const std::string& url) {
        WorkerPool workers{1};
        const auto store = open_store(url, workers);
        if (store) return internal("it was let in");
        EXPECT_THAT(store.error().detail(), Not(HasSubstr("hunter2")));
        EXPECT_THAT(store.error().cause(), Not(HasSubstr("hunter2")));
        return store.error();
    }
    test::PostgresServer& server_ = test::PostgresServer::shared();
};

TEST_F(PostgresRefusalTest, a_wrong_password_names_the_user_and_the_setting) {
    server_.run("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'open sesame'");
    const auto error = refusal(server_.url_of("locked:hunter2", "postgres"));
    EXPECT_EQ(error.code(), Code::failed_precondition);
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("\"locked\""));
    EXPECT_THAT(error.detail(), HasSubstr("database.url (DATABASE_URL)"));
    WorkerPool workers{1};
    EXPECT_TRUE(open_store(server_.url_of("locked:open%20sesame", "postgres"), workers));
}

TEST_F(PostgresRefusalTest, a_role_that_is_shut_out_names_the_user_and_the_setting) {
    const auto error = refusal(server_.url_of("barred:hunter2", "postgres"));
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("\"barred\""));
}

TEST_F(PostgresRefusalTest, a_missing_database_is_named) {
    const auto error = refusal(server_.url_of("tw:hunter2", "nowhere"));
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("has no database \"nowhere\""));
}

TEST_F(PostgresRefusalTest, a_missing_permission_is_said_when_migrating) {
    server_.run("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN");
    WorkerPool workers{1};
    const auto store = open_store(server_.url_of("weak", "postgres"), workers);
    ASSERT_TRUE(store);
    const auto error = (*store)->migrate(kTestSchema).error();
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("permission denied for schema public"));
    EXPECT_THAT(error.detail(), HasSubstr("DATABASE_URL"));
}

TEST_F(PostgresRefusalTest, a_demand_for_tls_that_the_server_cannot_meet_names_the_parameter) {
    const auto error = refusal(server_.url_of("tw:hunter2", "postgres") + "?sslmode=require");
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("sslmode"));
}

TEST_F(PostgresRefusalTest, nobody_listening_is_unavailable) {
    const auto error = refusal("postgresql://tw:hunter2@127.0.0.1:1/postgres");
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_EQ(error.reason(), "DATABASE_UNREACHABLE");
    EXPECT_THAT(error.detail(), HasSubstr("127.0.0.1:1/postgres"));
}

TEST_F(PostgresRefusalTest, each_way_of_not_being_reached_is_told_with_its_reason_and_remedy) {
    const auto refused = refusal("postgresql://tw:hunter2@127.0.0.1:1/postgres");
    EXPECT_THAT(refused.detail(), HasSubstr("Connection refused"));
    EXPECT_THAT(refused.detail(), HasSubstr("start the server, or correct host and port in database.url"));
    const auto unknown = refusal("postgresql://tw:hunter2@nowhere.invalid/postgres");
    EXPECT_EQ(unknown.reason(), "DATABASE_UNREACHABLE");
    EXPECT_THAT(unknown.detail(), HasSubstr("nowhere.invalid"));
    EXPECT_THAT(unknown.detail(), HasSubstr("correct the host in database.url"));
    const auto socket = refusal("postgresql://tw:hunter2@%2Fnowhere/postgres");
    EXPECT_THAT(socket.detail(), HasSubstr("No such file or directory"));
}

TEST_F(PostgresRefusalTest, a_server_without_a_connection_left_names_both_limits) {
    server_.run("DROP ROLE IF EXISTS single; CREATE ROLE single LOGIN CONNECTION LIMIT 0");
    const auto error = refusal(server_.url_of("single:hunter2", "postgres"));
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_THAT(error.detail(), HasSubstr("too many connections for role \"single\""));
    EXPECT_THAT(error.detail(), HasSubstr("database.connections_max"));
}

TEST_F(PostgresRefusalTest, a_parameter_with_a_wrong_value_is_a_setting_to_correct) {
    for (const auto* parameter : {"sslmode=sure", "options=-cno_such_parameter%3D1", "options=-cstatement_timeout%3Dnever"}) {
        const auto error = refusal(server_.url_of("tw:hunter2", "postgres") + "?" + parameter);
        EXPECT_EQ(error.reason(), "DATABASE_REFUSED") << parameter << ": " << error.detail();
        EXPECT_THAT(error.detail(), HasSubstr("database.url (DATABASE_URL)")) << parameter;
    }
}

TEST_F(PostgresRefusalTest, a_missing_schema_is_a_setting_to_correct) {
    WorkerPool workers{1};
    const auto store = open_store(server_.url_of("tw", "postgres") + "?options=-csearch_path%3Dnowhere", workers);
    ASSERT_TRUE(store);
    for (const auto& error : {(*store)->migrate(kTestSchema).error(), (*store)->migrations(kTestSchema).error()}) {
        EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
        EXPECT_THAT(error.detail(), HasSubstr("search_path"));
    }
}

TEST_F(PostgresRefusalTest, a_url_whose_password_has_no_certain_end_is_refused_and_not_repeated) {
    for (const auto* url :
         {"postgresql://u:se/hunter2@127.0.0.1:1/x", "postgresql://u:se@hunter2@127.0.0.1:1/x", "postgresql://u:hunter2/x",
          "postgresql://u:1/hunter2@127.0.0.1/x", "postgresql://u:hunter2@127.0.0.1:port/x"}) {
        const auto error = refusal(url);
        EXPECT_EQ(error.code(), Code::invalid_argument) << url << ": " << error.detail();
        EXPECT_THAT(error.detail(), HasSubstr("percent-encoded")) << url;
    }
}

TEST_F(PostgresRefusalTest, an_unknown_parameter_is_named) {
    const auto schema = refusal(server_.url_of("tw:hunter2", "postgres") + "?schema=public");
    EXPECT_EQ(schema.code(), Code::invalid_argument);
    EXPECT_THAT(schema.detail(),
                HasSubstr("libpq has no parameter \"schema\" (a schema is chosen by options=-csearch_path%3DNAME)"));
    EXPECT_THAT(refusal("postgresql://u@h/x?Hunter_2=1").detail(), HasSubstr("a parameter that libpq does not support"));
}

TEST_F(PostgresRefusalTest, a_held_migration_lock_names_its_holder) {
    const auto url = server_.empty_database();
    const auto target = Target::parse(url, {}).value();
    auto holder = BlockingConnection::open(target, {});
    ASSERT_TRUE(holder);
    ASSERT_TRUE(holder->run("BEGIN; SELECT pg_advisory_xact_lock(8390876165084735854)"));
    const auto pid = holder->query("SELECT pg_backend_pid()")->front().front();
    WorkerPool workers{1};
    const auto store = open_store(url, workers, {.migration_lock_max = std::chrono::milliseconds{50}});
    ASSERT_TRUE(store);
    const auto error = (*store)->migrate(kTestSchema).error();
    EXPECT_EQ(error.reason(), "MIGRATION_LOCKED");
    EXPECT_THAT(error.detail(), HasSubstr("process " + pid));
    EXPECT_THAT(error.detail(), HasSubstr("SELECT pg_terminate_backend(" + pid + ")"));
    ASSERT_TRUE(holder->run("COMMIT"));
    EXPECT_TRUE((*store)->migrate(kTestSchema)) << "the lock ends with the transaction, whoever keeps the connection";
}

TEST_F(PostgresRefusalTest, a_url_that_cannot_be_read_is_not_repeated) {
    const auto error = refusal("postgresql://tw:hunter2@host:port:5/x?nonsense=1");
    EXPECT_EQ(error.code(), Code::invalid_argument);
}

}  // namespace
}  // namespace tw::sql::pg
