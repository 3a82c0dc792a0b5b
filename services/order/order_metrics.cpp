#include "services/order/order_metrics.hpp"

#include <algorithm>

namespace tw::order {

void OrderMetrics::placed(const Money& total) {
    created_.add();
    auto found = std::ranges::find(value_, total.currency(), [](const auto& entry) { return entry.first; });
    if (found == value_.end()) {
        const auto series = meter_.counter(kOrdersValue, {{"shop.currency", total.currency().code()}});
        found = value_.emplace(found, total.currency(), series);
    }
    found->second.add(static_cast<double>(total.minor()));
}

void OrderMetrics::ended(Status status) { meter_.counter(kOrdersEnded, {{"shop.order.status", status_name(status)}}).add(); }

void OrderMetrics::checkout(std::string_view outcome, std::chrono::microseconds duration) {
    const std::chrono::duration<double> seconds = duration;
    meter_.histogram(kCheckoutDuration, {{"shop.checkout.outcome", outcome}}).record(seconds.count());
}

}  // namespace tw::order
