#include "tests/simulation/merchant.hpp"

#include <utility>
#include <vector>

namespace tw::shop {

Task<void> Merchant::live() {
    while (!street_.closing) {
        co_await caller_.pause(std::chrono::milliseconds{street_.simulation.choose(street_.pause_millis_max)});
        if (!street_.closing) co_await act();
    }
    done_ = true;
}

Task<bool> Merchant::act() {
    const auto at = pick_order();
    if (!at) co_return true;
    const auto choice = street_.simulation.choose(8);
    const auto& status = street_.journal.orders[*at].status;
    // An order that is authorised, and not paid yet, can still be canceled, and gives its stock back.
    const bool authorised = street_.journal.orders[*at].payment_status == "authorized";
    const std::uint64_t fulfils_below = authorised ? 3 : 5;
    const bool fulfils = status == "confirmed" ? choice < fulfils_below : choice == 0;
    const bool completes = status == "fulfilled" ? choice < 6 : choice == 1;
    const bool cancels = status == "confirmed" && choice >= fulfils_below && choice <= 5;
    auto doing = fulfils       ? calls_.fulfil(*at)
                 : completes   ? calls_.complete(*at)
                 : cancels     ? calls_.cancel(*at)
                 : choice == 7 ? calls_.look_at_timeline(*at)
                               : calls_.look(*at);
    co_return co_await std::move(doing);
}

/// Prefers orders with which there is something to do.
std::optional<std::size_t> Merchant::pick_order() const {
    std::vector<std::size_t> all;
    std::vector<std::size_t> ready;
    const auto& orders = street_.journal.orders;
    for (std::size_t at = 0; at < orders.size(); ++at) {
        if (orders[at].told != Told::done) continue;
        all.push_back(at);
        if (orders[at].status == "confirmed" || orders[at].status == "fulfilled") ready.push_back(at);
    }
    if (all.empty()) return std::nullopt;
    const auto& from = ready.empty() || street_.simulation.choose(4) == 0 ? all : ready;
    return from[street_.simulation.choose(from.size())];
}

}  // namespace tw::shop
