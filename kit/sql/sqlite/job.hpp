#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tw::sql {

/// Work that one thread does for a coroutine on a loop. Both own it: the coroutine may give up
/// before the work is done, and the worker need not know. The loop calls `woken` and `give_up`. The
/// worker calls `start`, then `abandoned` any number of times, then sets the outcome, then calls
/// LoopInbox::deliver.
class Job {
 public:
    Job() = default;
    virtual ~Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    /// For the worker: returns whether the work is still to be done. If `start` and `give_up` run
    /// at the same time, at least one of them sees the other.
    bool start() {
        started_.store(true);
        return !abandoned_.load();
    }
    /// Set when the caller does not wait any more; the work may then stop.
    const std::atomic<bool>& abandoned() const { return abandoned_; }

    /// For the loop: resumes the waiting coroutine, if there is one.
    void wake() {
        woken_ = true;
        waiter_.notify();
    }
    /// For the loop: records that the caller does not wait any more; call `wake` afterwards.
    /// Returns whether the work may have been started. If not, it never will be.
    bool give_up() {
        abandoned_.store(true);
        return started_.load();
    }
    bool woken() const { return woken_; }
    /// For the loop, while the job is not woken: suspends until `wake`.
    Signal& waiter() { return waiter_; }

 private:
    std::atomic<bool> abandoned_{false};
    std::atomic<bool> started_{false};
    bool woken_ = false;
    Signal waiter_;
};

template <class T>
class JobFor : public Job {
 public:
    /// The worker sets it before it delivers the job; the loop reads it afterwards.
    std::optional<Result<T>> outcome;
};

/// Waits for a job that was handed to its worker. Gives the job up when the call is over before.
/// The error then says whether the outcome is open.
template <class T>
Task<Result<T>> outcome_of(const CallContext& ctx, std::shared_ptr<JobFor<T>> job) {
    std::optional<Error> gave_up;
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) {
                                     gave_up = Error{why}.with_outcome_open(job->give_up());
                                     job->wake();
                                 }};
    if (!job->woken()) co_await job->waiter();
    if (gave_up) co_return *gave_up;
    co_return std::move(*job->outcome);
}

/// Takes finished jobs from other threads to one loop. The first job posts to the loop and later
/// ones join it, so that a shared commit wakes the loop once, however many jobs it acknowledges.
/// The threads share ownership, because they may finish a job that was given up after the loop's
/// database is gone.
class LoopInbox : public std::enable_shared_from_this<LoopInbox> {
 public:
    explicit LoopInbox(EventLoop& loop) : loop_{&loop} {}

    /// Delivers jobs, from any thread. Drops them once the inbox is closed. In a simulation they
    /// arrive at `not_before` or later, since work may take time there.
    void deliver(std::span<const std::shared_ptr<Job>> jobs, SteadyTime not_before = SteadyTime::min());
    void deliver(std::shared_ptr<Job> job, SteadyTime not_before = SteadyTime::min()) { deliver(std::span{&job, 1}, not_before); }
    /// Closes the inbox, on the loop. The loop may be destroyed afterwards.
    void close();

 private:
    void drain();

    std::mutex mutex_;
    EventLoop* loop_;
    std::vector<std::shared_ptr<Job>> done_;
    bool posted_ = false;
};

}  // namespace tw::sql
