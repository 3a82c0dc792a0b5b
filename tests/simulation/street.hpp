#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/simulation/simulation.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tw::shop {

/// What clients share: the loop, the journal and what there is to buy.
struct Street {
    simulation::Simulation& simulation;
    EventLoop& loop;
    Journal& journal;
    const Books& books;
    std::vector<std::string> products;
    /// Whether Redis, or the way to it, has failed, so that rows it kept may be shown for a while after they have changed.
    std::function<bool()> cache_has_failed;
    /// Whether a shared cache may not have heard of a change, because it failed or because the process that made the change died
    /// before it told the cache.
    std::function<bool()> news_may_be_lost;
    /// How long at most, by the promises of kit/cache/redis_cache.hpp.
    static constexpr std::chrono::seconds kStaleFor{70};
    /// How long customers think at most.
    std::uint64_t pause_millis_max = 300;
    /// Clients stop when it says so.
    bool closing = false;
};

}  // namespace tw::shop
