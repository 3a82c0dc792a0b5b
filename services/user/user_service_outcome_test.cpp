#include "services/user/user_service_fixture.hpp"

namespace tw::user {
namespace {

/// Readers see the right user after an attempt to change it, however the attempt ended.
class UserServiceOutcomeTest : public UserServiceTest {
 protected:
    UserServiceOutcomeTest() {
        id_ = create("alice@example.com", "Alice").value().id();
        EXPECT_EQ(name(), "Alice");
        EXPECT_EQ(rows_.lookup("user.1:" + id_).outcome, cache::Lookup::Outcome::hit);
    }
    std::string name() { return get(id_).value().name(); }
    Result<::user::User> rename(const CallContext& ctx, std::string name) {
        ::user::UpdateUserRequest request;
        request.set_id(id_);
        request.set_name(std::move(name));
        return db_.run(client_.update_user(ctx, request));
    }
    std::string id_;
};

TEST_F(UserServiceOutcomeTest, a_change_that_is_there_although_its_call_failed_is_seen_at_once) {
    const std::vector<Error> open{
        Error{Code::unavailable, "OUTCOME_UNKNOWN", "the connection was lost"}.with_outcome_open(true),
        deadline_exceeded(),
        cancelled(),
        internal("a bug after the commit"),
    };
    for (const auto& error : open) {
        const auto changed = "after " + error.reason();
        database_.next_write = FailingDatabase::Failure{.error = error, .done = true};
        EXPECT_FALSE(rename(db_.context(), changed));
        EXPECT_EQ(name(), changed);
    }
}

TEST_F(UserServiceOutcomeTest, a_change_that_comes_after_its_call_has_failed_is_seen_when_it_comes) {
    database_.next_write = FailingDatabase::Failure{.error = deadline_exceeded(), .done = false};
    EXPECT_FALSE(rename(db_.context(), "Alicia"));
    // No cache may keep the old row, since the commit may still take effect.
    EXPECT_EQ(name(), "Alice");
    database_.next_write.reset();
    auto alice = *db_.run(store_.find(db_.context(), *UserId::parse(id_)));
    ASSERT_TRUE(db_.run(store_.update(db_.context(), changed(alice, {.email = {}, .name = "Alicia"}, clock_.now()))));
    EXPECT_EQ(name(), "Alicia");
}

TEST_F(UserServiceOutcomeTest, a_change_whose_caller_left_is_seen_at_once) {
    RootCall caller{db_.loop()};
    database_.next_write = FailingDatabase::Failure{
        .error = cancelled(), .done = true, .meanwhile = [&caller] { caller.scope().cancel(cancelled()); }};
    EXPECT_EQ(rename(caller.context(), "Alicia").error().code(), Code::cancelled);
    EXPECT_EQ(name(), "Alicia");
}

TEST_F(UserServiceOutcomeTest, a_change_that_was_certainly_refused_leaves_the_cache_as_it_is) {
    for (const auto& error :
         {Error{Code::unavailable, "DATABASE_BUSY", "busy"}, std::move(deadline_exceeded()).with_outcome_open(false)}) {
        database_.next_write = FailingDatabase::Failure{.error = error, .done = false};
        EXPECT_FALSE(rename(db_.context(), "Alicia"));
        const int before = database_.reads;
        EXPECT_EQ(name(), "Alice");
        EXPECT_EQ(database_.reads, before);
    }
}

TEST_F(UserServiceOutcomeTest, a_store_that_is_contended_once_is_asked_again) {
    database_.next_write =
        FailingDatabase::Failure{.error = Error{Code::failed_precondition, "ROWS_UNEXPECTED", "another version"}, .done = false};
    EXPECT_TRUE(rename(db_.context(), "Alicia"));
    EXPECT_EQ(name(), "Alicia");
}

}  // namespace
}  // namespace tw::user
