#include "kit/async/event_loop.hpp"

#include "kit/async/loop_driver.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tw {

namespace asio = boost::asio;

/// The one system timer that wakes the loop for its timer wheel.
struct EventLoop::Alarm {
    asio::steady_timer timer;

    explicit Alarm(asio::io_context& io) : timer{io} {}

    void set(EventLoop& loop, SteadyTime when) {
        timer.expires_at(when);
        timer.async_wait([&loop, when](const boost::system::error_code& error) {
            if (error) return;
            loop.lag_ns_.store((loop.now() - when).count(), std::memory_order_relaxed);
            loop.fire_timers();
        });
    }
};

// A concurrency hint of 1 tells Asio that one thread runs the context and others only post.
EventLoop::EventLoop()
    : driver_{LoopDriver::current()},
      io_{std::make_unique<asio::io_context>(1)},
      timers_{steady_now(), [this](SteadyTime when) { wake_at(when); }},
      alarm_{driver_ == nullptr ? std::make_unique<Alarm>(*io_) : nullptr} {
    if (driver_ != nullptr) driver_->add(*this);
}

EventLoop::~EventLoop() {
    if (driver_ != nullptr) driver_->remove(*this);
    while (turn_first_ != nullptr) {
        turn_first_->queued_in_ = nullptr;
        turn_first_ = turn_first_->next_;
    }
}

void EventLoop::wake_at(SteadyTime when) { driver_ != nullptr ? driver_->wake_at(*this, when) : alarm_->set(*this, when); }

void EventLoop::fire_timers() {
    timers_.advance(now());
    if (const auto next = timers_.next_wake()) wake_at(*next);
}

void EventLoop::descriptors_changed() {
    if (driver_ != nullptr) driver_->descriptors_changed();
}

bool EventLoop::poll_descriptors() {
    const bool any = io_->poll() > 0;
    io_->restart();
    return any;
}

void EventLoop::run() {
    if (driver_ != nullptr) return driver_->run(*this);
    {
        const auto stay = asio::make_work_guard(*io_);
        io_->run();
    }
    // The context is stopped by stop() and by the end of the guard, so it is restarted after both.
    // A restart before the run would undo a stop() that came before this thread got so far.
    io_->restart();
}

void EventLoop::stop() { driver_ != nullptr ? driver_->stop(*this) : io_->stop(); }

void EventLoop::post(std::move_only_function<void()> work) {
    if (driver_ != nullptr) return driver_->post(*this, std::move(work));
    asio::post(*io_, std::move(work));
}

void EventLoop::resume_later(std::coroutine_handle<> handle) {
    if (driver_ != nullptr) return driver_->post(*this, [handle] { handle.resume(); });
    asio::post(*io_, [handle] { handle.resume(); });
}

bool EventLoop::on_this_thread() const {
    return driver_ != nullptr ? driver_->is_running(*this) : io_->get_executor().running_in_this_thread();
}

void EventLoop::at_turn_end(TurnEnd& work) {
    if (work.queued_in_ != nullptr) return;
    work.queued_in_ = this;
    work.next_ = nullptr;
    *turn_last_ = &work;
    turn_last_ = &work.next_;
    if (!std::exchange(turn_posted_, true)) {
        // Work that is ready now stands in the queue already, so the end of the turn runs after it.
        post([this] { run_turn_end(); });
    }
}

void EventLoop::run_turn_end() {
    turn_posted_ = false;
    // Work that queues itself again belongs to the next turn, so only the work that is queued now
    // is run.
    std::size_t count = 0;
    for (auto* item = turn_first_; item != nullptr; item = item->next_) ++count;
    while (count-- > 0 && turn_first_ != nullptr) {
        auto* const item = turn_first_;
        turn_first_ = item->next_;
        if (turn_first_ == nullptr) turn_last_ = &turn_first_;
        item->queued_in_ = nullptr;
        item->work_();
    }
}

TurnEnd::~TurnEnd() {
    if (queued_in_ == nullptr) return;
    auto** link = &queued_in_->turn_first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
    if (next_ == nullptr) queued_in_->turn_last_ = link;
}

}  // namespace tw
