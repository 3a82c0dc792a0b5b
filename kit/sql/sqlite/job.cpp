#include "kit/sql/sqlite/job.hpp"

#include "kit/async/loop_driver.hpp"

namespace tw::sql {

void LoopInbox::deliver(std::span<const std::shared_ptr<Job>> jobs, SteadyTime not_before) {
    // The lock is held while posting, so that close() cannot return, and the loop be destroyed, in
    // between.
    const std::lock_guard lock{mutex_};
    if (loop_ == nullptr) return;
    if (auto* const driver = loop_->driver(); driver != nullptr && not_before > steady_now()) {
        driver->work_at(not_before,
                        [self = shared_from_this(), later = std::vector(jobs.begin(), jobs.end())] { self->deliver(later); });
        return;
    }
    done_.insert(done_.end(), jobs.begin(), jobs.end());
    if (std::exchange(posted_, true)) return;
    loop_->post([self = shared_from_this()] { self->drain(); });
}

void LoopInbox::close() {
    const std::lock_guard lock{mutex_};
    loop_ = nullptr;
    done_.clear();
}

void LoopInbox::drain() {
    std::vector<std::shared_ptr<Job>> done;
    {
        const std::lock_guard lock{mutex_};
        done.swap(done_);
        posted_ = false;
    }
    for (const auto& job : done) job->wake();
}

}  // namespace tw::sql
