#include "kit/rpc/network/outliers.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

class OutliersTest : public testing::Test {
 protected:
    Outliers::Record& replica(std::size_t index) { return records.at(index); }
    int judge() {
        std::vector<Outliers::Record*> all;
        for (auto& record : records) all.push_back(&record);
        return outliers.judge(all, now);
    }
    /// Ends an interval in which the given numbers of 100 calls failed, replica by replica.
    int interval(const std::vector<std::uint64_t>& failed) {
        now += 10s;
        for (std::size_t i = 0; i < failed.size(); ++i) {
            records.at(i).failed = failed[i];
            records.at(i).succeeded = 100 - failed[i];
        }
        return judge();
    }

    Outliers outliers{{}};
    std::vector<Outliers::Record> records{4};
    SteadyTime now{1h};
};

TEST_F(OutliersTest, a_replica_that_fails_more_often_than_the_others_is_ejected_for_a_time) {
    EXPECT_EQ(interval({0, 60, 1, 0}), 1);
    EXPECT_FALSE(replica(0).ejected(now));
    EXPECT_TRUE(replica(1).ejected(now + 10s - 1ns));
    EXPECT_FALSE(replica(1).ejected(now + 10s));
}

TEST_F(OutliersTest, a_callee_whose_replicas_all_fail_has_no_outlier) { EXPECT_EQ(interval({90, 95, 100, 80}), 0); }

TEST_F(OutliersTest, a_share_of_failures_below_the_bound_is_no_reason) { EXPECT_EQ(interval({0, 49, 0, 0}), 0); }

TEST_F(OutliersTest, few_calls_say_nothing) {
    replica(0).failed = 19;
    replica(1).succeeded = 100;
    EXPECT_EQ(judge(), 0);
    replica(0).failed = 20;
    replica(1).succeeded = 100;
    EXPECT_EQ(judge(), 1);
}

TEST_F(OutliersTest, a_replica_without_others_that_work_is_not_ejected) {
    replica(0).failed = 100;
    EXPECT_EQ(judge(), 0);
}

TEST_F(OutliersTest, at_most_a_share_of_the_replicas_is_ejected_and_the_worst_first) {
    records.resize(5);
    outliers = Outliers{{.ejected_share_max = 0.4}};
    EXPECT_EQ(interval({80, 70, 90, 0, 0}), 2);
    EXPECT_TRUE(replica(0).ejected(now));
    EXPECT_FALSE(replica(1).ejected(now));
    EXPECT_TRUE(replica(2).ejected(now));
}

TEST_F(OutliersTest, those_that_are_ejected_count_towards_the_share) {
    outliers = Outliers{{.ejected_share_max = 0.25, .ejection_first = 1min}};
    EXPECT_EQ(interval({100, 0, 0, 0}), 1);
    EXPECT_EQ(interval({0, 100, 0, 0}), 0);
}

TEST_F(OutliersTest, one_of_two_may_be_ejected_and_one_of_one_never) {
    records.resize(2);
    EXPECT_EQ(interval({100, 0}), 1);
    records.resize(1);
    records[0] = {};
    EXPECT_EQ(interval({100}), 0);
}

TEST_F(OutliersTest, the_time_of_ejection_doubles_up_to_a_bound_and_shrinks_again) {
    outliers = Outliers{{.ejection_last = 30s}};
    for (const auto time : {10s, 20s, 30s, 30s}) {
        ASSERT_EQ(interval({100, 0, 0, 0}), 1);
        EXPECT_TRUE(replica(0).ejected(now + time - 1ns));
        EXPECT_FALSE(replica(0).ejected(now + time));
        now += time;
    }
    for (int i = 0; i < 4; ++i) interval({0, 0, 0, 0});
    ASSERT_EQ(interval({100, 0, 0, 0}), 1);
    EXPECT_FALSE(replica(0).ejected(now + 10s));
}

TEST_F(OutliersTest, judging_is_due_once_an_interval_and_never_when_it_is_off) {
    interval({0, 0, 0, 0});
    EXPECT_FALSE(outliers.due(now + 10s - 1ns));
    EXPECT_TRUE(outliers.due(now + 10s));
    EXPECT_FALSE((Outliers{{.ejected_share_max = 0}}.due(now + 1h)));
}

}  // namespace
}  // namespace tw::rpc
