#include "kit/telemetry/propagation.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

const std::string kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(Traceparent, is_read_and_written_back) {
    const auto trace = parse_traceparent(kGood);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->trace_id[0], 0x0a);
    EXPECT_EQ(trace->span_id[7], 0x31);
    EXPECT_TRUE(trace->sampled());
    EXPECT_EQ(trace->state, nullptr);
    EXPECT_EQ(format_traceparent(*trace), kGood);
}

TEST(Traceparent, keeps_the_random_flag_and_drops_flags_without_meaning) {
    const auto trace = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->flags, 0x03);
}

TEST(Traceparent, of_a_later_version_is_read_as_version_zero) {
    for (const std::string later : {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later",
                                    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"}) {
        const auto trace = parse_traceparent(later);
        ASSERT_TRUE(trace) << later;
        EXPECT_EQ(format_traceparent(*trace), kGood);
    }
}

class MalformedTraceparent : public testing::TestWithParam<const char*> {};

TEST_P(MalformedTraceparent, starts_the_trace_anew) { EXPECT_FALSE(parse_traceparent(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(
    Variants, MalformedTraceparent,
    testing::Values(
        "", "00", "-", "00-", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "000-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "zz-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "FF-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319cc-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033311-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011", "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c80319c b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333 -01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        // These values are what a proxy makes of two fields, also if the first of them is of a
        // later version.
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,", ",00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x,00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ".0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "0.-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-.1", "00-0af7651916cd43dd8448eb211c80319c-.7ad6b7169203331-01",
        "cc-00000000000000000000000000000000-b7ad6b7169203331-01", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz", "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"",
        "00 0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 01",
        "00-\xC3\xA4"
        "f7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

TEST(Traceparent, may_stand_between_blanks) {
    EXPECT_EQ(format_traceparent(parse_traceparent("\t " + kGood + " \t").value()), kGood);
}

TEST(Traceparent, that_is_malformed_makes_its_tracestate_worthless) { EXPECT_FALSE(parse_traceparent("00-nonsense", "a=1")); }

TEST(Traceparent, goes_on_without_a_tracestate_that_is_malformed) {
    const auto trace = parse_traceparent(kGood, "a=1,b");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->state, nullptr);
    EXPECT_EQ(*parse_traceparent(kGood, "a=1")->state, "a=1");
}

}  // namespace
}  // namespace tw::telemetry
