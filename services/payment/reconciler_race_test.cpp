#include "services/payment/reconciler_fixture.hpp"

// The reconciler at the same time as callers and other reconcilers, and with lost commits.
namespace tw::payment {
namespace {

using namespace std::chrono_literals;

class ReconcilerRaceTest : public ReconcilerTest {};

INSTANTIATE_TEST_SUITE_P(Engines, ReconcilerRaceTest, testing::ValuesIn(test::kDatabases));

TEST_P(ReconcilerRaceTest, a_charge_that_is_answered_after_it_was_taken_for_never_asked_makes_the_payment_conflicted) {
    provider_.meanwhile = [&](const CallContext& ctx) -> Task<void> {
        // This process is stopped for a long time before the question leaves it.
        provider_.knows_nothing = true;
        clock_.advance(11min);
        co_await replica_.reconciler.round(ctx);
        provider_.knows_nothing = false;
    };
    const auto made = create(wanted("tok_ok"));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->status(), "conflicted");
    EXPECT_EQ(status(*made), "conflicted");
    EXPECT_EQ(metrics()["shop.payments.conflicted"], 1);
    EXPECT_EQ(create(wanted("tok_ok", 2)).error().reason(), "ORDER_HAS_PAYMENT");
}

TEST_P(ReconcilerRaceTest, a_late_charge_that_the_payment_cannot_show_is_an_error_whose_outcome_is_open) {
    for (const bool paid_again : {true, false}) {
        auto request = wanted("tok_ok");
        request.set_order_id(paid_again ? request.order_id() : std::string{kOtherOrder});
        request.set_payment_token("");
        const auto made = create(request).value();
        provider_.meanwhile = [&](const CallContext& ctx) -> Task<void> {
            provider_.knows_nothing = true;
            clock_.advance(11min);
            co_await replica_.reconciler.round(ctx);
            provider_.knows_nothing = false;
            auto other = paid_again ? confirm_meanwhile(made.id(), "tok_timeout_then_ok") : cancel_meanwhile(made.id());
            co_await std::move(other);
        };
        const auto late = confirm(made.id(), "tok_ok");
        ASSERT_FALSE(late);
        EXPECT_EQ(late.error().reason(), paid_again ? "PAYMENT_EXISTS" : "ILLEGAL_TRANSITION");
        EXPECT_TRUE(late.error().outcome_open());
        EXPECT_EQ(status(made), paid_again ? "processing" : "canceled");
    }
}

TEST_P(ReconcilerRaceTest, of_two_replicas_one_asks) {
    ASSERT_TRUE(create(wanted("tok_timeout_then_ok")));
    provider_.silent = true;
    Replica other{db_, provider_, clock_};
    clock_.advance(10s);
    round();
    round(other);
    EXPECT_EQ(metrics()["shop.payments.reconciled unknown"], 1);
    provider_.silent = false;
    provider_.meanwhile = [&](const CallContext& ctx) -> Task<void> { co_await other.reconciler.round(ctx); };
    round_after(10s);
    EXPECT_EQ(metrics()["shop.payments.reconciled succeeded"], 1);
    EXPECT_EQ(metrics()["shop.payments.authorized"], 1);
}

TEST_P(ReconcilerRaceTest, a_confirmation_that_is_answered_while_the_reconciler_asks_is_stored_once) {
    provider_.silent = true;
    const auto made = create(wanted("tok_ok")).value();
    provider_.silent = false;
    clock_.advance(10s);
    provider_.meanwhile = [&](const CallContext&) -> Task<void> {
        ::payment::ConfirmPaymentRequest request;
        request.set_id(made.id());
        request.set_payment_token("tok_ok");
        const auto confirmed = co_await client_.confirm_payment(db_.context(), request);
        EXPECT_EQ(confirmed->status(), "succeeded");
    };
    round();
    EXPECT_EQ(status(made), "succeeded");
    EXPECT_EQ(get(made.id())->version(), made.version() + 1);
    EXPECT_EQ(metrics()["shop.payments.authorized"], 1);
}

TEST_P(ReconcilerRaceTest, a_reconciler_that_settles_while_a_confirmation_is_answered_stores_it_once) {
    const auto made = create(wanted("")).value();
    provider_.meanwhile = [&](const CallContext& ctx) -> Task<void> {
        clock_.advance(10s);
        co_await replica_.reconciler.round(ctx);
    };
    const auto confirmed = confirm(made.id(), "tok_ok");
    ASSERT_TRUE(confirmed);
    EXPECT_EQ(confirmed->status(), "succeeded");
    EXPECT_EQ(confirmed->version(), made.version() + 2);
    EXPECT_EQ(metrics()["shop.payments.authorized"], 1);
}

TEST_P(ReconcilerRaceTest, an_answer_whose_commit_was_not_acknowledged_is_stored_once) {
    for (const bool done : {true, false}) {
        auto request = wanted("tok_timeout_then_ok");
        request.set_order_id(done ? request.order_id() : std::string{kOtherOrder});
        const auto made = create(request).value();
        Replica other{db_, provider_, clock_};
        other.database.write_error = unavailable("the answer to the commit was lost");
        // The first write claims the question.
        other.database.writes_fail_from = 2;
        other.database.failures_left = 1;
        other.database.done_nevertheless = done;
        clock_.advance(10s);
        round(other);
        EXPECT_EQ(status(made), done ? "succeeded" : "processing");
        clock_.advance(10s);
        round(other);
        EXPECT_EQ(status(made), "succeeded");
        EXPECT_EQ(get(made.id())->version(), made.version() + 1);
    }
}

}  // namespace
}  // namespace tw::payment
