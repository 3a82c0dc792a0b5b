#include "services/payment/payment_model.hpp"

#include "kit/testing/failing_database.hpp"
#include "services/payment/payment_service_fixture.hpp"
#include "services/payment/reconciler.hpp"

#include <cstdlib>
#include <map>
#include <set>

// Random operations on payments, with a provider and a database that fail, compared with a model.
namespace tw::payment {
namespace {

using Fault = ModelFaults::Provider;

/// A provider with a memory. It may lose a question, or act and lose the answer.
class RememberingProvider final : public PaymentProvider {
 public:
    Fault fault = Fault::none;
    /// What was authorised and neither captured nor voided, and what was captured, by payment.
    std::map<PaymentId, std::int64_t> held;
    std::map<PaymentId, std::int64_t> taken;

    std::string_view name() const override { return "remembering"; }
    Task<Result<ProviderAnswer>> authorize(const CallContext&, Charge charge) override {
        return act(charge.key, [this, charge] {
            ProviderAnswer answer{.reference = "ref_" + charge.payment_id.to_string(), .decline_code = {}};
            if (charge.token != "tok_ok") answer.decline_code = "card_declined";
            if (charge.token == "tok_ok") (charge.capture ? taken : held)[charge.payment_id] += charge.amount.minor();
            return answer;
        });
    }
    Task<Result<ProviderAnswer>> capture(const CallContext&, Authorization wanted) override {
        return act(wanted.key, [this, wanted] {
            EXPECT_EQ(held[wanted.payment_id], wanted.amount.minor()) << "captured twice, or after a void";
            taken[wanted.payment_id] += std::exchange(held[wanted.payment_id], 0);
            return ProviderAnswer{.reference = wanted.reference, .decline_code = {}};
        });
    }
    Task<Result<ProviderAnswer>> void_authorization(const CallContext&, Authorization wanted) override {
        return act(wanted.key, [this, wanted] {
            EXPECT_EQ(held[wanted.payment_id], wanted.amount.minor()) << "voided twice, or after a capture";
            held[wanted.payment_id] = 0;
            return ProviderAnswer{.reference = wanted.reference, .decline_code = {}};
        });
    }
    Task<Result<std::optional<ProviderAnswer>>> find(const CallContext&, std::string key) override {
        if (fault != Fault::none) co_return deadline_exceeded();
        const auto found = done_.find(key);
        if (found == done_.end()) co_return std::optional<ProviderAnswer>{};
        co_return std::optional{found->second};
    }

 private:
    Task<Result<ProviderAnswer>> act(std::string key, std::function<ProviderAnswer()> action) {
        if (fault == Fault::question_lost) co_return deadline_exceeded();
        auto found = done_.find(key);
        if (found == done_.end()) found = done_.emplace(std::move(key), action()).first;
        if (fault == Fault::answer_lost) co_return deadline_exceeded();
        co_return found->second;
    }

    /// What was done, by idempotency key.
    std::map<std::string, ProviderAnswer> done_;
};

class PaymentModelTest : public testing::TestWithParam<std::string_view> {
 protected:
    static constexpr int kOrders = 4;
    static constexpr int kAttempts = 3;
    /// After so many operations, other orders are used.
    static constexpr int kOperationsOfOrders = 60;

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

    ModelFaults faults() {
        ModelFaults faults;
        if (below(4) == 0) faults.provider = below(2) == 0 ? Fault::question_lost : Fault::answer_lost;
        if (below(4) == 0) faults.write = static_cast<int>(1 + below(3));
        faults.done = below(2) == 0;
        return faults;
    }
    void begin(ModelFaults faults) {
        model_.begin(faults);
        provider_.fault = faults.provider;
        database_.emplace(db_.database());
        if (faults.write > 0) database_->write_error = unavailable("a write failed");
        database_->writes_fail_from = faults.write;
        database_->failures_left = 1;
        database_->done_nevertheless = faults.done;
        store_.emplace(*database_, db_.telemetry());
        service_.emplace(*store_, provider_, clock_, random_, db_.telemetry());
    }
    std::string outcome(Task<Result<::payment::Payment>> call) {
        const auto answer = db_.run(std::move(call));
        return answer ? answer->status() : answer.error().reason();
    }

    std::string create(int order, int attempt, const std::string& token) {
        ::payment::CreatePaymentRequest request;
        request.set_order_id(order_ids_.at(static_cast<std::size_t>(order)));
        request.set_user_id("0190b6a0-0000-7000-8000-000000000002");
        request.set_attempt(attempt);
        request.mutable_amount()->set_minor(2500);
        request.mutable_amount()->set_currency("EUR");
        request.set_capture_method(attempt == 2 ? "automatic" : "manual");
        request.set_payment_token(token);
        return outcome(service_->create_payment(db_.context(), request));
    }
    std::string confirm(const std::string& id, const std::string& token) {
        ::payment::ConfirmPaymentRequest request;
        request.set_id(id);
        request.set_payment_token(token);
        return outcome(service_->confirm_payment(db_.context(), request));
    }
    std::string capture(const std::string& id) {
        ::payment::CapturePaymentRequest request;
        request.set_id(id);
        return outcome(service_->capture_payment(db_.context(), request));
    }
    std::string cancel(const std::string& id) {
        ::payment::CancelPaymentRequest request;
        request.set_id(id);
        return outcome(service_->cancel_payment(db_.context(), request));
    }
    void reconcile() {
        clock_.advance(std::chrono::minutes{61});
        model_.now_seconds += 61 * 60;
        Settlement settlement{*store_, provider_, clock_, db_.telemetry()};
        Reconciler reconciler{db_.loop(), *store_, settlement, clock_, db_.telemetry(), std::chrono::seconds{10}};
        EXPECT_EQ(db_.run(reconciler.round(db_.context())), telemetry::BackgroundLoop::Next::rest);
        model_.reconcile();
    }

