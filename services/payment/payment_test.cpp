#include "services/payment/payment.hpp"

#include <gtest/gtest.h>

namespace tw::payment {
namespace {

Money euros(std::int64_t minor) { return Money{minor, *Currency::parse("EUR")}; }

Payment payment_in(Status status) {
    return {.id = {},
            .order_id = {},
            .user_id = {},
            .amount = euros(500),
            .capturable = euros(0),
            .captured = euros(0),
            .refunded = euros(0),
            .status = status};
}

TEST(Payment, an_authorisation_sets_the_whole_amount_aside) {
    const auto payment = after(payment_in(Status::processing), Event::authorize, Timestamp::from_unix_micros(3));
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status, Status::requires_capture);
    EXPECT_EQ(payment->capturable, euros(500));
    EXPECT_EQ(payment->captured, euros(0));
    EXPECT_EQ(payment->version, 2);
}

TEST(Payment, a_capture_takes_what_was_set_aside) {
    auto authorised = payment_in(Status::requires_capture);
    authorised.capturable = euros(500);
    const auto payment = after(authorised, Event::capture, {});
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status, Status::succeeded);
    EXPECT_EQ(payment->capturable, euros(0));
    EXPECT_EQ(payment->captured, euros(500));
}

TEST(Payment, is_never_captured_twice) {
    EXPECT_EQ(next(Status::succeeded, Event::capture), std::nullopt);
    EXPECT_EQ(next(Status::succeeded, Event::charge), std::nullopt);
}

TEST(Payment, a_declined_one_can_be_tried_again) {
    EXPECT_EQ(next(Status::processing, Event::decline), Status::requires_confirmation);
    EXPECT_EQ(next(Status::requires_confirmation, Event::submit), Status::processing);
}

TEST(Payment, while_the_provider_is_asked_it_cannot_be_canceled) {
    EXPECT_EQ(next(Status::processing, Event::cancel), std::nullopt);
}

TEST(Payment, what_has_ended_stays_as_it_is) {
    for (const auto ended : {Status::succeeded, Status::canceled, Status::conflicted}) {
        for (const auto& transition : kTransitions) EXPECT_EQ(next(ended, transition.event), std::nullopt);
    }
}

TEST(Payment, no_transition_is_listed_twice) {
    for (std::size_t i = 0; i < kTransitions.size(); ++i) {
        for (std::size_t j = i + 1; j < kTransitions.size(); ++j) {
            EXPECT_FALSE(kTransitions[i].from == kTransitions[j].from && kTransitions[i].event == kTransitions[j].event);
        }
    }
}

TEST(Payment, an_event_out_of_turn_is_refused) {
    const auto refused = after(payment_in(Status::canceled), Event::submit, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "ILLEGAL_TRANSITION");
}

TEST(Status, has_one_name_each) {
    for (const auto& transition : kTransitions) {
        EXPECT_EQ(parse_status(status_name(transition.from)), transition.from);
        EXPECT_EQ(parse_status(status_name(transition.to)), transition.to);
    }
    for (const auto method : {CaptureMethod::automatic, CaptureMethod::manual}) {
        EXPECT_EQ(parse_capture_method(capture_method_name(method)), method);
    }
}

TEST(CardNumber, is_found_wherever_it_stands) {
    for (const auto* text : {"4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "tok_4242424242424242!",
                             "378282246310005", "my card: 5555 5555 5555 4444, thanks"}) {
        EXPECT_TRUE(has_card_number(text)) << text;
    }
}

TEST(CardNumber, is_not_seen_in_tokens_and_other_numbers) {
    for (const auto* text :
         {"", "tok_ok", "tok_declined", "4242424242424241", "42424242424", "42424242424242424242", "1690000000000"}) {
        EXPECT_FALSE(has_card_number(text)) << text;
    }
}

TEST(Payment, the_provider_knows_a_submission_by_payment_and_token) {
    auto payment = payment_in(Status::processing);
    const auto without = provider_key(payment);
    EXPECT_EQ(without, payment.id.to_string());
    payment.token_hash = token_hash("tok_ok");
    const auto with = provider_key(payment);
    payment.token_hash = token_hash("tok_declined");
    EXPECT_NE(with, without);
    EXPECT_NE(provider_key(payment), with);
    EXPECT_EQ(with.find("tok_ok"), std::string::npos);
    // SHA-256 of "abc" (FIPS 180-4).
    EXPECT_EQ(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Payment, charges_its_order_unless_it_was_not_submitted_declined_or_canceled) {
    for (const auto status :
         {Status::requires_action, Status::processing, Status::requires_capture, Status::succeeded, Status::conflicted}) {
        EXPECT_TRUE(is_charging(status)) << status_name(status);
    }
    EXPECT_FALSE(is_charging(Status::requires_confirmation));
    EXPECT_FALSE(is_charging(Status::canceled));
}

}  // namespace
}  // namespace tw::payment
