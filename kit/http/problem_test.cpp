#include "kit/http/problem.hpp"

#include <gtest/gtest.h>

namespace tw::http {
namespace {

using namespace std::chrono_literals;

TEST(Problem, every_code_has_its_status) {
    const std::pair<Code, int> table[]{{Code::cancelled, 499},          {Code::unknown, 500},
                                       {Code::invalid_argument, 400},   {Code::deadline_exceeded, 504},
                                       {Code::not_found, 404},          {Code::already_exists, 409},
                                       {Code::permission_denied, 403},  {Code::aborted, 409},
                                       {Code::resource_exhausted, 429}, {Code::failed_precondition, 400},
                                       {Code::out_of_range, 400},       {Code::unimplemented, 501},
                                       {Code::internal, 500},           {Code::unavailable, 503},
                                       {Code::data_loss, 500},          {Code::unauthenticated, 401}};
    for (const auto& [code, status] : table) EXPECT_EQ(http_status(Error{code, "SOME_REASON", ""}), status) << code_name(code);
}

TEST(Problem, some_reasons_have_a_status_of_their_own) {
    EXPECT_EQ(http_status(Error{Code::aborted, "VERSION_MISMATCH", ""}), 412);
    EXPECT_EQ(http_status(Error{Code::invalid_argument, "IDEMPOTENCY_KEY_REUSED", ""}), 422);
    EXPECT_EQ(http_status(Error{Code::failed_precondition, "PAYMENT_DECLINED", ""}), 402);
    EXPECT_EQ(http_status(Error{Code::invalid_argument, "BODY_TOO_LARGE", ""}), 413);
    EXPECT_EQ(http_status(Error{Code::invalid_argument, "UNSUPPORTED_MEDIA_TYPE", ""}), 415);
}

TEST(Problem, the_body_holds_all_that_a_caller_may_know) {
    TraceContext trace;
    trace.trace_id.fill(0xab);
    trace.span_id.fill(1);
    const auto response = problem(invalid("/lines/0/quantity", "must be > 0"), trace, "/api/orders");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_NE(response.body.find(R"("type":"about:blank","title":"Bad Request","status":400)"), std::string::npos)
        << response.body;
    EXPECT_NE(response.body.find(R"("instance":"/api/orders","code":"INVALID_FIELD","retryable":false,)"
                                 R"("errors":[{"pointer":"/lines/0/quantity","detail":"must be > 0"}],)"
                                 R"("trace_id":"abababababababababababababababab"})"),
              std::string::npos)
        << response.body;
}

TEST(Problem, the_cause_stays_inside) {
    const auto response = problem(internal("password=hunter2"));
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body.find("hunter2"), std::string::npos);
}

TEST(Problem, a_refusal_that_passes_says_when_to_come_back) {
    EXPECT_EQ(problem(unavailable("busy")).headers.find("retry-after"), "1");
    EXPECT_EQ(problem(unavailable("busy").with_retry_after(1500ms)).headers.find("retry-after"), "2");
    EXPECT_EQ(problem(Error{Code::resource_exhausted, "RATE_LIMITED", ""}.with_retry_after(10ms)).headers.find("retry-after"),
              "1");
    EXPECT_EQ(problem(unavailable("outcome unknown").with_retryable(false)).headers.find("retry-after"), "1");
    EXPECT_EQ(problem(Error{Code::resource_exhausted, "QUOTA", ""}.with_retryable(false)).headers.find("retry-after"),
              std::nullopt);
    EXPECT_EQ(problem(Error{Code::aborted, "CONFLICT", ""}).headers.find("retry-after"), std::nullopt);
}

TEST(Problem, who_is_unknown_is_told_how_to_say_who_they_are) {
    EXPECT_EQ(problem(Error{Code::unauthenticated, "NO_TOKEN", ""}).headers.find("www-authenticate"), "Bearer");
}

TEST(Problem, text_is_escaped_and_always_valid) {
    const auto response = problem(Error{Code::invalid_argument, "X", "say \"hi\"\n\x01"}, {}, "/\xff");
    EXPECT_NE(response.body.find(R"(say \"hi\"\n\u0001)"), std::string::npos) << response.body;
    EXPECT_NE(response.body.find("/\xef\xbf\xbd"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace tw::http
