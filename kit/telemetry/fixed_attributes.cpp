#include "kit/telemetry/fixed_attributes.hpp"

namespace tw::telemetry {

void FixedAttributes::add(std::string_view key, AttributeValue value) {
    const auto own = [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string_view>) {
            return Value{std::string{held}};
        } else {
            return Value{held};
        }
    };
    values_.emplace_back(key, std::visit(own, value.get()));
    encoded_.set(kField, {key, value}, {});
}

}  // namespace tw::telemetry
