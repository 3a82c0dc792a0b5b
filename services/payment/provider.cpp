#include "services/payment/provider.hpp"

namespace tw::payment {

Task<Result<ProviderAnswer>> SimulatedProvider::charge(const CallContext&, Charge charge) {
    ProviderAnswer answer{.reference = "sim_" + charge.payment_id.to_string(), .decline_code = {}};
    if (charge.token == "tok_declined") {
        answer.decline_code = "card_declined";
    } else if (charge.token != "tok_ok") {
        answer.decline_code = "invalid_token";
    }
    co_return answer;
}

}  // namespace tw::payment
