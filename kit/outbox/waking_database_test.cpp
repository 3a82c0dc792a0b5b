#include "kit/outbox/waking_database.hpp"

#include "kit/outbox/outbox_fixture.hpp"
#include "kit/testing/failing_database.hpp"

#include <gtest/gtest.h>

namespace tw::outbox {
namespace {

class WakingDatabaseTest : public OutboxTest {
 protected:
    Result<void> write(sql::Database& database, bool with_event) {
        sql::Unit unit;
        if (with_event) {
            outbox::add(unit, db_.context(), random_,
                        {.stream = "order", .type = "order.created", .aggregate_id = "a", .payload = "{}", .at = next_time()});
        } else {
            mark_applied(unit, "test", std::to_string(++marks_), clock_.now());
        }
        return db_.run(database.write(db_.context(), std::move(unit)));
    }

    int marks_ = 0;
    int calls_ = 0;
    WakingDatabase waking_{db_.database(), "order", [this] { ++calls_; }};
};

INSTANTIATE_TEST_SUITE_P(Engines, WakingDatabaseTest, testing::ValuesIn(test::kDatabases));

TEST_P(WakingDatabaseTest, calls_back_after_a_write_that_added_an_event) {
    ASSERT_TRUE(write(waking_, true));
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(stored(), 1);
}

TEST_P(WakingDatabaseTest, does_not_call_back_after_another_write) {
    ASSERT_TRUE(write(waking_, false));
    EXPECT_EQ(calls_, 0);
}

TEST_P(WakingDatabaseTest, does_not_call_back_after_a_write_that_failed) {
    test::FailingDatabase failing{db_.database()};
    failing.write_error = Error{Code::already_exists, "UNIQUE_VIOLATION", "a test"};
    WakingDatabase waking{failing, "order", [this] { ++calls_; }};
    EXPECT_FALSE(write(waking, true));
    EXPECT_EQ(calls_, 0);
}

TEST_P(WakingDatabaseTest, calls_back_if_it_is_not_known_whether_the_write_was_done) {
    test::FailingDatabase failing{db_.database()};
    failing.write_error = unavailable("the connection is lost").with_outcome_open(true);
    failing.done_nevertheless = true;
    WakingDatabase waking{failing, "order", [this] { ++calls_; }};
    EXPECT_FALSE(write(waking, true));
    EXPECT_EQ(calls_, 1);
}

TEST_P(WakingDatabaseTest, an_event_that_no_relay_would_publish_is_refused) {
    WakingDatabase waking{db_.database(), "user", [this] { ++calls_; }};
    const auto refused = write(waking, true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::internal);
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(stored(), 0);
}

}  // namespace
}  // namespace tw::outbox
