#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/payment.tw.hpp"
#include "services/payment/payment_metrics.hpp"
#include "services/payment/payment_store.hpp"
#include "services/payment/provider.hpp"

namespace tw::payment {

/// Implements payment.PaymentService of the contract. Each loop has its own instance.
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
    /// Stores `wanted`, or finds the payment that the same attempt made before. Fails with
    /// ALREADY_EXISTS: the reason is PAYMENT_EXISTS if that is another payment, and
    /// ORDER_HAS_PAYMENT if another attempt charges the order.
    Task<Result<Payment>> insert_once(const CallContext& ctx, Payment wanted);
    /// Finds the payment of this attempt, if there is one. Fails with PAYMENT_EXISTS if it is
    /// another payment than `wanted`.
    Task<Result<std::optional<Payment>>> find_same(const CallContext& ctx, const Payment& wanted);
    /// Charges a payment by the token, unless this token was tried for it before. Fails with
    /// PAYMENT_EXISTS if the payment was charged, or is being charged, by another token.
    Task<Result<Payment>> submit(const CallContext& ctx, Payment payment, std::string token);
    /// Makes one attempt of `submit`. If others change the payment at the same time (CONTENDED),
    /// `payment` becomes what they have stored.
    Task<Result<Payment>> try_submit(const CallContext& ctx, Payment& payment, const std::string& token);
    /// Asks the provider for the money of a payment that is processing, and stores its answer.
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
