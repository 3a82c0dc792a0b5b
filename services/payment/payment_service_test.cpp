#include "kit/async/combine.hpp"
#include "services/payment/payment_service_fixture.hpp"

namespace tw::payment {
namespace {

TEST_F(PaymentServiceTest, a_good_token_is_charged_at_once) {
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

TEST_F(PaymentServiceTest, a_manual_payment_is_only_authorised) {
    auto request = wanted("tok_ok");
    request.set_capture_method("manual");
    const auto payment = create(request);
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "requires_capture");
    EXPECT_EQ(payment->capturable().minor(), 2500);
    EXPECT_EQ(payment->captured().minor(), 0);
}

TEST_F(PaymentServiceTest, a_declined_token_leaves_the_payment_to_be_confirmed_again) {
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

TEST_F(PaymentServiceTest, what_the_provider_says_is_counted_once_a_payment) {
    auto request = wanted("tok_ok");
    ASSERT_TRUE(create(request));
    ASSERT_TRUE(create(request));
    request = wanted("tok_declined");
    request.set_order_id(kOtherOrder);
    ASSERT_TRUE(create(request));
    std::vector<telemetry::MetricPoint> points;
    db_.telemetry().meter.collect(points);
    std::erase_if(points, [](const auto& point) { return !point.instrument->name.starts_with("shop."); });
    std::erase_if(points, [](const auto& point) { return point.instrument == &kPaymentsConflicted; });
    ASSERT_EQ(points.size(), 2u);
    EXPECT_EQ(points[0].instrument, &kPaymentsAuthorized);
    EXPECT_EQ(points[0].value, 1);
    EXPECT_EQ(points[1].instrument, &kPaymentsDeclined);
    EXPECT_EQ(points[1].value, 1);
    const telemetry::MetricAttributes declined{{"error.type", std::string{"card_declined"}}};
    EXPECT_EQ(points[1].attributes, declined);
}

TEST_F(PaymentServiceTest, without_a_token_the_provider_is_not_asked) {
    const auto payment = create(wanted(""));
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "requires_confirmation");
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, the_same_attempt_is_one_payment) {
    const auto first = create(wanted("tok_ok"));
    const auto second = create(wanted("tok_ok"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
    EXPECT_EQ(provider_.charges.size(), 1u);
}

TEST_F(PaymentServiceTest, the_same_attempt_twice_at_once_is_one_payment) {
    const auto request = wanted("tok_ok");
    const auto answers =
        db_.run(both(client_.create_payment(db_.context(), request), client_.create_payment(db_.context(), request)));
    ASSERT_TRUE(answers.first && answers.second);
    EXPECT_EQ(answers.first->id(), answers.second->id());
    EXPECT_EQ(get(answers.first->id())->captured().minor(), 2500);
}

TEST_F(PaymentServiceTest, an_attempt_cannot_become_another_payment) {
    ASSERT_TRUE(create(wanted("tok_ok")));
    auto other = wanted("tok_ok");
    other.mutable_amount()->set_minor(2501);
    const auto refused = create(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::already_exists);
    EXPECT_EQ(refused.error().reason(), "PAYMENT_EXISTS");
    other.set_order_id(kOtherOrder);
    EXPECT_TRUE(create(other));
}

TEST_F(PaymentServiceTest, what_a_silent_provider_did_is_not_guessed) {
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
    EXPECT_EQ(provider_.charges[0].key, provider_.charges[1].key);
}

TEST_F(PaymentServiceTest, a_card_number_is_refused_and_not_repeated) {
    const auto refused = create(wanted("4242 4242 4242 4242"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::invalid_argument);
    EXPECT_EQ(refused.error().reason(), "CARD_NUMBER_REFUSED");
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/payment_token"));
    EXPECT_THAT(refused.error().detail(), testing::Not(testing::HasSubstr("4242")));
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, every_bad_field_is_named) {
    auto request = wanted("tok_ok");
    request.mutable_amount()->set_minor(-1);
    request.set_capture_method("sometimes");
    const auto refused = create(request);
    ASSERT_FALSE(refused);
    EXPECT_THAT(pointers(refused.error()), testing::ElementsAre("/amount/minor", "/capture_method"));
    EXPECT_THAT(provider_.charges, testing::IsEmpty());
}

TEST_F(PaymentServiceTest, unknown_and_malformed_ids_are_not_found) {
    for (const auto* id : {"0190b6a0-0000-7000-8000-000000000000", "none", ""}) {
        EXPECT_EQ(get(id).error().reason(), "PAYMENT_NOT_FOUND") << id;
    }
}

}  // namespace
}  // namespace tw::payment
