#include "services/payment/payment_service_fixture.hpp"

namespace tw::payment {
namespace {

/// A refused capture stays refused for the call that asked for it, also if that call is repeated.
class PaymentRefusalTest : public PaymentServiceTest, public testing::WithParamInterface<std::string_view> {
 protected:
    PaymentRefusalTest() : PaymentServiceTest{GetParam()} {}

    static std::string outcome(const Result<::payment::Payment>& payment) {
        return payment ? payment->status() : payment.error().reason();
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentRefusalTest, testing::ValuesIn(test::kDatabases));

TEST_P(PaymentRefusalTest, a_refused_capture_that_is_repeated_with_its_key_gets_the_same_refusal) {
    const auto made = authorized();
    provider_.refusal = "authorization_expired";
    const auto refused = capture(made.id(), "pay/1/capture");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->last_error(), "authorization_expired");
    // The caller has died before it noted the refusal, and the provider would agree now.
    provider_.refusal.reset();
    const auto again = capture(made.id(), "pay/1/capture");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->SerializeAsString(), refused->SerializeAsString());
    EXPECT_EQ(provider_.captures.size(), 1U);
}

TEST_P(PaymentRefusalTest, a_refusal_that_the_caller_did_not_hear_of_is_told_to_the_repeated_call) {
    const auto made = authorized();
    provider_.silent = true;
    EXPECT_EQ(outcome(capture(made.id(), "pay/1/capture")), "PROVIDER_UNKNOWN");
    // Another call settles what is under way.
    provider_.silent = false;
    provider_.refusal = "authorization_expired";
    EXPECT_EQ(outcome(capture(made.id())), "requires_capture");
    provider_.refusal.reset();
    EXPECT_EQ(capture(made.id(), "pay/1/capture")->last_error(), "authorization_expired");
}

TEST_P(PaymentRefusalTest, a_capture_with_another_key_is_another_question) {
    const auto made = authorized();
    provider_.refusal = "authorization_expired";
    EXPECT_EQ(outcome(capture(made.id(), "fulfil/1/capture")), "requires_capture");
    provider_.refusal = "card_declined";
    EXPECT_EQ(capture(made.id(), "fulfil/2/capture")->last_error(), "card_declined");
    EXPECT_EQ(capture(made.id(), "fulfil/1/capture")->last_error(), "authorization_expired");
    provider_.refusal.reset();
    EXPECT_EQ(outcome(capture(made.id(), "fulfil/3/capture")), "succeeded");
    // The payment is captured, so nobody is told that it is not.
    EXPECT_EQ(outcome(capture(made.id(), "fulfil/1/capture")), "succeeded");
    EXPECT_EQ(provider_.captures.size(), 3U);
}

TEST_P(PaymentRefusalTest, a_capture_does_not_take_the_refusal_of_another_key_for_its_own) {
    const auto made = authorized();
    provider_.silent = true;
    EXPECT_EQ(outcome(capture(made.id(), "fulfil/1/capture")), "PROVIDER_UNKNOWN");
    provider_.silent = false;
    provider_.refusal = "authorization_expired";
    EXPECT_EQ(outcome(capture(made.id(), "fulfil/2/capture")), "requires_capture");
    EXPECT_EQ(provider_.captures.back().key.substr(0, 36), made.id());
    EXPECT_NE(provider_.captures.back().key, provider_.captures.front().key);
    provider_.refusal.reset();
    for (const auto* key : {"fulfil/1/capture", "fulfil/2/capture"}) {
        EXPECT_EQ(capture(made.id(), key)->last_error(), "authorization_expired") << key;
    }
}

}  // namespace
}  // namespace tw::payment
