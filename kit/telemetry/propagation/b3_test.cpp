#include "kit/telemetry/propagation/b3.hpp"

#include "kit/telemetry/propagation.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

const std::string kB3Trace = "80f198ee56343ba864fe8b2a57d3eff7";
const std::string kB3Span = "e457b5a2e4d86bd1";
const std::string kParent = "05e3ac9a4f6e3b90";
const std::string kIds = kB3Trace + "-" + kB3Span;

/// Returns `trace` as a traceparent.
std::string as_traceparent(const std::optional<TraceContext>& trace) { return trace ? format_traceparent(*trace) : "(none)"; }

TEST(B3Single, is_read_in_all_its_lengths) {
    EXPECT_EQ(as_traceparent(parse_b3(kIds)), "00-" + kIds + "-01");
    EXPECT_EQ(as_traceparent(parse_b3(kIds + "-1")), "00-" + kIds + "-01");
    EXPECT_EQ(as_traceparent(parse_b3(kIds + "-0")), "00-" + kIds + "-00");
    EXPECT_EQ(as_traceparent(parse_b3(kIds + "-1-" + kParent)), "00-" + kIds + "-01");
}

TEST(B3Single, pads_trace_ids_of64_bits) {
    const auto trace = parse_b3("64fe8b2a57d3eff7-" + kB3Span + "-1");
    EXPECT_EQ(as_traceparent(trace), "00-000000000000000064fe8b2a57d3eff7-" + kB3Span + "-01");
}

TEST(B3Single, debug_means_sampled_and_is_passed_on) {
    const auto trace = parse_b3(kIds + "-d-" + kParent);
    ASSERT_TRUE(trace);
    EXPECT_TRUE(trace->debug);
    EXPECT_TRUE(trace->sampled());
    EXPECT_EQ(B3Text{*trace}.single(), kIds + "-d");
}

TEST(B3Single, a_denial_without_ids_begins_a_trace_that_is_not_recorded) {
    const auto trace = parse_b3("0");
    ASSERT_TRUE(trace);
    EXPECT_TRUE(trace->valid());
    EXPECT_FALSE(trace->sampled());
    EXPECT_NE(parse_b3("0")->trace_id, trace->trace_id);
}

TEST(B3Single, other_decisions_without_ids_are_left_to_the_sampler) {
    EXPECT_FALSE(parse_b3("1"));
    EXPECT_FALSE(parse_b3("d"));
}

class MalformedB3 : public testing::TestWithParam<const char*> {};

TEST_P(MalformedB3, starts_the_trace_anew) { EXPECT_FALSE(parse_b3(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(
    Variants, MalformedB3,
    testing::Values("", "-", "--", "---", "x", "2", "80f198ee56343ba864fe8b2a57d3eff7", "80f198ee56343ba864fe8b2a57d3eff7-",
                    "-e457b5a2e4d86bd1-1", "80F198EE56343BA864FE8B2A57D3EFF7-e457b5a2e4d86bd1-1",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd-1", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd11-1",
                    "80f198ee56343ba864fe8b2a57d3eff-e457b5a2e4d86bd1-1", "64fe8b2a57d3eff-e457b5a2e4d86bd1-1",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-2", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-D", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b9",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90-",
                    "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1x", "00000000000000000000000000000000-e457b5a2e4d86bd1-1",
                    "80f198ee56343ba864fe8b2a57d3eff7-0000000000000000-1"));

TEST(B3Multi, is_read_with_the_words_of_old_too) {
    const auto read = [](std::string_view sampled, std::string_view flags = {}) {
        return as_traceparent(parse_b3(B3Fields{kB3Trace, kB3Span, sampled, flags}));
    };
    EXPECT_EQ(read("1"), "00-" + kIds + "-01");
    EXPECT_EQ(read("0"), "00-" + kIds + "-00");
    EXPECT_EQ(read("true"), "00-" + kIds + "-01");
    EXPECT_EQ(read("false"), "00-" + kIds + "-00");
    EXPECT_EQ(read(""), "00-" + kIds + "-01");
    EXPECT_EQ(read("2"), "(none)");
    EXPECT_EQ(read("0", "1"), "00-" + kIds + "-01") << "debug counts more";
    EXPECT_EQ(read("0", "0"), "00-" + kIds + "-00");
}

TEST(B3Multi, needs_both_ids) {
    EXPECT_FALSE(parse_b3(B3Fields{kB3Trace, "", "1", ""}));
    EXPECT_FALSE(parse_b3(B3Fields{"", kB3Span, "1", ""}));
    EXPECT_FALSE(parse_b3(B3Fields{}));
    EXPECT_FALSE(parse_b3(B3Fields{"", kB3Span, "0", ""}));
}

TEST(B3Multi, a_denial_without_ids_begins_a_trace_that_is_not_recorded) {
    const auto trace = parse_b3(B3Fields{"", "", "0", ""});
    ASSERT_TRUE(trace);
    EXPECT_TRUE(trace->valid());
    EXPECT_FALSE(trace->sampled());
}

TEST(B3Text, has_the_values_of_the_fields_as_its_parts) {
    const B3Text text{*parse_b3(kIds + "-0")};
    EXPECT_EQ(text.single(), kIds + "-0");
    EXPECT_EQ(text.trace_id(), kB3Trace);
    EXPECT_EQ(text.span_id(), kB3Span);
    EXPECT_EQ(text.state(), "0");
}

}  // namespace
}  // namespace tw::telemetry
