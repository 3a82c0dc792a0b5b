#include "tests/simulation/watcher.hpp"

#include "tests/simulation/order_history.hpp"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace tw::shop {
namespace {

/// How long it watches an order at once, at most.
constexpr std::uint64_t kWatchMillisMax = 6'000;
/// How long it watches an order that does not change any more.
constexpr std::chrono::seconds kLookBack{3};

}  // namespace

Task<void> Watcher::live() {
    while (!street_.closing) {
        co_await caller_.pause(std::chrono::milliseconds{street_.simulation.choose(street_.pause_millis_max)});
        const auto at = pick_order();
        if (street_.closing || !at) continue;
        auto watching = calls_.watch(*at, std::chrono::milliseconds{1 + street_.simulation.choose(kWatchMillisMax)});
        co_await std::move(watching);
    }
    done_ = true;
}

/// Prefers orders that can still change.
std::optional<std::size_t> Watcher::pick_order() const {
    std::vector<std::size_t> all;
    std::vector<std::size_t> open;
    const auto& orders = street_.journal.orders;
    for (std::size_t at = 0; at < orders.size(); ++at) {
        if (orders[at].told != Told::done) continue;
        all.push_back(at);
        if (!is_final(orders[at].status)) open.push_back(at);
    }
    if (all.empty()) return std::nullopt;
    const auto& from = open.empty() || street_.simulation.choose(4) == 0 ? all : open;
    return from[street_.simulation.choose(from.size())];
}

Task<void> Watcher::look_back() {
    std::vector<Task<bool>> watching;
    for (std::size_t at = 0; at < street_.journal.orders.size(); ++at) {
        if (street_.journal.orders[at].watched_version > 0) watching.push_back(calls_.watch(at, kLookBack));
    }
    auto all_of_them = all(std::move(watching));
    co_await std::move(all_of_them);
}

}  // namespace tw::shop
