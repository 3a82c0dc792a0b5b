#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "proto/payment.tw.hpp"
#include "services/payment/payment_store.hpp"
#include "services/payment/provider.hpp"
#include "services/payment/settlement.hpp"

namespace tw::payment {

/// Implements payment.PaymentService of the contract. Each loop has its own instance.
class PaymentService final : public ::payment::PaymentService {
 public:
    PaymentService(PaymentStore& payments, PaymentProvider& provider, const Clock& clock, Random& random,
                   telemetry::Telemetry telemetry)
        : payments_{payments},
          provider_name_{provider.name()},
          clock_{clock},
          random_{random},
          settlement_{payments, provider, clock, telemetry} {}

    Task<Result<::payment::Payment>> create_payment(const CallContext& ctx,
                                                    const ::payment::CreatePaymentRequest& request) override;
    Task<Result<::payment::Payment>> confirm_payment(const CallContext& ctx,
                                                     const ::payment::ConfirmPaymentRequest& request) override;
    Task<Result<::payment::Payment>> capture_payment(const CallContext& ctx,
                                                     const ::payment::CapturePaymentRequest& request) override;
    Task<Result<::payment::Payment>> cancel_payment(const CallContext& ctx,
                                                    const ::payment::CancelPaymentRequest& request) override;
    Task<Result<::payment::ListPaymentsResponse>> list_payments(const CallContext& ctx,
                                                                const ::payment::ListPaymentsRequest& request) override;
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
    /// What a caller wants to be done with an authorised payment.
    struct Wanted {
        Event event;
        Status under_way;
        Status done;
        std::string reason;
        /// The key of a capture (see the function capture_key).
        std::string key = {};
    };
    /// Captures or cancels a payment.
    Task<Result<::payment::Payment>> conclude(const CallContext& ctx, const std::string& id, Wanted wanted);
    /// Makes one attempt of `conclude`. Fails with CONTENDED if others change the payment before
    /// the provider is asked.
    Task<Result<Payment>> try_conclude(const CallContext& ctx, PaymentId id, const Wanted& wanted);

    PaymentStore& payments_;
    std::string_view provider_name_;
    const Clock& clock_;
    Random& random_;
    Settlement settlement_;
};

}  // namespace tw::payment
