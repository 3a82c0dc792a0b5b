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

/// An authorisation that a provider is asked to capture or to void, as a whole.
struct Authorization {
    PaymentId payment_id;
    /// The idempotency key of the capture or of the void.
    std::string key;
    /// The provider's name of the transaction.
    std::string reference;
    Money amount;
};

struct ProviderAnswer {
    /// The provider's name of the transaction. It is empty if the provider declined without one.
    std::string reference;
    /// Why the provider declined, such as "card_declined". It is absent if the provider agreed.
    std::optional<std::string> decline_code;
    /// The amount that the provider authorised, captured or voided, if it says so.
    std::optional<Money> amount = {};
};

/// Moves the money. An implementation belongs to one loop.
///
/// An error means that the outcome is not known, whatever its code is. Ask again with the same key
/// to learn it.
class PaymentProvider {
 public:
    virtual ~PaymentProvider() = default;
    /// Returns the name that the payment's row has, such as "simulated".
    virtual std::string_view name() const = 0;
    virtual Task<Result<ProviderAnswer>> authorize(const CallContext& ctx, Charge charge) = 0;
    virtual Task<Result<ProviderAnswer>> capture(const CallContext& ctx, Authorization authorization) = 0;
    virtual Task<Result<ProviderAnswer>> void_authorization(const CallContext& ctx, Authorization authorization) = 0;
    /// Returns what came of a charge that was asked for with this key. Returns nothing if the
    /// provider has received no such question. That is no promise for the future: a question may
    /// still be on its way.
    virtual Task<Result<std::optional<ProviderAnswer>>> find(const CallContext& ctx, std::string key) = 0;
};

/// Moves no money, and answers by the token:
///
/// | token | authorize | find |
/// |---|---|---|
/// | tok_ok | agrees | agrees |
/// | tok_declined | card_declined | card_declined |
/// | tok_insufficient_funds | insufficient_funds | insufficient_funds |
/// | tok_timeout_then_ok | an error, at once | agrees |
/// | tok_timeout_then_declined | an error, at once | card_declined |
/// | any other | invalid_token | nothing |
///
/// It agrees to each capture and void. It stores nothing, so that all replicas answer the same,
/// also after a restart: `find` reads from the key which token was charged.
class SimulatedProvider final : public PaymentProvider {
 public:
    std::string_view name() const override { return "simulated"; }
    Task<Result<ProviderAnswer>> authorize(const CallContext& ctx, Charge charge) override;
    Task<Result<ProviderAnswer>> capture(const CallContext& ctx, Authorization authorization) override;
    Task<Result<ProviderAnswer>> void_authorization(const CallContext& ctx, Authorization authorization) override;
    Task<Result<std::optional<ProviderAnswer>>> find(const CallContext& ctx, std::string key) override;
};

}  // namespace tw::payment
