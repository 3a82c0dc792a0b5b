#pragma once

#include "kit/rpc/make_local_channel.hpp"
#include "kit/testing/fake_clock.hpp"
#include "kit/testing/temporary_database.hpp"
#include "services/payment/payment_service.hpp"
#include "services/payment/schema.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::payment {

/// A simulated provider that counts its calls. A test can make it give no answers.
class FakeProvider final : public PaymentProvider {
 public:
    bool silent = false;
    /// The amount that answers name, if they name one.
    std::optional<Money> amount;
    /// Why captures and voids are refused, if they are.
    std::optional<std::string> refusal;
    /// Whether `find` knows of no charge.
    bool knows_nothing = false;
    std::vector<Charge> charges;
    std::vector<Authorization> captures;
    std::vector<Authorization> voids;
    /// Called before the next answer, for what happens at the same time.
    std::function<Task<void>(const CallContext&)> meanwhile;

    std::string_view name() const override { return "fake"; }
    Task<Result<ProviderAnswer>> authorize(const CallContext& ctx, Charge charge) override {
        charges.push_back(charge);
        return answer(ctx, simulated_.authorize(ctx, std::move(charge)));
    }
    Task<Result<ProviderAnswer>> capture(const CallContext& ctx, Authorization authorization) override {
        captures.push_back(authorization);
        return conclude(ctx, simulated_.capture(ctx, std::move(authorization)));
    }
    Task<Result<ProviderAnswer>> void_authorization(const CallContext& ctx, Authorization authorization) override {
        voids.push_back(authorization);
        return conclude(ctx, simulated_.void_authorization(ctx, std::move(authorization)));
    }
    Task<Result<std::optional<ProviderAnswer>>> find(const CallContext& ctx, std::string key) override {
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other(ctx);
        if (silent) co_return deadline_exceeded();
        if (knows_nothing) co_return std::optional<ProviderAnswer>{};
        auto found = co_await simulated_.find(ctx, std::move(key));
        if (found && found->has_value()) (*found)->amount = amount;
        co_return found;
    }

 private:
    Task<Result<ProviderAnswer>> answer(const CallContext& ctx, Task<Result<ProviderAnswer>> answering) {
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other(ctx);
        if (silent) co_return deadline_exceeded();
        auto answer = co_await std::move(answering);
        if (answer) answer->amount = amount;
        co_return answer;
    }
    Task<Result<ProviderAnswer>> conclude(const CallContext& ctx, Task<Result<ProviderAnswer>> answering) {
        auto concluded = co_await answer(ctx, std::move(answering));
        if (concluded) concluded->decline_code = refusal;
        co_return concluded;
    }

    SimulatedProvider simulated_;
};

inline constexpr auto* kOtherOrder = "0190b6a0-0000-7000-8000-000000000003";

class PaymentServiceTest : public testing::Test {
 protected:
    explicit PaymentServiceTest(std::string_view url = "sqlite::memory:") : db_{url, schema()} {
        table_.add(service_, db_.telemetry());
    }

    static ::payment::CreatePaymentRequest wanted(std::string token, std::int32_t attempt = 0) {
        ::payment::CreatePaymentRequest request;
        request.set_attempt(attempt);
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
    Result<::payment::Payment> confirm(std::string id, std::string token) {
        ::payment::ConfirmPaymentRequest request;
        request.set_id(std::move(id));
        request.set_payment_token(std::move(token));
        return db_.run(client_.confirm_payment(db_.context(), request));
    }
    Result<::payment::Payment> capture(std::string id, std::string key = "") {
        ::payment::CapturePaymentRequest request;
        request.set_id(std::move(id));
        return db_.run(client_.capture_payment(with_key(std::move(key)), request));
    }
    /// Returns the context of a call with this idempotency key.
    CallContext with_key(std::string key) {
        auto attributes = std::make_shared<CallAttributes>();
        attributes->idempotency_key = std::move(key);
        return db_.context().with_attributes(std::move(attributes));
    }
    Result<::payment::Payment> cancel(std::string id, std::string reason = "") {
        ::payment::CancelPaymentRequest request;
        request.set_id(std::move(id));
        request.set_reason(std::move(reason));
        return db_.run(client_.cancel_payment(db_.context(), request));
    }
    /// Makes a payment that is authorised and not captured.
    ::payment::Payment authorized() {
        auto request = wanted("tok_ok");
        request.set_capture_method("manual");
        return create(request).value();
    }
    static std::vector<std::string> pointers(const Error& error) {
        std::vector<std::string> pointers;
        for (const auto& violation : error.violations()) pointers.push_back(violation.pointer);
        return pointers;
    }

    test::TemporaryDatabase db_;
    test::FakeClock clock_;
    Random random_{1};
    FakeProvider provider_;
    PaymentStore store_{db_.database(), db_.telemetry()};
    PaymentService service_{store_, provider_, clock_, random_, db_.telemetry()};
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_ = rpc::make_local_channel(db_.loop(), table_, db_.telemetry());
    ::payment::PaymentServiceClient client_{*channel_};
};

}  // namespace tw::payment
