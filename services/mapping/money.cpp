#include "services/mapping/money.hpp"

#include <vector>

namespace tw {

tradewind::Money to_proto(const Money& money) {
    tradewind::Money message;
    message.set_minor(money.minor());
    message.set_currency(std::string{money.currency().code()});
    return message;
}

Result<Money> read_amount(const tradewind::Money& message, const std::string& pointer) {
    std::vector<Violation> violations;
    const auto currency = Currency::parse(message.currency());
    if (message.minor() <= 0) violations.push_back({pointer + "/minor", "must be above 0"});
    if (message.minor() > Money::kMinorMax) {
        violations.push_back({pointer + "/minor", "must be at most " + std::to_string(Money::kMinorMax)});
    }
    if (!currency) violations.push_back({pointer + "/currency", "must be a currency of ISO 4217, such as EUR"});
    if (!violations.empty()) return invalid(std::move(violations));
    return Money{message.minor(), *currency};
}

Result<Money> read_answered(const tradewind::Money& message) {
    const auto currency = Currency::from_stored(message.currency());
    if (!currency) return internal("an answer has an amount without currency");
    return Money{message.minor(), *currency};
}

}  // namespace tw
