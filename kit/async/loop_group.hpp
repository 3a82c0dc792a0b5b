#pragma once

#include "kit/async/event_loop.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <thread>
#include <vector>

namespace tw {

/// The process's event loops, with a thread for each. The loops exist from construction, so that
/// objects that belong to them can be built before they run. start() runs them, stop() ends and
/// joins them. In a simulation both do nothing, because its driver runs the loops.
class LoopGroup {
 public:
    /// A `count` of 0 means one loop for each processor that this process may use.
    explicit LoopGroup(std::size_t count = 0);
    ~LoopGroup() { stop(); }

    void start();
    /// Ends the loops and joins their threads. Call it from outside the loops. A second call does
    /// nothing.
    void stop();

    std::size_t size() const { return loops_.size(); }
    EventLoop& at(std::size_t index) { return *loops_[index]; }
    /// Returns the loops one after another, round robin. Thread-safe.
    EventLoop& next() { return *loops_[turn_.fetch_add(1, std::memory_order_relaxed) % loops_.size()]; }

 private:
    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::vector<std::jthread> threads_;
    std::atomic<std::size_t> turn_{0};
};

}  // namespace tw
