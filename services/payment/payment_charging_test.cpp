#include "kit/async/combine.hpp"
#include "services/payment/payment_service_fixture.hpp"

#include <algorithm>
#include <span>

namespace tw::payment {
namespace {

constexpr sql::Statement kSetStatus{.summary = "UPDATE payments",
                                    .text = "UPDATE payments SET status = $2, version = version + 1 WHERE id = $1"};
constexpr sql::Statement kForgetHash{.summary = "UPDATE payments", .text = "UPDATE payments SET token_hash = '' WHERE id = $1"};

/// An order is charged once, whichever calls are made and in whichever order.
class PaymentChargingTest : public PaymentServiceTest, public testing::WithParamInterface<std::string_view> {
 protected:
    PaymentChargingTest() : PaymentServiceTest{GetParam()} {}

    std::string status_of(const ::payment::CreatePaymentRequest& request) {
        const auto payment = create(request);
        return payment ? payment->status() : payment.error().reason();
    }
    template <class... Args>
    void write(const sql::Statement& statement, Args... arguments) {
        sql::Unit unit;
        unit.add_one_row(statement, std::move(arguments)...);
        ASSERT_TRUE(db_.run(db_.database().write(db_.context(), std::move(unit))));
    }
    /// Returns how many different charges the provider was asked for.
    std::size_t charges() const {
        std::vector<std::string> keys;
        for (const auto& charge : provider_.charges) keys.push_back(charge.key);
        std::ranges::sort(keys);
        return static_cast<std::size_t>(std::ranges::unique(keys).begin() - keys.begin());
    }
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentChargingTest, testing::ValuesIn(test::kDatabases));

TEST_P(PaymentChargingTest, an_order_that_was_paid_is_charged_by_no_other_attempt) {
    EXPECT_EQ(status_of(wanted("tok_ok", 1)), "succeeded");
    for (int attempt = 2; attempt < 10; ++attempt) {
        const auto refused = create(wanted("tok_ok", attempt));
        ASSERT_FALSE(refused) << attempt;
        EXPECT_EQ(refused.error().code(), Code::already_exists);
        EXPECT_EQ(refused.error().reason(), "ORDER_HAS_PAYMENT");
        EXPECT_FALSE(refused.error().retryable());
    }
    EXPECT_EQ(provider_.charges.size(), 1U);
    // The order gets no other payment either, since it could never be confirmed.
    EXPECT_EQ(status_of(wanted("", 2)), "ORDER_HAS_PAYMENT");
    EXPECT_EQ(status_of(wanted("tok_ok", 1)), "succeeded");
}

TEST_P(PaymentChargingTest, an_order_whose_payment_waits_for_capture_or_for_the_provider_is_charged_by_no_other_attempt) {
    auto manual = wanted("tok_ok", 1);
    manual.set_capture_method("manual");
    EXPECT_EQ(status_of(manual), "requires_capture");
    EXPECT_EQ(status_of(wanted("tok_ok", 2)), "ORDER_HAS_PAYMENT");

    provider_.silent = true;
    auto open = wanted("tok_ok", 1);
    open.set_order_id(kOtherOrder);
    EXPECT_EQ(status_of(open), "processing");
    auto next = open;
    next.set_attempt(2);
    EXPECT_EQ(status_of(next), "ORDER_HAS_PAYMENT");
    EXPECT_EQ(charges(), 2U);
}

TEST_P(PaymentChargingTest, after_a_decline_or_a_cancel_another_attempt_may_charge) {
    EXPECT_EQ(status_of(wanted("tok_declined", 1)), "requires_confirmation");
    EXPECT_EQ(status_of(wanted("", 2)), "requires_confirmation");
    const auto canceled = create(wanted("", 3));
    ASSERT_TRUE(canceled);
    write(kSetStatus, canceled->id(), "canceled");
    EXPECT_EQ(status_of(wanted("tok_ok", 4)), "succeeded");
    // Attempts that were stored before can charge no more.
    EXPECT_EQ(status_of(wanted("tok_ok", 1)), "ORDER_HAS_PAYMENT");
    EXPECT_EQ(status_of(wanted("tok_ok", 2)), "ORDER_HAS_PAYMENT");
    EXPECT_EQ(status_of(wanted("tok_ok", 3)), "PAYMENT_EXISTS");
    EXPECT_EQ(charges(), 2U);
}

TEST_P(PaymentChargingTest, a_token_that_was_missing_at_first_is_charged_when_it_comes) {
    const auto waiting = create(wanted("", 1));
    ASSERT_TRUE(waiting);
    const auto paid = create(wanted("tok_ok", 1));
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->id(), waiting->id());
    EXPECT_EQ(paid->status(), "succeeded");
    EXPECT_EQ(paid->captured().minor(), 2500);
    EXPECT_EQ(get(paid->id())->SerializeAsString(), paid->SerializeAsString());
    // Without a token the call asks for no money, and returns the stored payment.
    EXPECT_EQ(status_of(wanted("", 1)), "succeeded");
    EXPECT_EQ(provider_.charges.size(), 1U);
}

TEST_P(PaymentChargingTest, a_declined_attempt_is_charged_by_another_token_and_not_twice_by_the_same_one) {
    EXPECT_EQ(status_of(wanted("tok_declined", 1)), "requires_confirmation");
    EXPECT_EQ(create(wanted("tok_declined", 1))->last_error(), "card_declined");
    EXPECT_EQ(provider_.charges.size(), 1U);
    const auto paid = create(wanted("tok_ok", 1));
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->status(), "succeeded");
    EXPECT_EQ(paid->last_error(), "");
    EXPECT_EQ(charges(), 2U);
}