    std::optional<Payment> stored(int order, int attempt) {
        PaymentStore store{db_.database(), db_.telemetry()};
        const auto order_id = *OrderId::parse(order_ids_.at(static_cast<std::size_t>(order)));
        return db_.run(store.find_attempt(db_.context(), order_id, attempt)).value();
    }
    /// Runs one operation on both sides. Returns what each said of it.
    std::pair<std::string, std::string> operate(int order, int attempt) {
        static constexpr std::array kTokens{"tok_ok", "tok_ok", "tok_declined", ""};
        clock_.advance(std::chrono::seconds{1});
        ++model_.now_seconds;
        const auto before = stored(order, attempt);
        const auto id = before ? before->id.to_string() : "none";
        auto* modelled = model_.find(order, attempt);
        const auto kind = below(10);
        begin(faults());
        if (kind < 3 || !modelled) {
            const std::string token = kTokens.at(below(kTokens.size()));
            const auto real = create(order, attempt, token);
            return {real, model_.create(order, attempt, attempt != 2, token)};
        }
        if (kind < 5) {
            const std::string token = kTokens.at(below(3));
            const auto real = confirm(id, token);
            return {real, model_.confirm(*modelled, token)};
        }
        if (kind < 7) {
            const auto real = capture(id);
            return {real, model_.capture(*modelled)};
        }
        if (kind < 9) {
            const auto real = cancel(id);
            return {real, model_.cancel(*modelled)};
        }
        begin({.provider = model_.faults.provider});
        reconcile();
        return {};
    }
    /// Compares all payments of the orders in use with the model, and the money with the provider.
    void compare() {
        for (int order = 0; order < kOrders; ++order) {
            std::int64_t money = 0;
            for (int attempt = 1; attempt <= kAttempts; ++attempt) {
                const auto payment = stored(order, attempt);
                const auto* modelled = model_.find(order, attempt);
                ASSERT_EQ(payment.has_value(), modelled != nullptr);
                if (!payment) continue;
                compare_one(*payment, *modelled);
                money += provider_.held[payment->id] + provider_.taken[payment->id];
            }
            EXPECT_LE(money, 2500) << "an order is charged twice";
        }
    }
    void compare_one(const Payment& payment, const ModelPayment& modelled) {
        EXPECT_EQ(status_name(payment.status), status_name(modelled.status));
        EXPECT_EQ(payment.last_error, modelled.last_error);
        EXPECT_EQ(payment.token_hash, modelled.token.empty() ? "" : token_hash(modelled.token));
        EXPECT_EQ(payment.capturable.minor(), modelled.held ? 2500 : 0);
        EXPECT_EQ(payment.captured.minor(), modelled.taken ? 2500 : 0);
        if (is_unsettled(payment.status)) return;
        EXPECT_EQ(provider_.held[payment.id], payment.capturable.minor());
        EXPECT_EQ(provider_.taken[payment.id], payment.captured.minor());
    }
    void use_other_orders() {
        model_ = PaymentModel{};
        order_ids_.clear();
        for (int order = 0; order < kOrders; ++order) order_ids_.push_back(OrderId{random_.uuid_v7(clock_.now())}.to_string());
    }

    test::TemporaryDatabase db_{GetParam(), schema()};
    test::FakeClock clock_;
    Random random_{7};
    RememberingProvider provider_;
    PaymentModel model_;
    std::vector<std::string> order_ids_;
    std::optional<test::FailingDatabase> database_;
    std::optional<PaymentStore> store_;
    std::optional<PaymentService> service_;
};

INSTANTIATE_TEST_SUITE_P(Engines, PaymentModelTest, testing::ValuesIn(test::kDatabases));

/// TW_PAYMENT_OPERATIONS says how many operations there are.
int operations(std::string_view url) {
    const char* const wanted = std::getenv("TW_PAYMENT_OPERATIONS");
    return wanted ? std::atoi(wanted) : url == test::kPostgres ? 1'000 : 5'000;
}

TEST_P(PaymentModelTest, random_operations_do_what_the_model_does) {
    std::set<std::string> outcomes;
    for (int number = 0; number < operations(GetParam()); ++number) {
        if (number % kOperationsOfOrders == 0) {
            // The payments of orders that are left behind are settled first.
            if (number > 0) {
                begin({});
                reconcile();
                compare();
            }
            use_other_orders();
        }
        const auto order = static_cast<int>(below(kOrders));
        const auto attempt = static_cast<int>(1 + below(kAttempts));
        const auto [real, modelled] = operate(order, attempt);
        ASSERT_EQ(real, modelled) << "operation " << number;
        outcomes.insert(real);
        compare();
        ASSERT_FALSE(HasFailure()) << "operation " << number;
    }
    for (const auto* outcome :
         {"requires_confirmation", "processing", "requires_capture", "succeeded", "canceled", "PAYMENT_EXISTS",
          "ORDER_HAS_PAYMENT", "PAYMENT_PROCESSING", "ILLEGAL_TRANSITION", "PROVIDER_UNKNOWN", "UNAVAILABLE"}) {
        EXPECT_TRUE(outcomes.contains(outcome)) << outcome;
    }
}

}  // namespace
}  // namespace tw::payment
