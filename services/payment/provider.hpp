#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "services/payment/payment.hpp"

#include <optional>
#include <string>

namespace tw::payment {

/// The amount that a provider is asked to collect, and from whom.
struct Charge {
    PaymentId payment_id;
    /// The provider's idempotency key. If it is asked twice with one key, it acts once and answers
    /// the same.
    std::string key;
    std::string token;
    Money amount;
    /// Whether to capture the money at once, or only to authorise it.
    bool capture = false;
};

struct ProviderAnswer {
    /// The provider's name of the transaction. It is empty if the provider declined without one.
    std::string reference;
    /// Why the provider declined, such as "card_declined". It is absent if the provider agreed.
    std::optional<std::string> decline_code;
};

/// Moves the money. An implementation belongs to one loop.
class PaymentProvider {
 public:
    virtual ~PaymentProvider() = default;
    /// Returns the name that the payment's row has, such as "simulated".
    virtual std::string_view name() const = 0;
    /// An error means that the outcome is not known. Ask again with the same key to learn it.
    virtual Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) = 0;
};

/// Moves no money, and answers by the token. It agrees to tok_ok, declines tok_declined with
/// "card_declined" and declines any other token with "invalid_token". It stores nothing, since a
/// payment always gets the same answer.
class SimulatedProvider final : public PaymentProvider {
 public:
    std::string_view name() const override { return "simulated"; }
    Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) override;
};

}  // namespace tw::payment
