#include "kit/cache/invalidations.hpp"

#include <algorithm>

namespace tw::cache {

void Invalidations::doubt(std::string_view key, std::int64_t version, SteadyTime now, SteadyTime until) {
    const std::lock_guard lock{mutex_};
    if (missed_.size() >= kDoubtsMax) {
        std::erase_if(missed_, [now](const auto& entry) { return entry.second.until <= now; });
    }
    if (missed_.size() >= kDoubtsMax && !missed_.contains(std::string{key})) {
        all_until_ = std::max(all_until_, until);
    } else {
        auto& missed = missed_.try_emplace(std::string{key}, Missed{version, until}).first->second;
        missed.version = std::max(missed.version, version);
        missed.until = std::max(missed.until, until);
    }
    count_ = missed_.size() + (all_until_ > now ? 1 : 0);
}

void Invalidations::trust(std::string_view key, std::int64_t version) {
    if (count_.load(std::memory_order_relaxed) == 0) return;
    const std::lock_guard lock{mutex_};
    const auto found = missed_.find(std::string{key});
    if (found == missed_.end() || found->second.version > version) return;
    missed_.erase(found);
    --count_;
}

Invalidations::Doubt Invalidations::doubted(std::string_view key, SteadyTime now) {
    if (count_.load(std::memory_order_acquire) == 0) return {};
    const std::lock_guard lock{mutex_};
    if (const auto found = missed_.find(std::string{key}); found != missed_.end()) {
        if (now < found->second.until) return {true, found->second.version};
        missed_.erase(found);
    }
    count_ = missed_.size() + (all_until_ > now ? 1 : 0);
    return {now < all_until_, 0};
}

}  // namespace tw::cache
