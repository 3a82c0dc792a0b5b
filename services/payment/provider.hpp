#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/money.hpp"
#include "kit/base/result.hpp"
#include "services/payment/payment.hpp"

#include <optional>
#include <string>

namespace tw::payment {

/// What a provider is asked to collect.
struct Charge {
    PaymentId payment_id;
    /// The provider's idempotency key: asked twice with the same one, it acts once and answers the same.
    std::string key;
    std::string token;
    Money amount;
    /// Take the money at once, rather than only set it aside.
    bool capture = false;
};

struct ProviderAnswer {
    /// What the provider calls the transaction; empty where it declined without making one.
    std::string reference;
    /// Why it declined, such as "card_declined"; nothing where it agreed.
    std::optional<std::string> decline_code;
};

/// Who moves the money. Implementations belong to one loop.
class PaymentProvider {
 public:
    virtual ~PaymentProvider() = default;
    /// "simulated": what the payment's row says.
    virtual std::string_view name() const = 0;
    /// An error says that the outcome is not known: only asking again tells.
    virtual Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) = 0;
};

/// Moves no money and answers by the token: agrees to tok_ok, declines tok_declined with "card_declined" and any other with
/// "invalid_token". Remembers nothing, as the answer to a payment is always the same.
class SimulatedProvider final : public PaymentProvider {
 public:
    std::string_view name() const override { return "simulated"; }
    Task<Result<ProviderAnswer>> charge(const CallContext& ctx, Charge charge) override;
};

}  // namespace tw::payment
