#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/telemetry/log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace tw::telemetry {

/// Work that no request asked for, done again and again on one loop until it is stopped: sweeps, relays, reconcilers. Whatever
/// works in the background for as long as the process lives does so through this class.
///
/// An exception that leaves the work, such as one that a damaged row brings about, ends that round and nothing more: the log
/// tells of it (`background.failed`) and the next round comes after the interval. An exception that leaves a spawned task of any
/// other kind ends the process (see `spawn`).
///
/// Belongs to its loop, which outlives it. Stop it before it is destroyed, once it was started.
class BackgroundLoop {
 public:
    enum class Next : std::uint8_t {
        rest,     ///< wait for the interval
        at_once,  ///< there is more to do; others on the loop have their turn in between
    };
    /// One round. It gives up when the context is over, which it is once the loop is being stopped.
    using Work = std::move_only_function<Task<Next>(const CallContext&)>;

    /// `log` outlives it; `name` is a constant, such as "catalog.expiry".
    BackgroundLoop(EventLoop& loop, const Logger& log, std::string_view name, std::chrono::nanoseconds interval, Work work);

    /// Begins with the first round. Call it once.
    void start();
    /// Returns when nothing is in flight any more.
    Task<void> stop();

 private:
    Task<void> run();
    Task<Next> round();

    RootCall call_;
    const Logger& log_;
    std::string_view name_;
    std::chrono::nanoseconds interval_;
    Work work_;
    Gate gate_;
};

}  // namespace tw::telemetry
