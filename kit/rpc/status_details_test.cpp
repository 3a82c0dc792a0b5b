#include "kit/rpc/status_details.hpp"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

TEST(StatusDetails, an_error_survives_but_for_its_cause) {
    const auto error = Error{Code::aborted, "LOST_RACE", "Try again."}
                           .with_cause("secret")
                           .with_violation("/a", "b")
                           .with_retry_after(2500ms)
                           .with_retryable(false);
    const auto bytes = encode_details(error);
    EXPECT_EQ(bytes.find("secret"), std::string::npos);
    const auto back = decode_error(Code::aborted, "Try again.", bytes);
    EXPECT_EQ(back.reason(), "LOST_RACE");
    EXPECT_EQ(back.detail(), "Try again.");
    EXPECT_EQ(back.violations(), error.violations());
    EXPECT_EQ(back.retry_after(), 2500ms);
    EXPECT_FALSE(back.retryable());
    EXPECT_EQ(back.cause(), "");
}

TEST(StatusDetails, they_are_googles_messages) {
    google::rpc::Status status;
    ASSERT_TRUE(status.ParseFromString(encode_details(not_found("user", "1"))));
    EXPECT_EQ(status.code(), 5);
    google::rpc::ErrorInfo info;
    ASSERT_EQ(status.details_size(), 1);
    EXPECT_EQ(status.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
    ASSERT_TRUE(status.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "USER_NOT_FOUND");
    EXPECT_EQ(info.domain(), "tradewind");
}

TEST(StatusDetails, bytes_that_cannot_be_read_leave_code_and_message) {
    const auto error = decode_error(Code::not_found, "gone", "\xff\xff nonsense");
    EXPECT_EQ(error.reason(), "NOT_FOUND");
    EXPECT_EQ(error.detail(), "gone");
}

}  // namespace
}  // namespace tw::rpc
