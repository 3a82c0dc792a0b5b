#include "kit/async/sleep.hpp"
#include "services/payment/reconciler_fixture.hpp"

#include <algorithm>

namespace tw::payment {
namespace {

using namespace std::chrono_literals;
using Next = telemetry::BackgroundLoop::Next;

INSTANTIATE_TEST_SUITE_P(Engines, ReconcilerTest, testing::ValuesIn(test::kDatabases));

TEST_P(ReconcilerTest, asks_about_a_payment_that_has_been_processing_for_ten_seconds) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    EXPECT_EQ(made.status(), "processing");
    round_after(9s);
    EXPECT_EQ(status(made), "processing");
    round_after(1s);
    const auto settled = get(made.id());
    EXPECT_EQ(settled->status(), "succeeded");
    EXPECT_EQ(settled->captured().minor(), 2500);
    EXPECT_EQ(create(wanted("tok_timeout_then_ok"))->SerializeAsString(), settled->SerializeAsString());
    EXPECT_EQ(metrics()["shop.payments.reconciled succeeded"], 1);
    EXPECT_EQ(metrics()["shop.payments.authorized"], 1);
}

TEST_P(ReconcilerTest, stores_that_the_provider_declined_or_only_authorised) {
    const auto declined = create(wanted("tok_timeout_then_declined")).value();
    auto request = wanted("tok_timeout_then_ok");
    request.set_order_id(kOtherOrder);
    request.set_capture_method("manual");
    const auto manual = create(request).value();
    round_after(10s);
    EXPECT_EQ(status(declined), "requires_confirmation");
    EXPECT_EQ(get(declined.id())->last_error(), "card_declined");
    EXPECT_EQ(status(manual), "requires_capture");
    EXPECT_EQ(capture(manual.id())->status(), "succeeded");
    EXPECT_EQ(provider_.captures.at(0).reference, "sim_" + manual.id());
}

TEST_P(ReconcilerTest, counts_what_is_unsettled_and_how_long_it_has_been_so) {
    round();
    EXPECT_EQ(metrics()["shop.payments.unsettled"], 0);
    EXPECT_EQ(metrics()["shop.payments.unsettled.age"], 0);
    ASSERT_TRUE(create(wanted("tok_timeout_then_ok")));
    provider_.silent = true;
    round_after(25s);
    EXPECT_EQ(metrics()["shop.payments.unsettled"], 1);
    EXPECT_EQ(metrics()["shop.payments.unsettled.age"], 25);
    EXPECT_EQ(metrics()["shop.payments.reconciled unknown"], 1);
    provider_.silent = false;
    round_after(20s);
    round();
    EXPECT_EQ(metrics()["shop.payments.unsettled"], 0);
}

TEST_P(ReconcilerTest, asks_less_and_less_often_and_at_least_hourly) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    provider_.silent = true;
    std::vector<std::int64_t> asked;
    const auto begin = clock_.now();
    for (double before = 0; asked.size() < 12; clock_.advance(5s)) {
        round();
        const auto now = metrics()["shop.payments.reconciled unknown"];
        if (now > before) asked.push_back((clock_.now() - begin).count() / 1'000'000);
        before = now;
    }
    EXPECT_EQ(asked, (std::vector<std::int64_t>{10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 8720, 12320}));
    // A change begins anew: the capture that comes later is asked about soon.
    provider_.silent = false;
    round_after(1h);
    EXPECT_EQ(status(made), "succeeded");
}

TEST_P(ReconcilerTest, carries_out_a_capture_that_was_left_under_way) {
    const auto made = left_under_way(true);
    round_after(9s);
    EXPECT_EQ(status(made), "requires_capture");
    round_after(1s);
    EXPECT_EQ(status(made), "succeeded");
    EXPECT_EQ(provider_.captures.back().key, provider_.captures.front().key);
}

TEST_P(ReconcilerTest, carries_out_a_void_that_was_left_under_way) {
    const auto made = left_under_way(false);
    round_after(10s);
    EXPECT_EQ(status(made), "canceled");
    EXPECT_EQ(provider_.voids.back().key, provider_.voids.front().key);
}

TEST_P(ReconcilerTest, a_payment_that_the_provider_has_never_seen_is_declined_after_ten_minutes) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    provider_.knows_nothing = true;
    for (auto time = 0s; time < 600s; time += 10s) {
        round();
        ASSERT_EQ(status(made), "processing") << time.count();
        clock_.advance(10s);
    }
    // The questions come at 10, 20, 40, 80, 160, 320 and 640 seconds.
    round_after(40s);
    EXPECT_EQ(status(made), "requires_confirmation");
    EXPECT_EQ(get(made.id())->last_error(), "not_received");
    EXPECT_EQ(metrics()["shop.payments.reconciled not_received"], 1);
    // The order may be paid again, by this attempt with another token or by the next attempt.
    EXPECT_EQ(confirm(made.id(), "tok_ok")->status(), "succeeded");
}

