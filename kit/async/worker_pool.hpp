#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/task.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace tw {

class LoopDriver;

/// Threads for work that blocks: files, SQLite scans and commits, name look-ups. `co_await
/// pool.run(loop, work)` runs `work` on one of the threads and continues on `loop` with what it
/// returned (or threw).
///
/// The pool does not interrupt work that has started; such work needs its own way to be cancelled.
/// The destructor runs the queued work, then joins the threads. A pool is thread-safe. In a
/// simulation it has no threads, and the simulation decides when its work is done.
class WorkerPool {
 public:
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `work` on a worker. The caller is not notified when it is done.
    void post(std::move_only_function<void()> work);
    std::size_t queued() const;

    template <class Work>
    auto run(EventLoop& loop, Work work) {
        using Value = std::invoke_result_t<Work&>;
        struct Awaiter {
            WorkerPool& pool;
            EventLoop& loop;
            Work work;
            std::optional<Value> value{};
            std::exception_ptr failure{};

            bool await_ready() const noexcept { return false; }
            void await_suspend(std::coroutine_handle<> handle) {
                pool.post([this, handle] {
                    try {
                        value.emplace(work());
                    } catch (...) {
                        failure = std::current_exception();
                    }
                    loop.resume_later(handle);
                });
            }
            Value await_resume() {
                if (failure) std::rethrow_exception(failure);
                return std::move(*value);
            }
        };
        return Awaiter{*this, loop, std::move(work)};
    }

 private:
    void serve();
    void do_next();

    LoopDriver* driver_;
    /// In a simulation, work that the driver runs later checks through this pointer whether the
    /// pool still exists.
    std::shared_ptr<WorkerPool*> self_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::move_only_function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace tw
