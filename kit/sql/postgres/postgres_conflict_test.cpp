// Tests that what PostgreSQL rolled back in favour of other transactions is retried, a bounded
// number of times. A write with an unknown outcome is not retried.
#include "kit/sql/postgres/postgres_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::sql::pg {
namespace {

/// Every commit of a new user takes a number from a sequence. Those up to `refused` fail with the
/// SQLSTATE.
class RefusingCommitsTest : public testing::Test {
 protected:
    void refuse(const std::string& sqlstate, int refused) {
        PostgresFixture::server().run(
            "CREATE SEQUENCE " + schema_ + ".commits;" + "CREATE FUNCTION " + schema_ +
            ".refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('" + schema_ +
            ".commits') <= " + std::to_string(refused) + " THEN RAISE EXCEPTION 'refused' USING ERRCODE = '" + sqlstate +
            "'; END IF; RETURN NULL; END $$;" + "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON " + schema_ +
            ".users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION " + schema_ + ".refuse()");
    }
    std::string commits() { return PostgresFixture::server().run("SELECT last_value FROM " + schema_ + ".commits"); }

    Result<void> transaction(std::int64_t id) {
        auto body = [this, id](Transaction& transaction) -> Task<Result<void>> {
            ++bodies_;
            auto inserting = transaction.execute(store_.ctx(), kInsertUser, id, "a@example.com", Value{Null{}}, 0, 0.0);
            const auto inserted = co_await std::move(inserting);
            co_return inserted ? Result<void>{} : inserted.error();
        };
        return store_.run(store_.database().transaction(store_.ctx(), body));
    }

    PostgresFixture store_;
    const std::string schema_ = store_.url().substr(store_.url().rfind('D') + 1);
    int bodies_ = 0;
};

TEST_F(RefusingCommitsTest, a_unit_that_loses_is_tried_again) {
    refuse("40001", 3);
    EXPECT_TRUE(store_.write(new_user(1)));
    EXPECT_EQ(commits(), "4");
    EXPECT_EQ(store_.count(), "1");
}

TEST_F(RefusingCommitsTest, a_unit_that_keeps_losing_is_told) {
    refuse("40P01", 100);
    const auto outcome = store_.write(new_user(1));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::aborted);
    EXPECT_EQ(outcome.error().reason(), "DEADLOCK");
    EXPECT_EQ(commits(), "4");
}

TEST_F(RefusingCommitsTest, a_transaction_that_loses_is_tried_again) {
    refuse("40001", 3);
    EXPECT_TRUE(transaction(1));
    EXPECT_EQ(bodies_, 4);
    EXPECT_EQ(store_.count(), "1");
}

TEST_F(RefusingCommitsTest, a_transaction_that_keeps_losing_is_told) {
    refuse("40001", 100);
    const auto outcome = transaction(1);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "SERIALIZATION_FAILURE");
    EXPECT_EQ(bodies_, 4);
    EXPECT_EQ(store_.count(), "0");
}

TEST_F(RefusingCommitsTest, a_transaction_that_fails_otherwise_is_not_tried_again) {
    refuse("23514", 100);
    EXPECT_EQ(transaction(1).error().reason(), "CHECK_VIOLATION");
    EXPECT_EQ(bodies_, 1);
}

TEST_F(RefusingCommitsTest, what_nobody_knows_the_outcome_of_is_not_tried_again) {
    refuse("40003", 100);
    auto outcome = store_.write(new_user(1));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(outcome.error().retryable(), false);
    EXPECT_EQ(commits(), "1");

    EXPECT_EQ(transaction(2).error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(bodies_, 1);
    EXPECT_EQ(commits(), "2");

    std::vector<Unit> units;
    for (int id = 3; id < 6; ++id) units.push_back(new_user(id));
    const auto outcomes = store_.run(write_together(store_.database(), store_.ctx(), std::move(units), kLockUsers));
    for (const auto& each : outcomes) EXPECT_EQ(each.error().reason(), "OUTCOME_UNKNOWN");
    EXPECT_EQ(commits(), "3");
}

/// Two transactions of one database. In the first attempt of each, neither continues before the
/// other has reached the same step.
class MeetingTransactionsTest : public testing::Test {
 protected:
    struct Meeting {
        OneShot<bool> all_there;
        int there = 0;
    };
    using Step = std::function<Task<Result<void>>(Transaction&, int)>;

    /// Runs `before` and then `after` in both transactions. Returns how often a body ran.
    int run(StoreFixture& store, const Step& before, const Step& after) {
        Meeting meeting;
        int bodies = 0;
        const auto body = [&](Transaction& transaction, int who) -> Task<Result<void>> {
            const bool meets = ++bodies <= 2;
            auto first = before(transaction, who);
            if (auto done = co_await std::move(first); !done) co_return done;
            if (meets) {
                if (++meeting.there == 2) meeting.all_there.set(true);
                while (!meeting.all_there.is_set()) {
                    auto waiting = sleep_for(store.ctx(), std::chrono::milliseconds{1});
                    static_cast<void>(co_await std::move(waiting));
                }
            }
            auto second = after(transaction, who);
            co_return co_await std::move(second);
        };
        auto outcomes = store.run(
            both(store.database().transaction(store.ctx(), [&](Transaction& transaction) { return body(transaction, 1); }),
                 store.database().transaction(store.ctx(), [&](Transaction& transaction) { return body(transaction, 2); })));
        EXPECT_TRUE(outcomes.first);
        EXPECT_TRUE(outcomes.second);
        return bodies;
    }

    static Task<Result<void>> set_age(StoreFixture& store, Transaction& transaction, int id, std::int64_t age) {
        auto setting = transaction.execute(store.ctx(), kSetAge, id, age);
        const auto set = co_await std::move(setting);
        co_return set ? Result<void>{} : set.error();
    }
};

TEST_F(MeetingTransactionsTest, one_of_two_in_a_deadlock_is_tried_again) {
    StoreFixture store{test::PostgresServer::shared().empty_database()};
    ASSERT_TRUE(store.write(new_user(1)));
    ASSERT_TRUE(store.write(new_user(2)));
    const auto own = [&](Transaction& transaction, int who) { return set_age(store, transaction, who, 10 + who); };
    const auto others = [&](Transaction& transaction, int who) { return set_age(store, transaction, 3 - who, 20 + who); };
    // On a busy server the retried transaction may come before the other one has woken up, and meet
    // it once more.
    EXPECT_GE(run(store, own, others), 3);
}

TEST_F(MeetingTransactionsTest, one_of_two_that_cannot_be_serialised_is_tried_again) {
    StoreFixture store{test::PostgresServer::shared().empty_database() + "%20-cdefault_transaction_isolation%3Dserializable"};
    ASSERT_TRUE(store.write(new_user(7)));
    const auto count = [&](Transaction& transaction, int) -> Task<Result<void>> {
        auto counting = transaction.query(store.ctx(), kCountUsers);
        const auto counted = co_await std::move(counting);
        co_return counted ? Result<void>{} : counted.error();
    };
    const auto insert = [&](Transaction& transaction, int who) -> Task<Result<void>> {
        auto inserting = transaction.execute(store.ctx(), kInsertUser, who, "u" + std::to_string(who), Value{Null{}}, 0, 0.0);
        const auto inserted = co_await std::move(inserting);
        co_return inserted ? Result<void>{} : inserted.error();
    };
    EXPECT_GE(run(store, count, insert), 3);
    EXPECT_EQ(store.count(), 3);
}

}  // namespace
}  // namespace tw::sql::pg
