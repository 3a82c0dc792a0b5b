#pragma once

#include "kit/async/timer_wheel.hpp"
#include "kit/base/clock.hpp"

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace tw {

class LoopDriver;

/// Work to be done once, after the loop has handled everything that is ready now. A socket uses it
/// to collect its output and to write it in one piece. A TurnEnd is not copied or moved. It must
/// not be destroyed while it is queued, unless the loop has stopped.
class TurnEnd {
 public:
    explicit TurnEnd(std::move_only_function<void()> work) : work_{std::move(work)} {}
    ~TurnEnd();
    TurnEnd(const TurnEnd&) = delete;
    TurnEnd& operator=(const TurnEnd&) = delete;

 private:
    friend class EventLoop;
    std::move_only_function<void()> work_;
    TurnEnd* next_ = nullptr;
    class EventLoop* queued_in_ = nullptr;
};

/// One thread's event loop over an asio::io_context. In a simulation, one thread runs several loops
/// in turn, without the io_context. The objects that belong to a loop are used on its thread only
/// and need no lock.
/// Thread-safe: post, resume_later, stop, lag. All other functions are called on the loop's thread,
/// or before run().
class EventLoop {
 public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs the loop on the calling thread until stop(). It may be called again afterwards.
    void run();
    /// Ends run(). If the loop is not running, the next run() ends at once.
    void stop();

    /// Runs `work` on the loop's thread, in a later turn.
    void post(std::move_only_function<void()> work);
    /// Resumes a coroutine on the loop's thread, in a later turn. Allocates nothing.
    void resume_later(std::coroutine_handle<> handle);
    /// Queues `work` for the end of this turn. A second call before it has run does nothing.
    void at_turn_end(TurnEnd& work);

    bool on_this_thread() const;
    SteadyTime now() const { return steady_now(); }
    TimerWheel& timers() { return timers_; }
    /// The io_context, for kit/net and other users of Asio.
    boost::asio::io_context& io() { return *io_; }

    /// The simulation's driver; null outside a simulation.
    LoopDriver* driver() const { return driver_; }
    /// Users of io() that watch descriptors call this; it notifies the driver of a simulation
    /// (LoopDriver::descriptors_changed).
    void descriptors_changed();
    /// For the driver: fires the timers that are due and asks to be woken for the next one.
    void fire_timers();
    /// For the driver: handles events of the descriptors that are registered with io(). Returns
    /// true if there were any.
    bool poll_descriptors();

    /// How late the last timer fired, that is how long the loop was busy with something else.
    std::chrono::nanoseconds lag() const { return std::chrono::nanoseconds{lag_ns_.load(std::memory_order_relaxed)}; }

 private:
    struct Alarm;
    friend TurnEnd;
    void run_turn_end();
    void wake_at(SteadyTime when);

    LoopDriver* driver_;
    std::unique_ptr<boost::asio::io_context> io_;
    TimerWheel timers_;
    std::unique_ptr<Alarm> alarm_;
    TurnEnd* turn_first_ = nullptr;
    TurnEnd** turn_last_ = &turn_first_;
    bool turn_posted_ = false;
    std::atomic<std::int64_t> lag_ns_{0};
};

/// Suspends the awaiting coroutine and resumes it in a later turn of `loop`, on its thread.
/// `co_await hop_to(loop);`
auto inline hop_to(EventLoop& loop) {
    struct Awaiter {
        EventLoop& loop;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) const { loop.resume_later(handle); }
        void await_resume() const noexcept {}
    };
    return Awaiter{loop};
}

}  // namespace tw
