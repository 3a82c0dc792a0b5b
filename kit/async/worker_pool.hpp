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

/// Threads for what blocks: files, SQLite scans and commits, name look-ups. `co_await pool.run(loop, work)` runs `work` on
/// one of them and continues on `loop` with what it returned (or threw).
///
/// Work that has started is not interrupted; cancel it by means of its own. The destructor runs what is queued, then joins.
/// Thread-safe. In a simulation it has no threads, and its work is done when the simulation says.
class WorkerPool {
 public:
    explicit WorkerPool(std::size_t threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Runs `work` on a worker; the caller hears nothing of it.
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
    /// In a simulation: what work that comes later asks whether the pool is still there.
    std::shared_ptr<WorkerPool*> self_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::move_only_function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace tw
