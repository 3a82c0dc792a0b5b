#include "kit/rpc/wire/grpc_wire.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

TEST(GrpcTimeout, every_unit_is_read) {
    EXPECT_EQ(parse_timeout("2H"), 2h);
    EXPECT_EQ(parse_timeout("3M"), 3min);
    EXPECT_EQ(parse_timeout("10S"), 10s);
    EXPECT_EQ(parse_timeout("250m"), 250ms);
    EXPECT_EQ(parse_timeout("7u"), 7us);
    EXPECT_EQ(parse_timeout("99999999n"), 99'999'999ns);
}

TEST(GrpcTimeout, eight_digits_of_hours_do_not_overflow) { EXPECT_GT(parse_timeout("99999999H"), 24h * 365 * 200); }

TEST(GrpcTimeout, malformed_timeouts_are_refused) {
    for (const auto* text : {"", "S", "5", "123456789S", "-1S", "-0S", "+1S", "1.5S", " 1S", "1s", "1x", "1SS"}) {
        EXPECT_FALSE(parse_timeout(text)) << text;
    }
}

TEST(GrpcTimeout, a_formatted_timeout_is_no_longer_than_the_original) {
    for (const auto timeout :
         {1ns, std::chrono::nanoseconds{20s}, std::chrono::nanoseconds{30h}, std::chrono::nanoseconds{5ms}}) {
        const auto text = format_timeout(timeout);
        EXPECT_LE(text.size(), 9u);
        EXPECT_LE(parse_timeout(text), timeout);
        EXPECT_GE(parse_timeout(text), timeout - timeout / 1000);
    }
    EXPECT_EQ(format_timeout(-5s), "1n");
}

TEST(GrpcMessage, characters_that_are_not_printable_ascii_are_escaped) {
    EXPECT_EQ(encode_status_message("100% ä\n"), "100%25 %C3%A4%0A");
    EXPECT_EQ(decode_status_message("100%25 %C3%a4%0A"), "100% ä\n");
}

TEST(GrpcMessage, bad_escapes_stay_as_they_are) { EXPECT_EQ(decode_status_message("%zz %4 50%"), "%zz %4 50%"); }

TEST(GrpcCodes, http_statuses_and_reset_codes_have_a_grpc_code) {
    EXPECT_EQ(code_from_http_status(404), Code::unimplemented);
    EXPECT_EQ(code_from_http_status(503), Code::unavailable);
    EXPECT_EQ(code_from_http_status(418), Code::unknown);
    EXPECT_EQ(code_from_h2(net::H2Code::refused_stream), Code::unavailable);
    EXPECT_EQ(code_from_h2(net::H2Code::enhance_your_calm), Code::resource_exhausted);
    EXPECT_EQ(code_from_h2(net::H2Code::protocol_error), Code::internal);
}

}  // namespace
}  // namespace tw::rpc
