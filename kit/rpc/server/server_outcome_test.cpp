#include "kit/base/encoding.hpp"
#include "kit/rpc/server/foreign_call_fixture.hpp"
#include "kit/rpc/wire/status_details.hpp"

// These tests cover what a server tells a client about the outcome of a call that failed.
namespace tw::rpc::test {
namespace {

class ServerOutcomeTest : public ForeignCallTest {
 protected:
    /// Makes a call that fails. Returns its error, as its status and details describe it.
    Error refusal(Fields fields, std::string body) {
        ForeignCall with;
        const auto text = ask(with, std::move(fields), std::move(body));
        const auto value = [&text](std::string_view name) {
            const auto at = text.find(std::string{name} + "=");
            EXPECT_NE(at, std::string::npos) << name << " in " << text;
            if (at == std::string::npos) return std::string{};
            const auto from = at + name.size() + 1;
            return text.substr(from, text.find(';', from) - from);
        };
        const auto code = code_from_number(std::stoi("0" + value("grpc-status")));
        return decode_error(code, "", base64_decode(value("grpc-status-details-bin")).value_or(""), "tw");
    }
    static Fields act(Fields more = {}) { return headers(std::move(more), "POST", "application/grpc", "/test.EchoService/Act"); }
};

TEST_F(ServerOutcomeTest, a_request_that_did_not_reach_its_handler_has_done_nothing) {
    auto flagged = message("hello");
    flagged[0] = 2;
    for (const auto& body : {message("hello").substr(0, 8), std::string{}, message("a") + message("b"), flagged}) {
        EXPECT_FALSE(refusal(act(), body).outcome_open());
    }
    EXPECT_FALSE(refusal(act({{"grpc-timeout", "soon"}}), message("hello")).outcome_open());
    EXPECT_FALSE(refusal(act({{"grpc-timeout", "1n"}}), message("hello")).outcome_open());
    EXPECT_EQ(at.service.calls, 0);
}

TEST_F(ServerOutcomeTest, a_call_whose_answer_is_too_large_to_be_sent_may_have_been_done) {
    at.server_limits.response_bytes_max = 100;
    const auto error = refusal(act(), message("large"));
    EXPECT_EQ(error.code(), Code::resource_exhausted);
    EXPECT_TRUE(error.outcome_open());
    EXPECT_FALSE(error.retryable());
    EXPECT_EQ(at.service.calls, 1);
}

TEST_F(ServerOutcomeTest, an_open_outcome_of_a_method_with_an_effect_is_not_called_retryable) {
    const auto error = refusal(act(), message("lost"));
    EXPECT_EQ(error.code(), Code::unavailable);
    EXPECT_TRUE(error.outcome_open());
    EXPECT_FALSE(error.retryable());
    EXPECT_TRUE(refusal(headers(), message("lost")).retryable()) << "a method without an effect may be called again";
}

}  // namespace
}  // namespace tw::rpc::test
