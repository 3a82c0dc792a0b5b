#include "kit/rpc/network/replica.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;
using Change = Breaker::Change;

const BreakerOptions kBreaker{.failures_max = 3, .probe_first = 500ms, .deadline_min = 1s};
constexpr SteadyTime kNoon{1h};

TEST(VerdictTest, a_replica_that_is_unavailable_fails) {
    EXPECT_EQ(verdict_of(unavailable("no database"), Shape::unary, 0ms, kBreaker), Verdict::fails);
}

TEST(VerdictTest, a_replica_that_refuses_calls_because_it_is_overloaded_works) {
    EXPECT_EQ(verdict_of(Error{Code::unavailable, "OVERLOADED", ""}, Shape::unary, 0ms, kBreaker), Verdict::works);
}

TEST(VerdictTest, a_late_answer_counts_only_for_a_call_that_has_waited_long) {
    EXPECT_EQ(verdict_of(deadline_exceeded(), Shape::unary, 999ms, kBreaker), Verdict::unknown);
    EXPECT_EQ(verdict_of(deadline_exceeded(), Shape::unary, 1s, kBreaker), Verdict::fails);
}

TEST(VerdictTest, a_stream_that_ends_by_its_deadline_says_nothing) {
    for (const auto shape : {Shape::client_streaming, Shape::server_streaming, Shape::bidirectional}) {
        EXPECT_EQ(verdict_of(deadline_exceeded(), shape, 1h, kBreaker), Verdict::unknown);
        EXPECT_EQ(verdict_of(unavailable("no database"), shape, 1h, kBreaker), Verdict::fails);
    }
}

TEST(VerdictTest, a_call_that_its_caller_cancelled_says_nothing) {
    EXPECT_EQ(verdict_of(cancelled(), Shape::unary, 10s, kBreaker), Verdict::unknown);
}

TEST(VerdictTest, an_error_about_the_request_is_an_answer) {
    for (const auto code : {Code::invalid_argument, Code::not_found, Code::internal, Code::resource_exhausted, Code::aborted}) {
        EXPECT_EQ(verdict_of(Error{code, "X", ""}, Shape::unary, 10s, kBreaker), Verdict::works) << code_name(code);
    }
}

class ReplicaTest : public testing::Test {
 protected:
    ReplicaTest() {
        replica.set_listener([this](Change change) { changes.push_back(change); });
    }
    void fail(int times) {
        for (int i = 0; i < times; ++i) replica.on_failure(Verdict::fails, kNoon);
    }

    Replica replica{kBreaker};
    std::vector<Change> changes;
};

TEST_F(ReplicaTest, failures_in_a_row_open_its_breaker_and_a_probe_that_works_closes_it) {
    fail(3);
    EXPECT_EQ(replica.impairment(kNoon), Impairment::circuit_open);
    EXPECT_FALSE(replica.breaker().would_allow(kNoon + 499ms));
    EXPECT_TRUE(replica.breaker().would_allow(kNoon + 500ms));
    replica.on_start(kNoon + 500ms);
    EXPECT_FALSE(replica.breaker().would_allow(kNoon + 500ms)) << "there is one probe at a time";
    replica.on_success();
    EXPECT_EQ(replica.impairment(kNoon), Impairment::none);
    EXPECT_EQ(changes, (std::vector{Change::none, Change::none, Change::opened, Change::closed}));
}

TEST_F(ReplicaTest, an_error_about_a_request_stands_between_failures) {
    fail(2);
    replica.on_failure(Verdict::works, kNoon);
    fail(2);
    EXPECT_FALSE(replica.impaired(kNoon));
    EXPECT_EQ(replica.counts().failed, 5u);
    EXPECT_EQ(replica.record().failed, 4u);
    EXPECT_EQ(replica.record().succeeded, 1u);
}

TEST_F(ReplicaTest, a_call_that_says_nothing_neither_opens_nor_closes) {
    fail(2);
    replica.on_failure(Verdict::unknown, kNoon);
    EXPECT_FALSE(replica.impaired(kNoon));
    fail(1);
    replica.on_failure(Verdict::unknown, kNoon + 1s);
    EXPECT_TRUE(replica.impaired(kNoon));
}

TEST_F(ReplicaTest, a_new_connection_closes_its_breaker) {
    fail(3);
    replica.on_connected();
    EXPECT_FALSE(replica.impaired(kNoon));
}

TEST_F(ReplicaTest, no_number_of_failures_opens_a_breaker_that_is_off) {
    Replica without{BreakerOptions{.failures_max = 0}};
    for (int i = 0; i < 1'000; ++i) without.on_failure(Verdict::fails, kNoon);
    EXPECT_FALSE(without.impaired(kNoon));
}

TEST_F(ReplicaTest, a_replica_that_is_ejected_is_impaired_until_its_time_is_over) {
    replica.record().ejected_until = kNoon + 1s;
    EXPECT_EQ(replica.impairment(kNoon), Impairment::ejected);
    EXPECT_FALSE(replica.impaired(kNoon + 1s));
}

}  // namespace
}  // namespace tw::rpc
