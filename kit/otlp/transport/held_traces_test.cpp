#include "kit/otlp/transport/held_traces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TreeSpan made(std::string id, std::string parent) {
    return {.id = id, .parent = std::move(parent), .service = "shop", .name = "span " + id, .kind = "internal"};
}

class HeldTracesTest : public testing::Test {
 protected:
    void add(std::string_view trace, const char* id, const char* parent) { traces_.add(trace, made(id, parent), now_); }
    std::string end_round() { return traces_.end_round(now_); }

    SteadyTime now_{std::chrono::hours{1}};
    HeldTraces traces_{{.spans_max = 4, .hold_time_max = milliseconds{1'000}}};
};

TEST_F(HeldTracesTest, a_trace_is_given_out_once_and_as_one_tree_after_its_root_has_ended) {
    add("a", "2", "1");
    EXPECT_EQ(end_round(), "");
    EXPECT_EQ(end_round(), "") << "the root is still open";
    add("a", "1", "");
    EXPECT_EQ(end_round(), "") << "more may come from another loop";
    EXPECT_THAT(end_round(), AllOf(StartsWith("trace 61, 2 spans"), HasSubstr("span 1"), HasSubstr("  shop: span 2")));
    EXPECT_EQ(end_round(), "");
    EXPECT_EQ(traces_.spans(), 0U);
}

TEST_F(HeldTracesTest, a_root_that_comes_first_waits_for_the_spans_below_it) {
    add("a", "1", "");
    EXPECT_EQ(end_round(), "");
    add("a", "3", "2");
    EXPECT_EQ(end_round(), "");
    EXPECT_EQ(end_round(), "") << "span 2 is missing";
    add("a", "2", "1");
    EXPECT_EQ(end_round(), "");
    EXPECT_THAT(end_round(), StartsWith("trace 61, 3 spans"));
}

TEST_F(HeldTracesTest, a_trace_without_its_root_is_given_out_when_its_time_is_over) {
    add("a", "2", "1");
    now_ += milliseconds{999};
    EXPECT_EQ(end_round(), "");
    now_ += milliseconds{1};
    EXPECT_THAT(end_round(), HasSubstr("[parent 31 is not shown here]"));
}

TEST_F(HeldTracesTest, beyond_the_bound_the_oldest_trace_is_given_out) {
    for (const auto* trace : {"c", "b", "a"}) {
        now_ += milliseconds{1};
        add(trace, "2", "1");
    }
    EXPECT_EQ(traces_.take_excess(), "");
    add("a", "3", "1");
    EXPECT_EQ(traces_.take_excess(), "") << "as many as may be held";
    add("a", "4", "1");
    EXPECT_THAT(traces_.take_excess(), AllOf(StartsWith("trace 63, 1 span,"), Not(HasSubstr("trace 62"))));
    EXPECT_EQ(traces_.spans(), 4U);
}

TEST_F(HeldTracesTest, at_the_end_everything_is_given_out) {
    add("a", "2", "1");
    add("b", "1", "");
    EXPECT_THAT(traces_.take_all(), AllOf(HasSubstr("trace 61"), HasSubstr("trace 62")));
    EXPECT_EQ(traces_.spans(), 0U);
    EXPECT_EQ(traces_.take_all(), "");
}

TEST_F(HeldTracesTest, traces_are_given_out_in_the_order_of_their_start) {
    for (const std::uint64_t start : {3, 1, 2}) {
        auto span = made("1", "");
        span.start = span.end = start;
        traces_.add(std::string(1, static_cast<char>('z' - start)), std::move(span), now_);
    }
    EXPECT_EQ(end_round(), "");
    const auto text = end_round();
    EXPECT_LT(text.find("trace 79"), text.find("trace 78"));
    EXPECT_LT(text.find("trace 78"), text.find("trace 77"));
}

}  // namespace
}  // namespace tw::otlp
