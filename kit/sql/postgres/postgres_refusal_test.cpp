// Who is not let in is told which setting to mend, and never reads a password.
#include "kit/sql/errors.hpp"
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

TEST_F(PostgresRefusalTest, AWrongPasswordNamesTheUserAndTheSetting) {
    server_.run("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'open sesame'");
    const auto error = refusal(server_.url_of("locked:hunter2", "postgres"));
    EXPECT_EQ(error.code(), Code::failed_precondition);
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("\"locked\""));
    EXPECT_THAT(error.detail(), HasSubstr("database.url (DATABASE_URL)"));
    WorkerPool workers{1};
    EXPECT_TRUE(open_store(server_.url_of("locked:open%20sesame", "postgres"), workers));
}

TEST_F(PostgresRefusalTest, ARoleThatIsShutOutNamesTheUserAndTheSetting) {
    const auto error = refusal(server_.url_of("barred:hunter2", "postgres"));
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("\"barred\""));
}

TEST_F(PostgresRefusalTest, AMissingDatabaseIsNamed) {
    const auto error = refusal(server_.url_of("tradewind:hunter2", "nowhere"));
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("has no database \"nowhere\""));
}

TEST_F(PostgresRefusalTest, AMissingPermissionIsSaidWhenMigrating) {
    server_.run("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN");
    WorkerPool workers{1};
    const auto store = open_store(server_.url_of("weak", "postgres"), workers);
    ASSERT_TRUE(store);
    const auto error = (*store)->migrate(kTestSchema).error();
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("permission denied for schema public"));
    EXPECT_THAT(error.detail(), HasSubstr("DATABASE_URL"));
}

TEST_F(PostgresRefusalTest, ADemandForTlsThatTheServerCannotMeetNamesTheParameter) {
    const auto error = refusal(server_.url_of("tradewind:hunter2", "postgres") + "?sslmode=require");
    EXPECT_EQ(error.reason(), "DATABASE_REFUSED");
    EXPECT_THAT(error.detail(), HasSubstr("sslmode"));
}

TEST_F(PostgresRefusalTest, NobodyListeningIsUnavailable) {
    const auto error = refusal("postgresql://tradewind:hunter2@127.0.0.1:1/postgres");
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_EQ(error.reason(), "DATABASE_UNREACHABLE");
    EXPECT_THAT(error.detail(), HasSubstr("127.0.0.1:1/postgres"));
}

TEST_F(PostgresRefusalTest, AUrlThatCannotBeReadIsNotRepeated) {
    const auto error = refusal("postgresql://tradewind:hunter2@host:port:5/x?nonsense=1");
    EXPECT_EQ(error.code(), Code::invalid_argument);
}

}  // namespace
}  // namespace tw::sql::pg
