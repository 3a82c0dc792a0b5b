#include "kit/async/combine.hpp"
#include "services/payment/payment_service_fixture.hpp"

namespace tw::payment {
namespace {

/// An authorised payment is captured or voided, never both, and each of them once.
class PaymentConclusionTest : public PaymentServiceTest, public testing::WithParamInterface<std::string_view> {
 protected:
    PaymentConclusionTest() : PaymentServiceTest{GetParam()} {}

    static std::string outcome(const Result<::payment::Payment>& payment) {
        return payment ? payment->status() : payment.error().reason();
    }
    ::payment::Payment processing() {
        auto request = wanted("tok_timeout_then_ok");
        request.set_order_id(kOtherOrder);
        return create(request).value();
    }
    Task<void> capture_meanwhile(std::string id, std::string expected) {
        ::payment::CapturePaymentRequest request;
        request.set_id(std::move(id));
        const auto other = co_await client_.capture_payment(db_.context(), request);
        EXPECT_EQ(outcome(other), expected);
    }
    Task<void> cancel_meanwhile(std::string id, std::string expected) {
        ::payment::CancelPaymentRequest request;
        request.set_id(std::move(id));
        const auto other = co_await client_.cancel_payment(db_.context(), request);
        EXPECT_EQ(outcome(other), expected);
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentConclusionTest, testing::ValuesIn(test::kDatabases));

TEST_P(PaymentConclusionTest, a_capture_takes_the_whole_amount_once) {
    const auto made = authorized();
    const auto captured = capture(made.id());
    ASSERT_TRUE(captured);
    EXPECT_EQ(captured->status(), "succeeded");
    EXPECT_EQ(captured->captured().minor(), 2500);
    EXPECT_EQ(captured->capturable().minor(), 0);
    EXPECT_EQ(capture(made.id())->SerializeAsString(), captured->SerializeAsString());
    ASSERT_EQ(provider_.captures.size(), 1U);
    EXPECT_EQ(provider_.captures[0].amount.minor(), 2500);
    EXPECT_EQ(provider_.captures[0].reference, "sim_" + made.id());
    EXPECT_EQ(outcome(cancel(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_TRUE(provider_.voids.empty());
}

TEST_P(PaymentConclusionTest, a_canceled_payment_gives_the_authorisation_back_once) {
    const auto made = authorized();
    const auto canceled = cancel(made.id(), "out of stock");
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(canceled->capturable().minor(), 0);
    EXPECT_EQ(canceled->cancel_reason(), "out of stock");
    EXPECT_EQ(cancel(made.id(), "again")->SerializeAsString(), canceled->SerializeAsString());
    EXPECT_EQ(provider_.voids.size(), 1U);
    EXPECT_EQ(outcome(capture(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_TRUE(provider_.captures.empty());
    // The order is free for another attempt.
    EXPECT_EQ(create(wanted("tok_ok", 2))->status(), "succeeded");
}

TEST_P(PaymentConclusionTest, the_provider_hears_nothing_of_the_cancel_of_a_payment_that_it_did_not_authorise) {
    const auto made = create(wanted("tok_declined"));
    EXPECT_EQ(outcome(capture(made->id())), "ILLEGAL_TRANSITION");
    const auto canceled = cancel(made->id());
    ASSERT_TRUE(canceled);
    EXPECT_EQ(canceled->status(), "canceled");
    EXPECT_EQ(canceled->last_error(), "card_declined");
    EXPECT_TRUE(provider_.voids.empty());
    EXPECT_EQ(outcome(confirm(made->id(), "tok_ok")), "PAYMENT_EXISTS");
}

TEST_P(PaymentConclusionTest, while_it_is_not_known_whether_a_payment_is_authorised_it_is_neither_captured_nor_canceled) {
    const auto made = processing();
    EXPECT_EQ(made.status(), "processing");
    for (const auto& refused : {capture(made.id()), cancel(made.id())}) {
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), Code::aborted);
        EXPECT_EQ(refused.error().reason(), "PAYMENT_PROCESSING");
        EXPECT_TRUE(refused.error().retryable());
        EXPECT_FALSE(refused.error().outcome_open());
    }
    EXPECT_EQ(get(made.id())->SerializeAsString(), made.SerializeAsString());
}

TEST_P(PaymentConclusionTest, a_question_whose_answer_was_lost_is_asked_again_with_the_same_key) {
    const auto made = authorized();
    provider_.silent = true;
    const auto open = capture(made.id());
    ASSERT_FALSE(open);
    EXPECT_EQ(open.error().code(), Code::unavailable);
    EXPECT_EQ(open.error().reason(), "PROVIDER_UNKNOWN");
    EXPECT_TRUE(open.error().retryable());
    EXPECT_TRUE(open.error().outcome_open());
    EXPECT_EQ(get(made.id())->status(), "requires_capture");
    // The capture is settled before the cancel is refused.
    EXPECT_EQ(outcome(cancel(made.id())), "PROVIDER_UNKNOWN");
    provider_.silent = false;
    EXPECT_EQ(outcome(cancel(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_EQ(get(made.id())->status(), "succeeded");
    EXPECT_TRUE(provider_.voids.empty());
    ASSERT_GE(provider_.captures.size(), 2U);
    for (const auto& asked : provider_.captures) EXPECT_EQ(asked.key, provider_.captures[0].key);
}

TEST_P(PaymentConclusionTest, a_void_that_is_under_way_excludes_a_capture) {
    const auto made = authorized();
    provider_.silent = true;
    EXPECT_EQ(outcome(cancel(made.id())), "PROVIDER_UNKNOWN");
    EXPECT_EQ(outcome(capture(made.id())), "PROVIDER_UNKNOWN");
    provider_.silent = false;
    EXPECT_EQ(outcome(capture(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_EQ(get(made.id())->status(), "canceled");
    EXPECT_TRUE(provider_.captures.empty());
    for (const auto& asked : provider_.voids) EXPECT_EQ(asked.key, provider_.voids[0].key);
}

TEST_P(PaymentConclusionTest, a_refused_capture_leaves_the_authorisation_and_says_why) {
    const auto made = authorized();
    provider_.refusal = "authorization_expired";
    const auto refused = capture(made.id());
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status(), "requires_capture");
    EXPECT_EQ(refused->last_error(), "authorization_expired");
    EXPECT_EQ(refused->capturable().minor(), 2500);
    provider_.refusal.reset();
    const auto captured = capture(made.id());
    ASSERT_TRUE(captured);
    EXPECT_EQ(captured->status(), "succeeded");
    EXPECT_EQ(captured->last_error(), "");
    ASSERT_EQ(provider_.captures.size(), 2U);
    EXPECT_NE(provider_.captures[0].key, provider_.captures[1].key);
}

TEST_P(PaymentConclusionTest, a_void_that_the_provider_refused_while_it_was_under_way_lets_the_capture_go_on) {
    const auto made = authorized();
    provider_.silent = true;
    EXPECT_EQ(outcome(cancel(made.id(), "too late")), "PROVIDER_UNKNOWN");
    provider_.silent = false;
    provider_.refusal = "too_late";
    EXPECT_EQ(outcome(cancel(made.id())), "requires_capture");
    EXPECT_EQ(get(made.id())->last_error(), "too_late");
    provider_.refusal.reset();
    EXPECT_EQ(outcome(capture(made.id())), "succeeded");
    EXPECT_EQ(get(made.id())->cancel_reason(), "");
}

TEST_P(PaymentConclusionTest, two_captures_at_once_are_one) {
    const auto made = authorized();
    ::payment::CapturePaymentRequest request;
    request.set_id(made.id());
    const auto answers =
        db_.run(both(client_.capture_payment(db_.context(), request), client_.capture_payment(db_.context(), request)));
    ASSERT_TRUE(answers.first && answers.second);
    EXPECT_EQ(answers.first->status(), "succeeded");
    EXPECT_EQ(answers.second->SerializeAsString(), answers.first->SerializeAsString());
    for (const auto& asked : provider_.captures) EXPECT_EQ(asked.key, provider_.captures[0].key);
}

TEST_P(PaymentConclusionTest, another_capture_that_is_quicker_has_the_same_outcome) {
    const auto made = authorized();
    provider_.meanwhile = [&](const CallContext&) { return capture_meanwhile(made.id(), "succeeded"); };
    EXPECT_EQ(outcome(capture(made.id())), "succeeded");
    EXPECT_EQ(get(made.id())->version(), made.version() + 2);
}

TEST_P(PaymentConclusionTest, a_cancel_that_comes_while_the_provider_captures_is_refused) {
    const auto made = authorized();
    provider_.meanwhile = [&](const CallContext&) { return cancel_meanwhile(made.id(), "ILLEGAL_TRANSITION"); };
    EXPECT_EQ(outcome(capture(made.id())), "succeeded");
    EXPECT_TRUE(provider_.voids.empty());
}

TEST_P(PaymentConclusionTest, a_capture_that_comes_while_the_provider_voids_is_refused) {
    const auto made = authorized();
    provider_.meanwhile = [&](const CallContext&) { return capture_meanwhile(made.id(), "ILLEGAL_TRANSITION"); };
    EXPECT_EQ(outcome(cancel(made.id())), "canceled");
    EXPECT_TRUE(provider_.captures.empty());
}

TEST_P(PaymentConclusionTest, of_a_capture_and_a_cancel_at_once_one_wins) {
    for (const bool capture_first : {true, false}) {
        auto request = wanted("tok_ok", capture_first ? 1 : 2);
        request.set_order_id(capture_first ? request.order_id() : std::string{kOtherOrder});
        request.set_capture_method("manual");
        const auto made = create(request).value();
        ::payment::CapturePaymentRequest capture;
        ::payment::CancelPaymentRequest cancel;
        capture.set_id(made.id());
        cancel.set_id(made.id());
        auto answers =
            capture_first
                ? db_.run(both(client_.capture_payment(db_.context(), capture), client_.cancel_payment(db_.context(), cancel)))
                : db_.run(both(client_.cancel_payment(db_.context(), cancel), client_.capture_payment(db_.context(), capture)));
        ASSERT_NE(answers.first.has_value(), answers.second.has_value());
        const auto& refused = answers.first ? answers.second : answers.first;
        EXPECT_EQ(refused.error().reason(), "ILLEGAL_TRANSITION");
        const bool captured =
            std::ranges::any_of(provider_.captures, [&](const auto& asked) { return asked.payment_id.to_string() == made.id(); });
        const bool voided =
            std::ranges::any_of(provider_.voids, [&](const auto& asked) { return asked.payment_id.to_string() == made.id(); });
        EXPECT_NE(captured, voided);
        EXPECT_EQ(get(made.id())->status(), captured ? "succeeded" : "canceled");
    }
}

TEST_P(PaymentConclusionTest, a_provider_that_captured_another_amount_makes_the_payment_conflicted) {
    const auto made = authorized();
    provider_.amount = Money{2501, *Currency::parse("EUR")};
    EXPECT_EQ(outcome(capture(made.id())), "conflicted");
    EXPECT_EQ(outcome(capture(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_EQ(outcome(cancel(made.id())), "ILLEGAL_TRANSITION");
    EXPECT_EQ(create(wanted("tok_ok", 2)).error().reason(), "ORDER_HAS_PAYMENT");
}

TEST_P(PaymentConclusionTest, a_waiting_payment_is_confirmed_by_its_id) {
    const auto made = create(wanted(""));
    EXPECT_EQ(outcome(confirm(made->id(), "tok_declined")), "requires_confirmation");
    EXPECT_EQ(get(made->id())->last_error(), "card_declined");
    EXPECT_EQ(outcome(confirm(made->id(), "tok_insufficient_funds")), "requires_confirmation");
    EXPECT_EQ(get(made->id())->last_error(), "insufficient_funds");
    const auto paid = confirm(made->id(), "tok_ok");
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->status(), "succeeded");
    EXPECT_EQ(confirm(made->id(), "tok_ok")->SerializeAsString(), paid->SerializeAsString());
    EXPECT_EQ(outcome(confirm(made->id(), "tok_declined")), "PAYMENT_EXISTS");
    EXPECT_EQ(provider_.charges.size(), 3U);
}

TEST_P(PaymentConclusionTest, a_confirmation_whose_outcome_is_unknown_is_processing) {
    const auto made = create(wanted(""));
    EXPECT_EQ(outcome(confirm(made->id(), "tok_timeout_then_ok")), "processing");
    EXPECT_EQ(outcome(confirm(made->id(), "tok_timeout_then_ok")), "processing");
    EXPECT_EQ(outcome(confirm(made->id(), "tok_ok")), "PAYMENT_EXISTS");
}

TEST_P(PaymentConclusionTest, only_one_attempt_of_an_order_is_confirmed) {
    const auto first = create(wanted("", 1));
    const auto second = create(wanted("", 2));
    EXPECT_EQ(outcome(confirm(first->id(), "tok_ok")), "succeeded");
    EXPECT_EQ(outcome(confirm(second->id(), "tok_ok")), "ORDER_HAS_PAYMENT");
}

TEST_P(PaymentConclusionTest, a_card_number_is_refused_in_every_text) {
    const auto made = authorized();
    EXPECT_EQ(pointers(confirm(made.id(), "４２４２４２４２４２４２４２４２").error()),
              std::vector<std::string>{"/payment_token"});
    EXPECT_EQ(pointers(cancel(made.id(), "card 4242.4242.4242.4242").error()), std::vector<std::string>{"/reason"});
    EXPECT_EQ(get(made.id())->SerializeAsString(), made.SerializeAsString());
}

TEST_P(PaymentConclusionTest, unknown_and_malformed_ids_of_payments_are_not_found) {
    for (const auto* id : {"0190b6a0-0000-7000-8000-000000000000", "none", ""}) {
        EXPECT_EQ(confirm(id, "tok_ok").error().reason(), "PAYMENT_NOT_FOUND") << id;
        EXPECT_EQ(capture(id).error().reason(), "PAYMENT_NOT_FOUND") << id;
        EXPECT_EQ(cancel(id).error().reason(), "PAYMENT_NOT_FOUND") << id;
    }
    EXPECT_EQ(confirm("none", "").error().reason(), "INVALID_FIELD");
}

TEST_P(PaymentConclusionTest, payments_are_listed_page_by_page_of_an_order_and_of_a_status) {
    const auto list = [&](const ::payment::ListPaymentsRequest& request) {
        return db_.run(client_.list_payments(db_.context(), request)).value();
    };
    std::vector<std::string> ids;
    for (int attempt = 1; attempt <= 3; ++attempt) ids.push_back(create(wanted("tok_declined", attempt))->id());
    const auto made = processing();
    ::payment::ListPaymentsRequest request;
    EXPECT_EQ(list(request).payments_size(), 4);
    request.set_order_id(wanted("").order_id());
    request.set_page_size(2);
    auto page = list(request);
    ASSERT_EQ(page.payments_size(), 2);
    EXPECT_EQ(page.payments(0).id(), ids[0]);
    request.set_page_token(page.next_page_token());
    page = list(request);
    ASSERT_EQ(page.payments_size(), 1);
    EXPECT_EQ(page.payments(0).id(), ids[2]);
    EXPECT_EQ(page.next_page_token(), "");
    request.clear_page_token();
    request.set_newest_first(true);
    page = list(request);
    ASSERT_EQ(page.payments_size(), 2);
    EXPECT_EQ(page.payments(0).id(), ids[2]);
    EXPECT_EQ(page.payments(1).id(), ids[1]);
    request.set_page_token(page.next_page_token());
    page = list(request);
    ASSERT_EQ(page.payments_size(), 1);
    EXPECT_EQ(page.payments(0).id(), ids[0]);
    request.clear_page_token();
    request.clear_order_id();
    EXPECT_EQ(list(request).payments(0).id(), made.id());

    ::payment::ListPaymentsRequest of_status;
    of_status.set_status("processing");
    ASSERT_EQ(list(of_status).payments_size(), 1);
    EXPECT_EQ(list(of_status).payments(0).SerializeAsString(), made.SerializeAsString());
    of_status.set_order_id(wanted("").order_id());
    EXPECT_EQ(list(of_status).payments_size(), 0);
    of_status.set_order_id("none");
    EXPECT_EQ(list(of_status).payments_size(), 0);
    of_status.set_status("capturing");
    EXPECT_EQ(db_.run(client_.list_payments(db_.context(), of_status)).error().reason(), "INVALID_FIELD");
}

}  // namespace
}  // namespace tw::payment
