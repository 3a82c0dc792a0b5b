#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

namespace tw::idempotency {

/// The keys of the calls that a process is serving, of all loops. Thread-safe.
class KeysInProgress {
 public:
    /// Returns false if the key is there already.
    bool add(const std::string& id) {
        const std::lock_guard lock{mutex_};
        return ids_.insert(id).second;
    }
    void remove(const std::string& id) {
        const std::lock_guard lock{mutex_};
        ids_.erase(id);
    }

 private:
    std::mutex mutex_;
    std::unordered_set<std::string> ids_;
};

}  // namespace tw::idempotency
