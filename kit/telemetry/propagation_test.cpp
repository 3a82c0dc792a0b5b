#include "kit/telemetry/propagation.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

const std::string kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string state_of(std::string_view tracestate) {
    const auto trace = parse_traceparent(kGood, tracestate);
    return trace && trace->state ? *trace->state : "(none)";
}

TEST(Traceparent, IsReadAndWrittenBack) {
    const auto trace = parse_traceparent(kGood);
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->trace_id[0], 0x0a);
    EXPECT_EQ(trace->span_id[7], 0x31);
    EXPECT_TRUE(trace->sampled());
    EXPECT_EQ(trace->state, nullptr);
    EXPECT_EQ(format_traceparent(*trace), kGood);
}

TEST(Traceparent, KeepsTheRandomFlagAndDropsFlagsWithoutMeaning) {
    const auto trace = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff");
    ASSERT_TRUE(trace);
    EXPECT_EQ(trace->flags, 0x03);
}

TEST(Traceparent, OfALaterVersionIsReadAsVersionZero) {
    for (const std::string later : {"cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later",
                                    "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-"}) {
        const auto trace = parse_traceparent(later);
        ASSERT_TRUE(trace) << later;
        EXPECT_EQ(format_traceparent(*trace), kGood);
    }
}

class MalformedTraceparent : public testing::TestWithParam<const char*> {};

TEST_P(MalformedTraceparent, StartsTheTraceAnew) { EXPECT_FALSE(parse_traceparent(GetParam())) << GetParam(); }

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
        "00-\xC3\xA4"
        "f7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

TEST(Tracestate, IsPassedOnInItsOrder) {
    EXPECT_EQ(state_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    EXPECT_EQ(state_of("fw529a3039@dt=FfAiHzs,1a-_*/=!~"), "fw529a3039@dt=FfAiHzs,1a-_*/=!~");
}

TEST(Tracestate, LosesBlanksAndEmptyMembers) { EXPECT_EQ(state_of(" a=1 ,\t, ,b=2,"), "a=1,b=2"); }

TEST(Tracestate, ThatIsMalformedIsDroppedAlone) {
    for (const auto* bad :
         {"a", "=1", "a=", "A=1", "a=1,b", "a=1=2", "a=1,a=2", "a b=1", "-a=1", "a=\x01", "a=\xC3\xA4", "a=1;b=2=3"}) {
        EXPECT_EQ(state_of(bad), "(none)") << bad;
    }
}

TEST(Tracestate, HoldsThirtyTwoMembersAndNotOneMore) {
    std::string state = "k0=1";
    for (int i = 1; i < 32; ++i) state += ",k" + std::to_string(i) + "=1";
    EXPECT_EQ(state_of(state), state);
    EXPECT_EQ(state_of(state + ",k32=1"), "(none)");
}

TEST(Tracestate, KeysAndValuesHaveAtMost256Characters) {
    EXPECT_EQ(state_of("a=" + std::string(256, 'v')), "a=" + std::string(256, 'v'));
    EXPECT_EQ(state_of("a=" + std::string(257, 'v')), "(none)");
    EXPECT_EQ(state_of(std::string(256, 'k') + "=1"), std::string(256, 'k') + "=1");
    EXPECT_EQ(state_of(std::string(257, 'k') + "=1"), "(none)");
}

TEST(Tracestate, ThatIsTooLongLosesLongMembersFirstThenTheLast) {
    const auto longer = "long=" + std::string(200, 'x');
    const auto with = [](char key) { return std::string(1, key) + "=" + std::string(98, 'v'); };
    EXPECT_EQ(state_of(with('a') + "," + longer + "," + with('b') + "," + with('c') + "," + with('d')),
              with('a') + "," + with('b') + "," + with('c') + "," + with('d'));
    EXPECT_EQ(state_of(with('a') + "," + with('b') + "," + with('c') + "," + with('d') + "," + with('e') + "," + with('f')),
              with('a') + "," + with('b') + "," + with('c') + "," + with('d') + "," + with('e'));
}

}  // namespace
}  // namespace tw::telemetry
