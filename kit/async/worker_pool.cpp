#include "kit/async/worker_pool.hpp"

#include "kit/async/loop_driver.hpp"

#include <utility>

namespace tw {

WorkerPool::WorkerPool(std::size_t threads) : driver_{LoopDriver::current()} {
    if (driver_ != nullptr) {
        self_ = std::make_shared<WorkerPool*>(this);
        return;
    }
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

WorkerPool::~WorkerPool() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    threads_.clear();
    while (driver_ != nullptr && !queue_.empty()) do_next();
}

void WorkerPool::post(std::move_only_function<void()> work) {
    {
        const std::lock_guard lock{mutex_};
        queue_.push_back(std::move(work));
    }
    if (driver_ == nullptr) return wake_.notify_one();
    driver_->work_on([pool = std::weak_ptr{self_}] {
        if (const auto here = pool.lock()) (*here)->do_next();
    });
}

std::size_t WorkerPool::queued() const {
    const std::lock_guard lock{mutex_};
    return queue_.size();
}

void WorkerPool::do_next() {
    if (queue_.empty()) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    work();
}

void WorkerPool::serve() {
    std::unique_lock lock{mutex_};
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        auto work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
    }
}

}  // namespace tw