TEST_P(PaymentChargingTest, an_attempt_that_was_charged_by_one_token_refuses_another) {
    EXPECT_EQ(status_of(wanted("tok_ok", 1)), "succeeded");
    EXPECT_EQ(status_of(wanted("tok_declined", 1)), "PAYMENT_EXISTS");

    provider_.silent = true;
    auto open = wanted("tok_ok");
    open.set_order_id(kOtherOrder);
    EXPECT_EQ(status_of(open), "processing");
    provider_.silent = false;
    auto other = open;
    other.set_payment_token("tok_declined");
    EXPECT_EQ(status_of(other), "PAYMENT_EXISTS");
    EXPECT_EQ(status_of(open), "succeeded");
    EXPECT_EQ(charges(), 2U);
}

TEST_P(PaymentChargingTest, a_payment_from_before_tokens_were_remembered_answers_as_it_is) {
    const auto paid = create(wanted("tok_ok", 1));
    ASSERT_TRUE(paid);
    write(kForgetHash, paid->id());
    EXPECT_EQ(status_of(wanted("tok_ok", 1)), "succeeded");
    EXPECT_EQ(provider_.charges.size(), 1U);
}

TEST_P(PaymentChargingTest, of_two_attempts_at_once_one_charges) {
    const auto first = wanted("tok_ok", 1);
    const auto second = wanted("tok_ok", 2);
    const auto answers =
        db_.run(both(client_.create_payment(db_.context(), first), client_.create_payment(db_.context(), second)));
    ASSERT_NE(answers.first.has_value(), answers.second.has_value());
    const auto& refused = answers.first ? answers.second : answers.first;
    EXPECT_EQ(refused.error().reason(), "ORDER_HAS_PAYMENT");
    EXPECT_EQ(charges(), 1U);
}

TEST_P(PaymentChargingTest, a_token_that_comes_twice_at_once_for_a_waiting_attempt_is_charged_once) {
    ASSERT_TRUE(create(wanted("", 1)));
    const auto request = wanted("tok_ok", 1);
    const auto answers =
        db_.run(both(client_.create_payment(db_.context(), request), client_.create_payment(db_.context(), request)));
    ASSERT_TRUE(answers.first && answers.second);
    EXPECT_EQ(answers.first->captured().minor(), 2500);
    EXPECT_EQ(answers.second->id(), answers.first->id());
    EXPECT_EQ(charges(), 1U);
}

TEST_P(PaymentChargingTest, a_call_that_finds_the_answer_written_down_by_another_tells_that) {
    const auto request = wanted("tok_ok", 1);
    provider_.meanwhile = [&](const CallContext&) -> Task<void> {
        // The other call asks the provider too, and is the first to store its answer.
        const auto other = co_await client_.create_payment(db_.context(), request);
        EXPECT_EQ(other->status(), "succeeded");
    };
    const auto payment = create(request);
    ASSERT_TRUE(payment);
    EXPECT_EQ(payment->status(), "succeeded");
    EXPECT_EQ(payment->version(), 2);
    EXPECT_EQ(charges(), 1U);
}

/// Migrates a database to the schema's first version, fills it, and migrates it to the last one.
TEST_P(PaymentChargingTest, orders_that_were_charged_several_times_before_keep_their_payments_and_get_no_more) {
    const auto& last = schema();
    const sql::Schema first{.name = last.name, .sqlite = last.sqlite.first(1), .postgres = last.postgres.first(1)};
    test::TemporaryDatabase old{GetParam(), first};
    constexpr sql::Statement kInsertOld{
        .summary = "INSERT payments",
        .text =
            "INSERT INTO payments (id, order_id, attempt, user_id, currency, amount_minor, capturable_minor, captured_minor, "
            "refunded_minor, status, capture_method, provider, provider_ref, last_error, created_at, updated_at, version) "
            "VALUES ($1, '0190b6a0-0000-7000-8000-000000000001', $2, '0190b6a0-0000-7000-8000-000000000002', 'EUR', 2500, 0, "
            "2500, 0, 'succeeded', 'automatic', 'simulated', '', '', $3, $3, 2)"};
    for (int attempt = 1; attempt < 4; ++attempt) {
        sql::Unit unit;
        unit.add(kInsertOld, PaymentId{random_.uuid_v7(clock_.now())}, attempt, clock_.now());
        ASSERT_TRUE(old.run(old.database().write(old.context(), std::move(unit))));
    }
    ASSERT_TRUE(old.store().migrate(last));

    PaymentStore store{old.database(), old.telemetry()};
    const auto order = *OrderId::parse("0190b6a0-0000-7000-8000-000000000001");
    for (int attempt = 1; attempt < 4; ++attempt) {
        EXPECT_TRUE(old.run(store.find_attempt(old.context(), order, attempt))->has_value());
    }
    EXPECT_EQ((*old.run(store.find_charging(old.context(), order)))->attempt, 1);
    auto next = **old.run(store.find_attempt(old.context(), order, 1));
    next.id = PaymentId{random_.uuid_v7(clock_.now())};
    next.attempt = 4;
    EXPECT_EQ(old.run(store.insert(old.context(), next, "simulated")).error().reason(), "ORDER_CHARGED");
}

}  // namespace
}  // namespace tw::payment
