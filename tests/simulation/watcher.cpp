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

bool Watcher::prefers(const Journal::Order& order) const { return !is_final(order.status); }

Task<bool> Watcher::act(std::size_t at) {
    return calls().watch(at, std::chrono::milliseconds{1 + street().simulation.choose(kWatchMillisMax)});
}

Task<void> Watcher::look_back() {
    std::vector<Task<bool>> watching;
    for (std::size_t at = 0; at < street().journal.orders.size(); ++at) {
        if (order(at).watched_version > 0) watching.push_back(calls().watch(at, kLookBack));
    }
    auto all_of_them = all(std::move(watching));
    co_await std::move(all_of_them);
}

}  // namespace tw::shop
