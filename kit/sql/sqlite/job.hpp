#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <atomic>
#include <coroutine>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tw::sql {

/// A piece of work that one thread does for a coroutine on a loop, owned by both: whoever waits may give up before the
/// work is done, and whoever works need not know. The loop's side is `woken` and `give_up`; the worker's is `start`, then
/// `abandoned` as often as it likes, then the outcome, then LoopInbox::deliver.
class Job {
 public:
    Job() = default;
    virtual ~Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// On the worker: whether the work is still to be done. One of `start` and `give_up` sees the other.
    bool start() {
        started_.store(true);
        return !abandoned_.load();
    }
    /// Nobody waits any more: the work may stop.
    const std::atomic<bool>& abandoned() const { return abandoned_; }

    /// On the loop: continues whoever waits, if somebody still does.
    void wake() {
        woken_ = true;
        if (waiter_) std::exchange(waiter_, nullptr).resume();
    }
    /// On the loop: nobody waits any more; wake whoever did. Gives whether the work may have been started: otherwise it never
    /// will be.
    bool give_up() {
        abandoned_.store(true);
        return started_.load();
    }
    /// On the loop: suspends until woken.
    auto woken() {
        struct Awaiter {
            Job& job;
            bool await_ready() const noexcept { return job.woken_; }
            void await_suspend(std::coroutine_handle<> handle) const { job.waiter_ = handle; }
            void await_resume() const noexcept {}
        };
        return Awaiter{*this};
    }

 private:
    std::atomic<bool> abandoned_{false};
    std::atomic<bool> started_{false};
    bool woken_ = false;
    std::coroutine_handle<> waiter_;
};

template <class T>
class JobFor : public Job {
 public:
    /// Written by the worker before it delivers; read by the loop afterwards.
    std::optional<Result<T>> outcome;
};

/// Waits for a job that has been handed to its worker; gives it up when the call is over before. The error then says whether
/// the outcome is open.
template <class T>
Task<Result<T>> outcome_of(const CallContext& ctx, std::shared_ptr<JobFor<T>> job) {
    std::optional<Error> gave_up;
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) {
                                     gave_up = Error{why}.with_outcome_open(job->give_up());
                                     job->wake();
                                 }};
    co_await job->woken();
    if (gave_up) co_return *gave_up;
    co_return std::move(*job->outcome);
}

/// Where other threads leave finished jobs for one loop. The first job posts to the loop and the rest ride along, so that a
/// shared commit costs one wake-up however many it acknowledges. Shared with the threads, because they may finish a job
/// that was given up after the loop's database is gone.
class LoopInbox : public std::enable_shared_from_this<LoopInbox> {
 public:
    explicit LoopInbox(EventLoop& loop) : loop_{&loop} {}

    /// From any thread. Drops the jobs once closed. In a simulation they arrive at `not_before` or later: work may take time
    /// there.
    void deliver(std::span<const std::shared_ptr<Job>> jobs, SteadyTime not_before = SteadyTime::min());
    void deliver(std::shared_ptr<Job> job, SteadyTime not_before = SteadyTime::min()) { deliver(std::span{&job, 1}, not_before); }
    /// On the loop: from now on the loop may go.
    void close();

 private:
    void drain();

    std::mutex mutex_;
    EventLoop* loop_;
    std::vector<std::shared_ptr<Job>> done_;
    bool posted_ = false;
};

}  // namespace tw::sql
