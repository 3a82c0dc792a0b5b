#include "kit/rpc/wire/status_details.hpp"

#include <limits>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

namespace tw::rpc {
namespace {

using namespace std::chrono_literals;

TEST(StatusDetails, an_error_survives_without_its_cause) {
    const auto error = Error{Code::aborted, "LOST_RACE", "Try again."}
                           .with_cause("secret")
                           .with_violation("/a", "b")
                           .with_retry_after(2500ms)
                           .with_retryable(false)
                           .with_outcome_open(true);
    const auto bytes = encode_details(error, "shop");
    EXPECT_EQ(bytes.find("secret"), std::string::npos);
    const auto back = decode_error(Code::aborted, "Try again.", bytes, "shop");
    EXPECT_EQ(back.reason(), "LOST_RACE");
    EXPECT_EQ(back.detail(), "Try again.");
    EXPECT_EQ(back.violations(), error.violations());
    EXPECT_EQ(back.retry_after(), 2500ms);
    EXPECT_FALSE(back.retryable());
    EXPECT_TRUE(back.outcome_open());
    EXPECT_EQ(back.cause(), "");
}

TEST(StatusDetails, details_are_messages_of_google_rpc) {
    google::rpc::Status status;
    ASSERT_TRUE(status.ParseFromString(encode_details(not_found("user", "1"), "shop")));
    EXPECT_EQ(status.code(), 5);
    google::rpc::ErrorInfo info;
    ASSERT_EQ(status.details_size(), 1);
    EXPECT_EQ(status.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
    ASSERT_TRUE(status.details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "USER_NOT_FOUND");
    EXPECT_EQ(info.domain(), "shop");
}

TEST(StatusDetails, text_that_is_too_long_for_a_header_is_cut_between_characters) {
    std::string detail = "x";
    for (int i = 0; i < 10'000; ++i) detail += "ä";
    auto error = Error{Code::invalid_argument, "TOO_MUCH", detail};
    const auto message = status_message(error);
    EXPECT_GT(message.size(), 1000u);
    EXPECT_LE(message.size(), 1024u);
    EXPECT_EQ(message.size() % 2, 1u);
    error = std::move(error).with_violation("/a", "b").with_violation("/" + std::string(5'000, 'k'), "b");
    const auto bytes = encode_details(error, "shop");
    EXPECT_LT(bytes.size(), 5'000u);
    const auto back = decode_error(Code::invalid_argument, {}, bytes, "shop");
    EXPECT_EQ(back.reason(), "TOO_MUCH");
    EXPECT_EQ(back.violations().size(), 1u);
}

TEST(StatusDetails, unreadable_details_leave_the_code_and_the_message) {
    const auto error = decode_error(Code::not_found, "gone", "\xff\xff nonsense", "shop");
    EXPECT_EQ(error.reason(), "NOT_FOUND");
    EXPECT_EQ(error.detail(), "gone");
}

TEST(StatusDetails, a_negative_delay_is_ignored_and_a_long_one_is_bounded) {
    const auto delay_of = [](std::int64_t seconds, std::int32_t nanos) {
        google::rpc::RetryInfo info;
        info.mutable_retry_delay()->set_seconds(seconds);
        info.mutable_retry_delay()->set_nanos(nanos);
        google::rpc::Status status;
        status.add_details()->PackFrom(info);
        return decode_error(Code::unavailable, "", status.SerializeAsString(), "shop").retry_after();
    };
    EXPECT_EQ(delay_of(1, 500'000'000), 1500ms);
    EXPECT_EQ(delay_of(-1, 0), std::nullopt);
    EXPECT_EQ(delay_of(0, -1'000'000), std::nullopt);
    EXPECT_EQ(delay_of(std::numeric_limits<std::int64_t>::max(), 0), 24h);
    EXPECT_EQ(delay_of(std::numeric_limits<std::int64_t>::min(), 0), std::nullopt);
}

/// The details of a status from another implementation, with an ErrorInfo of `domain` if that is
/// not empty.
std::string foreign_details(Code code, std::string_view domain) {
    google::rpc::Status status;
    status.set_code(static_cast<int>(code));
    if (!domain.empty()) {
        google::rpc::ErrorInfo info;
        info.set_reason("SOMETHING");
        info.set_domain(std::string{domain});
        status.add_details()->PackFrom(info);
    }
    return status.SerializeAsString();
}

TEST(StatusDetails, unavailable_from_another_implementation_leaves_the_outcome_open) {
    for (const auto code : {Code::unavailable, Code::resource_exhausted}) {
        EXPECT_TRUE(decode_error(code, "", "", "shop").outcome_open());
        EXPECT_TRUE(decode_error(code, "", foreign_details(code, ""), "shop").outcome_open());
        EXPECT_TRUE(decode_error(code, "", foreign_details(code, "googleapis.com"), "shop").outcome_open());
        EXPECT_TRUE(decode_error(code, "", encode_details(Error{code, "BUSY", ""}, "warehouse"), "shop").outcome_open());
        EXPECT_FALSE(decode_error(code, "", encode_details(Error{code, "BUSY", ""}, "shop"), "shop").outcome_open());
        EXPECT_TRUE(decode_error(code, "", encode_details(Error{code, "LOST", ""}.with_outcome_open(true), "shop"), "shop")
                        .outcome_open());
    }
}

TEST(StatusDetails, a_refusal_says_that_nothing_was_done_whoever_sends_it) {
    for (const auto code : {Code::not_found, Code::already_exists, Code::failed_precondition, Code::aborted}) {
        EXPECT_FALSE(decode_error(code, "", "", "shop").outcome_open());
    }
}

TEST(StatusDetails, an_outcome_that_is_known_survives_where_the_code_would_leave_it_open) {
    const auto bytes = encode_details(deadline_exceeded().with_outcome_open(false), "shop");
    EXPECT_FALSE(decode_error(Code::deadline_exceeded, "", bytes, "shop").outcome_open());
    EXPECT_TRUE(decode_error(Code::deadline_exceeded, "", encode_details(deadline_exceeded(), "shop"), "shop").outcome_open());
}

}  // namespace
}  // namespace tw::rpc
