#include "tests/simulation/order_client.hpp"

#include <chrono>
#include <vector>

namespace tw::shop {

Task<void> OrderClient::live() {
    while (!street_.closing) {
        co_await caller_.pause(std::chrono::milliseconds{street_.simulation.choose(street_.pause_millis_max)});
        if (street_.closing) break;
        const auto at = pick_order();
        if (!at) continue;
        auto acting = act(*at);
        co_await std::move(acting);
    }
    done_ = true;
}

std::optional<std::size_t> OrderClient::pick_order() const {
    std::vector<std::size_t> all;
    std::vector<std::size_t> preferred;
    const auto& orders = street_.journal.orders;
    for (std::size_t at = 0; at < orders.size(); ++at) {
        if (orders[at].told != Told::done) continue;
        all.push_back(at);
        if (prefers(orders[at])) preferred.push_back(at);
    }
    if (all.empty()) return std::nullopt;
    const auto& from = preferred.empty() || street_.simulation.choose(4) == 0 ? all : preferred;
    return from[street_.simulation.choose(from.size())];
}

}  // namespace tw::shop
