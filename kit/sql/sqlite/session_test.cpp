#include "kit/sql/sqlite/session.hpp"

#include "kit/sql/store_fixture.hpp"

namespace tw::sql {
namespace {

class SessionTest : public testing::Test {
 protected:
    std::shared_ptr<Session> session(std::chrono::nanoseconds hold, Deadline deadline = Deadline::never()) {
        return std::make_shared<Session>(inbox_, deadline, health_, writer_, hold);
    }
    /// What the writer does until the session's end.
    void serve(Session& session) {
        while (session.turn(*connection_)) {
        }
    }
    /// What the last step of a session hears that has ended.
    Error last_word(const std::shared_ptr<Session>& session) {
        serve(*session);
        return session->commit()->outcome->error();
    }

    TestFolder folder_;
    EventLoop loop_;
    std::shared_ptr<LoopInbox> inbox_ = std::make_shared<LoopInbox>(loop_);
    StorageHealth health_;
    /// Does nothing: the test calls the turns.
    std::shared_ptr<TurnThread> writer_ = TurnThread::start("test", [] { return std::optional<SteadyTime>{}; });
    std::unique_ptr<Connection> connection_ = std::move(Connection::open(folder_ / "store.db", Connection::Role::writer)).value();
};

TEST_F(SessionTest, one_that_holds_the_writer_for_too_long_is_rolled_back_whatever_its_calls_deadline) {
    const auto word = last_word(session(std::chrono::nanoseconds{0}));
    EXPECT_EQ(word.code(), Code::aborted);
    EXPECT_EQ(word.reason(), "TRANSACTION_EXPIRED");
    EXPECT_FALSE(word.outcome_open());
    EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(SessionTest, one_whose_call_is_over_first_hears_of_the_deadline) {
    const auto word = last_word(session(Session::kHoldMax, Deadline::at(SteadyTime{})));
    EXPECT_EQ(word.code(), Code::deadline_exceeded);
    EXPECT_FALSE(word.outcome_open());
}

TEST_F(SessionTest, a_commit_that_nobody_waits_for_before_the_writer_comes_to_it_is_not_done_and_not_open) {
    const auto given_up = session(Session::kHoldMax);
    static_cast<void>(given_up->execute(kInsertUser, {Value{std::int64_t{1}}}));
    const auto commit = given_up->commit();
    EXPECT_FALSE(commit->give_up()) << "the writer has not come to it";
    serve(*given_up);
    EXPECT_FALSE(connection_->in_transaction());
    const auto done = session(Session::kHoldMax);
    const auto committed = done->commit();
    serve(*done);
    EXPECT_TRUE(committed->give_up()) << "it was done, and the news is on its way";
}

}  // namespace
}  // namespace tw::sql
