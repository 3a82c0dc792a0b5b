#include "kit/async/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace tw {

namespace asio = boost::asio;

/// The wheel's one system timer.
struct EventLoop::Alarm {
    asio::steady_timer timer;

    explicit Alarm(asio::io_context& io) : timer{io} {}

    void set(EventLoop& loop, SteadyTime when) {
        timer.expires_at(when);
        timer.async_wait([&loop, when](const boost::system::error_code& error) {
            if (error) return;
            loop.lag_ns_.store((loop.now() - when).count(), std::memory_order_relaxed);
            loop.on_alarm();
        });
    }
};

// Asio's concurrency hint of 1: one thread runs it, others only post.
EventLoop::EventLoop()
    : io_{std::make_unique<asio::io_context>(1)},
      timers_{std::chrono::steady_clock::now(), [this](SteadyTime when) { alarm_->set(*this, when); }},
      alarm_{std::make_unique<Alarm>(*io_)} {}

EventLoop::~EventLoop() {
    while (turn_first_ != nullptr) {
        turn_first_->queued_in_ = nullptr;
        turn_first_ = turn_first_->next_;
    }
}

void EventLoop::on_alarm() {
    timers_.advance(now());
    if (const auto next = timers_.next_wake()) alarm_->set(*this, *next);
}

void EventLoop::run() {
    {
        const auto stay = asio::make_work_guard(*io_);
        io_->run();
    }
    // After the run and its guard, whose end stops the context as well; not before, where it would undo a stop() that came
    // before this thread got so far.
    io_->restart();
}

void EventLoop::stop() { io_->stop(); }

void EventLoop::post(std::move_only_function<void()> work) { asio::post(*io_, std::move(work)); }

void EventLoop::resume_later(std::coroutine_handle<> handle) {
    asio::post(*io_, [handle] { handle.resume(); });
}

bool EventLoop::on_this_thread() const { return io_->get_executor().running_in_this_thread(); }

void EventLoop::at_turn_end(TurnEnd& work) {
    if (work.queued_in_ != nullptr) return;
    work.queued_in_ = this;
    work.next_ = nullptr;
    *turn_last_ = &work;
    turn_last_ = &work.next_;
    if (!std::exchange(turn_posted_, true)) {
        // What is ready already stands in Asio's queue, so this comes after it.
        asio::post(*io_, [this] { run_turn_end(); });
    }
}

void EventLoop::run_turn_end() {
    turn_posted_ = false;
    // Work that queues itself again belongs to the next turn, so only what stands here now is run.
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
