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

/// Work that no request asked for, repeated on one loop until it is stopped: sweeps, relays,
/// reconcilers. All work that runs in the background for as long as the process lives uses this
/// class.
///
/// An exception that leaves the work, such as one that a damaged row causes, ends only that round.
/// It is logged (`background.failed`), and the next round comes after the interval. An exception
/// that leaves any other spawned task ends the process (see `spawn`).
///
/// A round is in no trace, and the spans of its statements are not recorded: most rounds find
/// nothing to do. Work that is worth a trace begins one: `ctx.with_trace({})`.
///
/// A BackgroundLoop belongs to its loop, which outlives it. Once it was started, stop it before it
/// is destroyed.
class BackgroundLoop {
 public:
    enum class Next : std::uint8_t {
        rest,     ///< wait for the interval
        at_once,  ///< there is more to do; other work of the loop runs in between
    };
    /// One round of work. It ends early when the context is over, which it is once the loop is
    /// being stopped.
    using Work = std::move_only_function<Task<Next>(const CallContext&)>;

    /// `log` must outlive this object. `name` is a constant, such as "catalog.expiry".
    BackgroundLoop(EventLoop& loop, const Logger& log, std::string_view name, std::chrono::nanoseconds interval, Work work);

    /// Begins with the first round. Call it once.
    void start();
    /// Changes how long the loop rests, from the next rest on.
    void set_interval(std::chrono::nanoseconds interval) { interval_ = interval; }
    /// Lets the next round begin at once, or right after the one that is running.
    void wake();
    /// Stops the work and returns in a later turn of the loop when no round is running any more. So
    /// what the work has used may be destroyed next.
    Task<void> stop();

 private:
    Task<void> run();
    Task<Next> round();
    /// Waits for the interval, or until `wake` is called.
    Task<void> rest();

    RootCall call_;
    const Logger& log_;
    std::string_view name_;
    std::chrono::nanoseconds interval_;
    Work work_;
    Gate gate_;
    /// Whether a round was asked for that has not begun.
    bool woken_ = false;
    /// The scope of the rest that is under way; null while a round is running.
    CancelScope* resting_ = nullptr;
};

}  // namespace tw::telemetry
