#include "services/payment/payment.hpp"

#include <algorithm>
#include <array>

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

TEST(Payment, a_capture_takes_what_was_set_aside_once_the_provider_agreed) {
    auto authorised = payment_in(Status::requires_capture);
    authorised.capturable = euros(500);
    const auto asked = after(authorised, Event::capture, {});
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->status, Status::capturing);
    EXPECT_EQ(asked->capturable, euros(500));
    EXPECT_EQ(asked->captured, euros(0));
    const auto payment = after(*asked, Event::captured, {});
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status, Status::succeeded);
    EXPECT_EQ(payment->capturable, euros(0));
    EXPECT_EQ(payment->captured, euros(500));
}

TEST(Payment, a_void_gives_back_what_was_set_aside_once_the_provider_agreed) {
    auto authorised = payment_in(Status::requires_capture);
    authorised.capturable = euros(500);
    const auto asked = after(authorised, Event::cancel, {});
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->status, Status::voiding);
    EXPECT_EQ(asked->capturable, euros(500));
    const auto payment = after(*asked, Event::voided, {});
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status, Status::canceled);
    EXPECT_EQ(payment->capturable, euros(0));
    EXPECT_EQ(payment->captured, euros(0));
}

TEST(Payment, its_time_of_change_grows_although_the_clock_goes_back) {
    auto payment = payment_in(Status::requires_confirmation);
    payment.updated_at = Timestamp::from_unix_micros(1000);
    payment.reconcile_attempts = 3;
    const auto early = after(payment, Event::submit, Timestamp::from_unix_micros(10));
    ASSERT_TRUE(early);
    EXPECT_EQ(early->updated_at, Timestamp::from_unix_micros(1001));
    EXPECT_EQ(early->reconcile_attempts, 0);
    EXPECT_EQ(after(*early, Event::decline, Timestamp::from_unix_micros(2000))->updated_at, Timestamp::from_unix_micros(2000));
}

TEST(Payment, callers_see_no_status_of_a_question_that_is_under_way) {
    for (const auto status : {Status::capturing, Status::voiding}) {
        EXPECT_TRUE(is_under_way(status));
        EXPECT_TRUE(is_unsettled(status));
        EXPECT_TRUE(is_charging(status));
        EXPECT_EQ(public_status(status), Status::requires_capture);
    }
    EXPECT_TRUE(is_unsettled(Status::processing));
    EXPECT_FALSE(is_unsettled(Status::requires_capture));
    EXPECT_EQ(public_status(Status::processing), Status::processing);
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

constexpr std::array kStatuses{Status::requires_confirmation,
                               Status::requires_action,
                               Status::processing,
                               Status::requires_capture,
                               Status::capturing,
                               Status::voiding,
                               Status::succeeded,
                               Status::canceled,
                               Status::conflicted};
constexpr std::array kEvents{Event::submit,  Event::challenge, Event::resume, Event::authorize, Event::charge, Event::decline,
                             Event::capture, Event::captured,  Event::cancel, Event::voided,    Event::refuse, Event::conflict};

/// Returns a payment with the amounts that this status may have.
Payment usual_payment_in(Status status) {
    auto payment = payment_in(status);
    if (status == Status::requires_capture || is_under_way(status)) payment.capturable = payment.amount;
    if (status == Status::succeeded) payment.captured = payment.amount;
    return payment;
}

TEST(Payment, each_status_allows_exactly_the_events_of_the_table) {
    std::size_t allowed = 0;
    for (const auto status : kStatuses) {
        for (const auto event : kEvents) {
            const auto listed = std::ranges::find_if(
                kTransitions, [&](const auto& transition) { return transition.from == status && transition.event == event; });
            const auto before = usual_payment_in(status);
            const auto payment = after(before, event, Timestamp::from_unix_micros(9));
            ASSERT_EQ(payment.has_value(), listed != kTransitions.end()) << status_name(status) << static_cast<int>(event);
            if (!payment) {
                EXPECT_EQ(payment.error().code(), Code::failed_precondition);
                EXPECT_EQ(payment.error().reason(), "ILLEGAL_TRANSITION");
                continue;
            }
            ++allowed;
            EXPECT_EQ(payment->status, listed->to);
            EXPECT_EQ(payment->version, before.version + 1);
            EXPECT_GT(payment->updated_at, before.updated_at);
            // What was authorised is there as long as nobody has captured or voided it.
            if (listed->to == Status::conflicted) continue;
            EXPECT_EQ(payment->capturable, usual_payment_in(listed->to).capturable);
            EXPECT_EQ(payment->captured, usual_payment_in(listed->to).captured);
        }
    }
    EXPECT_EQ(allowed, kTransitions.size());
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
    EXPECT_EQ(with, charge_key(payment.id.to_string(), token_hash("tok_ok")));
    // SHA-256 of "abc" (FIPS 180-4).
    EXPECT_EQ(token_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Payment, each_capture_and_void_that_is_begun_has_a_key_of_its_own) {
    auto payment = payment_in(Status::requires_capture);
    const auto first = *after(payment, Event::capture, {});
    const auto again = *after(*after(first, Event::refuse, {}), Event::capture, {});
    const auto voiding = *after(payment, Event::cancel, {});
    EXPECT_NE(provider_key(first), provider_key(again));
    EXPECT_NE(provider_key(first), provider_key(voiding));
    EXPECT_EQ(provider_key(first), payment.id.to_string() + "-capturing-2");
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
