#include "kit/sql/sqlite/job.hpp"

namespace tw::sql {

void LoopInbox::deliver(std::span<const std::shared_ptr<Job>> jobs) {
    // The lock is held while posting: so close() cannot let the loop go in between.
    const std::lock_guard lock{mutex_};
    if (loop_ == nullptr) return;
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
