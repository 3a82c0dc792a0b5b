#include "kit/sql/sqlite/session.hpp"

#include "kit/sql/store_fixture.hpp"

namespace tw::sql {
namespace {

constexpr Statement kInsertOwnNote{"INSERT notes", "INSERT INTO notes (id) VALUES ($1)"};
constexpr Statement kCountOwnNotes{"SELECT notes", "SELECT count(*) FROM notes"};

class SessionTest : public testing::Test {
 protected:
    std::shared_ptr<Session> session(std::chrono::nanoseconds hold, Deadline deadline = Deadline::never()) {
        return std::make_shared<Session>(inbox_, deadline, health_, writer_, hold);
    }
    /// Calls the session's turns as the writer does, until the session ends, which takes a few
    /// turns.
    void serve(Session& session) {
        constexpr int kTurnsMax = 100;
        for (int turns = 0; session.turn(*connection_); ++turns) ASSERT_LT(turns, kTurnsMax) << "the session does not end";
    }
    /// Returns the answer to the last step of a session that has ended.
    Error last_word(const std::shared_ptr<Session>& session) {
        serve(*session);
        const auto commit = session->commit();
        return commit->outcome ? commit->outcome->error() : internal("the session goes on");
    }

    TestFolder folder_;
    EventLoop loop_;
    std::shared_ptr<LoopInbox> inbox_ = std::make_shared<LoopInbox>(loop_);
    StorageHealth health_;
    /// This thread does nothing: the test calls the turns.
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
    ASSERT_TRUE(connection_->run_script("CREATE TABLE notes (id INTEGER)"));
    const auto given_up = session(Session::kHoldMax);
    const auto inserted = given_up->execute(kInsertOwnNote, {Value{std::int64_t{1}}});
    const auto commit = given_up->commit();
    EXPECT_FALSE(commit->give_up()) << "the writer has not come to it";
    serve(*given_up);
    ASSERT_TRUE(inserted->outcome && *inserted->outcome);
    EXPECT_FALSE(connection_->in_transaction());
    EXPECT_EQ((*connection_->query_row(kCountOwnNotes))->get<std::int64_t>(0), 0);
    const auto done = session(Session::kHoldMax);
    const auto committed = done->commit();
    serve(*done);
    EXPECT_TRUE(committed->give_up()) << "it was done, and the news is on its way";
}

}  // namespace
}  // namespace tw::sql
