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
    std::vector<Charge> charges;
    /// Called before the answer, for what happens at the same time.
    std::function<Task<void>(const CallContext&)> meanwhile;

    std::string_view name() const override { return "fake"; }
    Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) override {
        charges.push_back(charge);
        if (const auto other = std::exchange(meanwhile, nullptr)) co_await other(ctx);
        if (silent) co_return deadline_exceeded();
        co_return co_await simulated_.charge(ctx, std::move(charge));
    }

 private:
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
