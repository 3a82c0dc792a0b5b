#include "kit/rpc/unary_exchange.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::string_literals;

constexpr std::size_t kMost = 100;

TEST(UnaryExchange, a_body_has_exactly_one_message) {
    EXPECT_EQ(take_unary_message("\0\0\0\0\2hi"s, "", kMost).value(), "hi");
    EXPECT_EQ(take_unary_message("\0\0\0\0\0"s, "", kMost).value(), "");
    for (const auto& body : {""s, "\0\0"s, "\0\0\0\0\2h"s, "\0\0\0\0\1h\0"s, "\0\0\0\0\1h\0\0\0\0\1i"s}) {
        EXPECT_EQ(take_unary_message(body, "", kMost).error().code(), Code::unimplemented);
    }
}

TEST(UnaryExchange, what_is_too_large_or_packed_by_nobodys_way_is_refused) {
    EXPECT_EQ(take_unary_message("\0\0\0\0\x65"s + std::string(101, 'x'), "", kMost).error().code(), Code::resource_exhausted);
    EXPECT_EQ(take_unary_message("\1\0\0\0\1x"s, "snappy", kMost).error().code(), Code::unimplemented);
}

TEST(UnaryExchange, the_end_is_trailers_or_grpc_webs_last_frame) {
    const auto fine = status_fields({}, "shop");
    EXPECT_EQ(frame_trailers(fine), "\x80\0\0\0\x0fgrpc-status:0\r\n"s);
    const auto failed = status_fields(not_found("user", "é"), "shop");
    ASSERT_EQ(failed.size(), 3U);
    EXPECT_EQ(failed[0].second, "5");
    EXPECT_NE(failed[1].second.find("%C3%A9"), std::string::npos);
}

TEST(UnaryExchange, a_timeout_is_read) {
    EXPECT_EQ(read_timeout("20m").value(), std::chrono::milliseconds{20});
    EXPECT_EQ(read_timeout("soon").error().reason(), "MALFORMED_TIMEOUT");
}

}  // namespace
}  // namespace tw::rpc
