#include "kit/async/loop_group.hpp"

#include <algorithm>
#include <pthread.h>
#include <sched.h>
#include <string>

namespace tw {
namespace {

std::size_t usable_processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

LoopGroup::LoopGroup(std::size_t count) {
    const auto size = count == 0 ? usable_processors() : count;
    for (std::size_t i = 0; i < size; ++i) loops_.push_back(std::make_unique<EventLoop>());
}

void LoopGroup::start() {
    if (!loops_.empty() && loops_.front()->driver() != nullptr) return;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        threads_.emplace_back([&loop = *loops_[i]] { loop.run(); });
        const auto name = "loop-" + std::to_string(i);
        ::pthread_setname_np(threads_.back().native_handle(), name.c_str());
    }
}

void LoopGroup::stop() {
    if (threads_.empty()) return;
    for (auto& loop : loops_) loop->stop();
    threads_.clear();
}

}  // namespace tw