TEST_P(ReconcilerTest, long_before_that_nobody_asks_the_provider_for_the_money_any_more) {
    provider_.silent = true;
    const auto made = create(wanted("tok_ok")).value();
    EXPECT_EQ(provider_.charges.size(), 1U);
    clock_.advance(299s);
    EXPECT_EQ(create(wanted("tok_ok"))->status(), "processing");
    EXPECT_EQ(provider_.charges.size(), 2U);
    clock_.advance(1s);
    EXPECT_EQ(create(wanted("tok_ok"))->status(), "processing");
    EXPECT_EQ(confirm(made.id(), "tok_ok")->status(), "processing");
    EXPECT_EQ(provider_.charges.size(), 2U);
}

TEST_P(ReconcilerTest, another_amount_is_a_conflict_that_no_machine_changes) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    provider_.amount = Money{2499, *Currency::parse("EUR")};
    round_after(10s);
    const auto conflicted = get(made.id());
    EXPECT_EQ(conflicted->status(), "conflicted");
    EXPECT_EQ(conflicted->captured().minor(), 0);
    EXPECT_EQ(metrics()["shop.payments.reconciled conflicted"], 1);
    EXPECT_EQ(metrics()["shop.payments.conflicted"], 1);
    provider_.amount.reset();
    round_after(2h);
    EXPECT_EQ(capture(made.id()).error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(cancel(made.id()).error().reason(), "ILLEGAL_TRANSITION");
    EXPECT_EQ(confirm(made.id(), "tok_ok").error().reason(), "PAYMENT_EXISTS");
    EXPECT_EQ(get(made.id())->SerializeAsString(), conflicted->SerializeAsString());
}

TEST_P(ReconcilerTest, a_round_without_a_database_is_tried_again_later) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    clock_.advance(10s);
    replica_.database.read_error = unavailable("the database cannot be reached now");
    EXPECT_EQ(round(), Next::rest);
    replica_.database.read_error.reset();
    replica_.database.write_error = unavailable("the database cannot be reached now");
    EXPECT_EQ(round(), Next::rest);
    EXPECT_EQ(status(made), "processing");
    replica_.database.write_error.reset();
    round();
    EXPECT_EQ(status(made), "succeeded");
}

TEST_P(ReconcilerTest, what_is_more_than_one_round_takes_goes_on_at_once) {
    for (int i = 0; i < Reconciler::kRoundMax + 1; ++i) {
        auto request = wanted("tok_timeout_then_ok");
        request.set_order_id(OrderId{random_.uuid_v7(clock_.now())}.to_string());
        ASSERT_TRUE(create(request));
    }
    EXPECT_EQ(round_after(10s), Next::at_once);
    EXPECT_EQ(round(), Next::rest);
    EXPECT_EQ(metrics()["shop.payments.reconciled succeeded"], Reconciler::kRoundMax + 1);
}

/// A provider whose answers take a while. It counts the questions that it has at the same time.
class SlowProvider final : public PaymentProvider {
 public:
    int questions_max = 0;

    std::string_view name() const override { return "slow"; }
    Task<Result<ProviderAnswer>> authorize(const CallContext& ctx, Charge charge) override {
        return simulated_.authorize(ctx, std::move(charge));
    }
    Task<Result<ProviderAnswer>> capture(const CallContext& ctx, Authorization wanted) override {
        return simulated_.capture(ctx, std::move(wanted));
    }
    Task<Result<ProviderAnswer>> void_authorization(const CallContext& ctx, Authorization wanted) override {
        return simulated_.void_authorization(ctx, std::move(wanted));
    }
    Task<Result<std::optional<ProviderAnswer>>> find(const CallContext& ctx, std::string key) override {
        questions_max = std::max(questions_max, ++questions_);
        static_cast<void>(co_await sleep_for(ctx, 20ms));
        --questions_;
        co_return co_await simulated_.find(ctx, std::move(key));
    }

 private:
    int questions_ = 0;
    SimulatedProvider simulated_;
};

TEST_P(ReconcilerTest, asks_about_several_payments_at_the_same_time) {
    for (int i = 0; i < 20; ++i) {
        auto request = wanted("tok_timeout_then_ok");
        request.set_order_id(OrderId{random_.uuid_v7(clock_.now())}.to_string());
        ASSERT_TRUE(create(request));
    }
    SlowProvider slow;
    Replica replica{db_, slow, clock_};
    clock_.advance(10s);
    EXPECT_EQ(round(replica), Next::rest);
    EXPECT_EQ(slow.questions_max, static_cast<int>(Reconciler::kQuestionsAtOnce));
    EXPECT_EQ(metrics()["shop.payments.reconciled succeeded"], 20);
}

TEST_P(ReconcilerTest, works_in_the_background_until_it_is_stopped) {
    const auto made = create(wanted("tok_timeout_then_ok")).value();
    clock_.advance(10s);
    EXPECT_EQ(db_.run(run_until_settled(made.id())), "succeeded");
}

}  // namespace
}  // namespace tw::payment
