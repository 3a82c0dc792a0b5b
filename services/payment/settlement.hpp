#pragma once

#include "kit/base/clock.hpp"
#include "kit/telemetry/telemetry.hpp"
#include "services/payment/payment_metrics.hpp"
#include "services/payment/payment_store.hpp"
#include "services/payment/provider.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tw::payment {

/// Asks the provider about payments whose outcome is not stored (see is_unsettled), and stores what
/// it answers. The service and the reconciler share it. It belongs to one loop.
///
/// The answer is stored by compare-and-set. If others have changed the payment meanwhile, what they
/// stored is returned: all ask with the same key, so all get the same answer.
class Settlement {
 public:
    /// How long after a payment was submitted the provider may be asked for its money.
    static constexpr std::chrono::minutes kAuthorizeWithin{5};
    /// How long after a payment was submitted a provider that knows nothing of it is believed.
    static constexpr std::chrono::minutes kNotReceivedAfter{10};
    /// The `last_error` of a payment that the provider has never heard of.
    static constexpr std::string_view kNotReceived = "not_received";

    Settlement(PaymentStore& payments, PaymentProvider& provider, const Clock& clock, telemetry::Telemetry telemetry)
        : payments_{payments},
          provider_{provider},
          clock_{clock},
          telemetry_{telemetry},
          authorized_{telemetry.meter.counter(kPaymentsAuthorized)},
          conflicted_{telemetry.meter.counter(kPaymentsConflicted)} {}

    /// Asks the provider for the money of a payment that is `processing`. If the provider does not
    /// answer, the payment is returned as it is. An error of the database leaves the outcome open.
    Task<Result<Payment>> authorize(const CallContext& ctx, Payment payment, std::string token);

    /// Asks the provider for what is under way: to capture or to void. Fails with UNAVAILABLE
    /// (PROVIDER_UNKNOWN) if the provider does not answer. Each error leaves the outcome open.
    Task<Result<Payment>> carry_out(const CallContext& ctx, Payment payment);

    /// Settles an unsettled payment without its token: looks for the charge of a payment that is
    /// `processing`, and carries out what is under way. The payment is returned as it is if its
    /// outcome is still unknown. Fails with UNAVAILABLE (PROVIDER_UNKNOWN) if the provider does not
    /// answer.
    Task<Result<Payment>> settle(const CallContext& ctx, Payment payment);

    PaymentProvider& provider() { return provider_; }

 private:
    Task<Result<Payment>> find_charge(const CallContext& ctx, Payment payment);
    /// Stores what the provider answered to the question that the status of `payment` names.
    Task<Result<Payment>> store_answer(const CallContext& ctx, Payment payment, ProviderAnswer answer);
    /// Looks at what others have stored while the provider was asked about `asked`.
    Task<Result<Payment>> read_stored(const CallContext& ctx, Payment asked, Event event);
    /// Stores the payment after `event`. Others may store it first, which is CONTENDED.
    Task<Result<void>> apply(const CallContext& ctx, const Payment& decided, Event event);

    void count(const Payment& decided, Event event);

    PaymentStore& payments_;
    PaymentProvider& provider_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    telemetry::Counter authorized_;
    /// It exists from the start, so that an alert sees the first increase.
    telemetry::Counter conflicted_;
};

}  // namespace tw::payment
