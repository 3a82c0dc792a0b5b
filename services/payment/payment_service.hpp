#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/payment.tw.hpp"
#include "services/payment/payment_metrics.hpp"
#include "services/payment/payment_store.hpp"
#include "services/payment/provider.hpp"

namespace tw::payment {

/// payment.PaymentService of the contract. One instance per loop.
class PaymentService final : public ::payment::PaymentService {
 public:
    PaymentService(PaymentStore& payments, PaymentProvider& provider, const Clock& clock, Random& random,
                   telemetry::Telemetry telemetry)
        : payments_{payments},
          provider_{provider},
          clock_{clock},
          random_{random},
          telemetry_{telemetry},
          authorized_{telemetry.meter.counter(kPaymentsAuthorized)} {}

    Task<Result<::payment::Payment>> create_payment(const CallContext& ctx,
                                                    const ::payment::CreatePaymentRequest& request) override;
    Task<Result<::payment::Payment>> get_payment(const CallContext& ctx, const ::payment::GetPaymentRequest& request) override;

 private:
    /// Stores `wanted`, or finds what the same attempt made before. ALREADY_EXISTS: PAYMENT_EXISTS where that is another payment,
    /// ORDER_HAS_PAYMENT where another attempt charges the order.
    Task<Result<Payment>> insert_once(const CallContext& ctx, Payment wanted);
    /// What there is of the attempt; nothing where there is none.
    Task<Result<std::optional<Payment>>> find_same(const CallContext& ctx, const Payment& wanted);
    /// Charges a payment by the token unless this token was tried for it before. PAYMENT_EXISTS where it was charged, or is being
    /// charged, by another one.
    Task<Result<Payment>> submit(const CallContext& ctx, Payment payment, std::string token);
    /// Asks the provider for the money of a payment that is processing, and writes down what it says.
    Task<Result<Payment>> charge(const CallContext& ctx, Payment payment, std::string token);

    void count(const ProviderAnswer& answer);

    PaymentStore& payments_;
    PaymentProvider& provider_;
    const Clock& clock_;
    Random& random_;
    telemetry::Telemetry telemetry_;
    telemetry::Counter authorized_;
};

}  // namespace tw::payment
