#include "services/payment/payment_service.hpp"

#include "kit/async/combine.hpp"
#include "kit/rpc/local/make_local_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/payment/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::payment {
namespace {

/// The simulated provider, which can be made silent and counts what it is asked.
class FakeProvider final : public PaymentProvider {
 public:
    bool silent = false;
    std::vector<Charge> charges;

    std::string_view name() const override { return "fake"; }
    Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) override {
        charges.push_back(charge);
        if (silent) co_return deadline_exceeded();
        co_return co_await simulated_.charge(ctx, std::move(charge));
    }

 private:
    SimulatedProvider simulated_;
};

class PaymentServiceTest : public testing::Test {
 protected:
    PaymentServiceTest() { table_.add(service_, db_.telemetry()); }

    static ::payment::CreatePaymentRequest wanted(std::string token) {
        ::payment::CreatePaymentRequest request;
        request.set_order_id("0190b6a0-0000-7000-8000-000000000001");
        request.set_user_id("0190b6a0-0000-7000-8000-000000000002");
        request.mutable_amount()->set_minor(2500);
        request.mutable_amount()->set_currency("EUR");
        request.set_payment_token(std::move(token));
        return request;
    }
    Result<::payment::Payment> create(const ::payment::CreatePaymentRequest& request) {
        return db_.run(client_.create_payment(db_.context(), request));
    }
    Result<::payment::Payment> get(std::string id) {
        ::payment::GetPaymentRequest request;
        request.set_id(std::move(id));
        return db_.run(client_.get_payment(db_.context(), request));
    }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_{"sqlite::memory:", schema()};
    test::FakeClock clock_;
    Random random_{1};
    FakeProvider provider_;
    PaymentStore store_{db_.database(), db_.telemetry()};
    PaymentService service_{store_, provider_, clock_, random_, db_.telemetry()};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    ::payment::PaymentServiceClient client_{*channel_};
};

TEST_F(PaymentServiceTest, AGoodTokenIsChargedAtOnce) {
    const auto payment = create(wanted("tok_ok"));
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "succeeded");
    EXPECT_EQ(payment->amount().minor(), 2500);
    EXPECT_EQ(payment->captured().minor(), 2500);
    EXPECT_EQ(payment->capturable().minor(), 0);
    EXPECT_EQ(payment->refunded().minor(), 0);
    EXPECT_EQ(payment->attempt(), 1);
    EXPECT_EQ(payment->capture_method(), "automatic");
    EXPECT_EQ(get(payment->id())->SerializeAsString(), payment->SerializeAsString());
}

TEST_F(PaymentServiceTest, AManualPaymentIsOnlyAuthorised) {
    auto request = wanted("tok_ok");
    request.set_capture_method("manual");
    const auto payment = create(request);
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "requires_capture");
    EXPECT_EQ(payment->capturable().minor(), 2500);
    EXPECT_EQ(payment->captured().minor(), 0);
}

TEST_F(PaymentServiceTest, ADeclinedTokenLeavesThePaymentToBeConfirmedAgain) {
    for (const auto& [token, code] : {std::pair{"tok_declined", "card_declined"}, std::pair{"tok_none", "invalid_token"}}) {
        auto request = wanted(token);
        request.set_attempt(provider_.charges.size() + 1);
        const auto payment = create(request);
        ASSERT_TRUE(payment);
        EXPECT_EQ(payment->status(), "requires_confirmation");
        EXPECT_EQ(payment->last_error(), code);
        EXPECT_EQ(payment->captured().minor(), 0);
        EXPECT_EQ(get(payment->id())->SerializeAsString(), payment->SerializeAsString());
    }
}

TEST_F(PaymentServiceTest, WhatTheProviderSaysIsCountedOnceAPayment) {
    auto request = wanted("tok_ok");
    ASSERT_TRUE(create(request));
    ASSERT_TRUE(create(request));
    request = wanted("tok_declined");
    request.set_attempt(2);
    ASSERT_TRUE(create(request));
    std::vector<telemetry::MetricPoint> points;
    db_.telemetry().meter.collect(points);
    std::erase_if(points, [](const auto& point) { return !point.instrument->name.starts_with("shop."); });
    ASSERT_EQ(points.size(), 2u);
    EXPECT_EQ(points[0].instrument, &kPaymentsAuthorized);
    EXPECT_EQ(points[0].value, 1);
    EXPECT_EQ(points[1].instrument, &kPaymentsDeclined);
    EXPECT_EQ(points[1].value, 1);
    const telemetry::MetricAttributes declined{{"error.type", std::string{"card_declined"}}};
    EXPECT_EQ(points[1].attributes, declined);
}

TEST_F(PaymentServiceTest, WithoutATokenTheProviderIsNotAsked) {
    const auto payment = create(wanted(""));
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "requires_confirmation");
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, TheSameAttemptIsOnePayment) {
    const auto first = create(wanted("tok_ok"));
    const auto second = create(wanted("tok_ok"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(provider_.charges.size(), 1u);
}

TEST_F(PaymentServiceTest, TheSameAttemptTwiceAtOnceIsOnePayment) {
    const auto request = wanted("tok_ok");
    const auto answers =
        db_.run(both(client_.create_payment(db_.context(), request), client_.create_payment(db_.context(), request)));
    ASSERT_TRUE(answers.first && answers.second);
    EXPECT_EQ(answers.first->id(), answers.second->id());
    EXPECT_EQ(get(answers.first->id())->captured().minor(), 2500);
}

TEST_F(PaymentServiceTest, AnAttemptCannotBecomeAnotherPayment) {
    ASSERT_TRUE(create(wanted("tok_ok")));
    auto other = wanted("tok_ok");
    other.mutable_amount()->set_minor(2501);
    const auto refused = create(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::already_exists);
    EXPECT_EQ(refused.error().reason(), "PAYMENT_EXISTS");
    other.set_attempt(2);
    EXPECT_TRUE(create(other));
}

TEST_F(PaymentServiceTest, WhatASilentProviderDidIsNotGuessed) {
    provider_.silent = true;
    const auto open = create(wanted("tok_ok"));
    ASSERT_TRUE(open);
    EXPECT_EQ(open->status(), "processing");
    EXPECT_EQ(open->captured().minor(), 0);

    provider_.silent = false;
    const auto settled = create(wanted("tok_ok"));
    ASSERT_TRUE(settled);
    EXPECT_EQ(settled->id(), open->id());
    EXPECT_EQ(settled->status(), "succeeded");
    ASSERT_EQ(provider_.charges.size(), 2u);
    EXPECT_EQ(provider_.charges[0].payment_id, provider_.charges[1].payment_id);
}

TEST_F(PaymentServiceTest, ACardNumberIsRefusedAndNotRepeated) {
    const auto refused = create(wanted("4242 4242 4242 4242"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "CARD_NUMBER_REFUSED");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/payment_token"));
    EXPECT_THAT(refused.error().detail(), testing::Not(testing::HasSubstr("4242")));
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, EveryBadFieldIsNamed) {
    auto request = wanted("tok_ok");
    request.mutable_amount()->set_minor(-1);
    request.set_capture_method("sometimes");
    const auto refused = create(request);
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/amount/minor", "/capture_method"));
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, UnknownAndMalformedIdsAreNotFound) {
    for (const auto* id : {"0190b6a0-0000-7000-8000-000000000000", "none", ""}) {
        EXPECT_EQ(get(id).error().reason(), "PAYMENT_NOT_FOUND") << id;
    }
}

}  // namespace
}  // namespace tw::payment
