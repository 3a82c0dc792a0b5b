#include "services/payment/provider.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tw::payment {
namespace {

struct SimulatedToken {
    std::string_view token;
    /// Why it is declined. It is empty if it is not.
    std::string_view decline_code;
    /// Whether the answer to a charge is lost.
    bool times_out = false;
};

constexpr std::array kSimulatedTokens{
    SimulatedToken{"tok_ok", ""},
    SimulatedToken{"tok_declined", "card_declined"},
    SimulatedToken{"tok_insufficient_funds", "insufficient_funds"},
    SimulatedToken{"tok_timeout_then_ok", "", true},
    SimulatedToken{"tok_timeout_then_declined", "card_declined", true},
};

ProviderAnswer simulated_answer(std::string_view payment_id, std::string_view decline_code) {
    ProviderAnswer answer{.reference = "sim_" + std::string{payment_id}, .decline_code = {}};
    if (!decline_code.empty()) answer.decline_code = std::string{decline_code};
    return answer;
}

}  // namespace

Task<Result<ProviderAnswer>> SimulatedProvider::authorize(const CallContext&, Charge charge) {
    const auto* known = std::ranges::find(kSimulatedTokens, charge.token, &SimulatedToken::token);
    if (known == kSimulatedTokens.end()) co_return simulated_answer(charge.payment_id.to_string(), "invalid_token");
    if (known->times_out) co_return deadline_exceeded();
    co_return simulated_answer(charge.payment_id.to_string(), known->decline_code);
}

Task<Result<ProviderAnswer>> SimulatedProvider::capture(const CallContext&, Authorization authorization) {
    co_return ProviderAnswer{.reference = authorization.reference, .decline_code = {}};
}

Task<Result<ProviderAnswer>> SimulatedProvider::void_authorization(const CallContext&, Authorization authorization) {
    co_return ProviderAnswer{.reference = authorization.reference, .decline_code = {}};
}

Task<Result<std::optional<ProviderAnswer>>> SimulatedProvider::find(const CallContext&, std::string key) {
    constexpr std::size_t kIdSize = 36;
    const auto id = std::string_view{key}.substr(0, kIdSize);
    for (const auto& known : kSimulatedTokens) {
        if (key == charge_key(id, token_hash(known.token))) {
            co_return std::optional{simulated_answer(id, known.decline_code)};
        }
    }
    co_return std::optional<ProviderAnswer>{};
}

}  // namespace tw::payment
