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

/// Work to be done once, after all that is ready now has been handled: a socket that collects its output and writes it in
/// one piece. Not copied or moved; must not be destroyed while queued unless the loop has stopped.
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

/// One thread's event loop over an asio::io_context; in a simulation, one of the loops that its thread runs in turn, without one.
/// What belongs to a loop is used on its thread only and needs no lock.
/// Thread-safe: post, resume_later, stop, lag. The rest: on the loop's thread, or before run().
class EventLoop {
 public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs the calling thread as this loop until stop(). May be called again afterwards.
    void run();
    /// Ends run(), or the next one where none is under way.
    void stop();

    /// Runs `work` on the loop's thread, in a later turn.
    void post(std::move_only_function<void()> work);
    /// As post, for a coroutine; allocates nothing.
    void resume_later(std::coroutine_handle<> handle);
    /// Queues `work` for the end of this turn; a second call before it ran does nothing.
    void at_turn_end(TurnEnd& work);

    bool on_this_thread() const;
    SteadyTime now() const { return steady_now(); }
    TimerWheel& timers() { return timers_; }
    /// For kit/net and other users of Asio.
    boost::asio::io_context& io() { return *io_; }

    /// Null outside a simulation.
    LoopDriver* driver() const { return driver_; }
    /// For users of io() that watch descriptors: tells the driver of a simulation (LoopDriver::descriptors_changed).
    void descriptors_changed();
    /// For the driver: what is due fires, and is asked for again.
    void fire_timers();
    /// For the driver: handles what has come on descriptors that are registered with io(). True if there was something.
    bool poll_descriptors();

    /// How late the last timer fired: how long the loop was busy with something else.
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

/// Suspends the awaiting coroutine until a later turn of `loop`, there; hops threads if it was elsewhere.
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
