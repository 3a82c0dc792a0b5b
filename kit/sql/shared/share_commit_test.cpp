#include "kit/sql/shared/share_commit.hpp"

#include "kit/base/random.hpp"
#include "kit/sql/shared/shared_commit.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

/// The units of one commit, as many as a test asks for, each with a recorded span.
class ShareCommitTest : public testing::Test {
 protected:
    struct Job {
        TraceContext span;
        std::shared_ptr<const SharedCommit> commit;
        bool tells_commit = false;
        bool abandoned = false;
    };

    std::vector<Job> jobs(std::size_t count) {
        std::vector<Job> jobs(count);
        for (auto& job : jobs) {
            ids_.fill(job.span.trace_id);
            ids_.fill(job.span.span_id);
            job.span.flags = TraceContext::kSampled;
        }
        return jobs;
    }
    void share(std::vector<Job>& jobs) {
        std::vector<UnitOfCommit> units;
        for (auto& job : jobs) units.push_back({&job.span, &job.commit, &job.tells_commit, job.abandoned});
        share_commit(units, Timestamp{}, Timestamp{}, ids_);
    }

    Random random_{1};
    telemetry::TraceIds ids_{random_};
};

TEST_F(ShareCommitTest, a_commit_of_more_units_than_a_span_may_link_to_counts_them_all_and_links_to_the_first) {
    auto many = jobs(SharedCommit::kLinksMax + 1);
    share(many);
    ASSERT_NE(many.back().commit, nullptr);
    const auto& commit = *many.back().commit;
    EXPECT_EQ(commit.units, SharedCommit::kLinksMax + 1);
    ASSERT_EQ(commit.unit_spans.size(), SharedCommit::kLinksMax);
    EXPECT_EQ(commit.unit_spans.back().span_id, many[SharedCommit::kLinksMax - 1].span.span_id);
}

TEST_F(ShareCommitTest, the_first_recorded_unit_that_is_still_waited_for_tells_of_the_commit) {
    auto three = jobs(3);
    three[0].span.flags = 0;
    three[1].abandoned = true;
    share(three);
    EXPECT_FALSE(three[0].tells_commit);
    EXPECT_FALSE(three[1].tells_commit);
    EXPECT_TRUE(three[2].tells_commit);
    ASSERT_NE(three[2].commit, nullptr);
    EXPECT_EQ(three[2].commit->trace.trace_id, three[2].span.trace_id);
    EXPECT_NE(three[2].commit->trace.span_id, three[2].span.span_id);
    EXPECT_EQ(three[2].commit->unit_spans.size(), 2U) << "a span that is not recorded cannot be linked to";
}

}  // namespace
}  // namespace tw::sql
