#pragma once

#include "kit/async/loop_driver.hpp"
#include "kit/base/clock.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace tw::sql {

/// A thread that works in turns. Between them it sleeps until it is woken or a time has come. In a
/// simulation there is no thread: the simulation's driver calls the turns.
///
/// `wake` is thread-safe. It does nothing once the thread has ended, so callers may keep this
/// object for longer than the objects that the turns work on.
class TurnThread : public std::enable_shared_from_this<TurnThread> {
 public:
    /// There may be more to do now.
    static constexpr SteadyTime kAtOnce = SteadyTime::min();
    /// There is nothing to do until the thread is woken.
    static constexpr SteadyTime kNever = SteadyTime::max();

    /// Does one piece of work. Returns when to call it again if the thread is not woken before.
    /// Returning nothing ends the thread.
    using Turn = std::move_only_function<std::optional<SteadyTime>()>;

    /// `name` is the name that the system shows, at most 15 characters.
    static std::shared_ptr<TurnThread> start(const char* name, Turn turn);
    TurnThread(const TurnThread&) = delete;
    TurnThread& operator=(const TurnThread&) = delete;

    void wake();
    /// Blocks until a turn has ended the thread. In a simulation it calls the turns until then.
    /// Call it once, before this object is destroyed.
    void finish();

 private:
    explicit TurnThread(Turn turn) : driver_{LoopDriver::current()}, turn_{std::move(turn)} {}

    void serve();
    void sleep_until(SteadyTime when);
    void call_soon();
    void call();

    LoopDriver* const driver_;
    Turn turn_;

    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false;
    std::jthread thread_;

    /// In a simulation: whether the driver has been asked for a turn now, and the earliest time for
    /// which it has been asked.
    bool call_is_queued_ = false;
    SteadyTime call_due_ = kNever;
    bool ended_ = false;
};

}  // namespace tw::sql
