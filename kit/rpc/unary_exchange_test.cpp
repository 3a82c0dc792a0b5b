#include "kit/rpc/unary_exchange.hpp"

#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::string_literals;

TEST(UnaryExchange, a_call_ends_with_status_fields_or_the_last_frame_of_grpc_web) {
    const auto fine = status_fields({}, "shop");
    EXPECT_EQ(frame_trailers(fine), "\x80\0\0\0\x0fgrpc-status:0\r\n"s);
    const auto failed = status_fields(not_found("user", "é"), "shop");
    ASSERT_EQ(failed.size(), 3U);
    EXPECT_EQ(failed[0].second, "5");
    EXPECT_NE(failed[1].second.find("%C3%A9"), std::string::npos);
}

}  // namespace
}  // namespace tw::rpc
