#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/shared/errors.hpp"

#include <mutex>
#include <optional>

namespace tw::sql {

/// Whether the last attempt to commit succeeded. Thread-safe.
class StorageHealth {
 public:
    /// Records a failure. Errors that do not come from the storage are ignored.
    void failed(const Error& error) {
        if (!is_storage_failure(error)) return;
        const std::lock_guard lock{mutex_};
        failure_ = error;
    }
    void succeeded() {
        const std::lock_guard lock{mutex_};
        failure_.reset();
    }
    Result<void> get() const {
        const std::lock_guard lock{mutex_};
        if (failure_) return *failure_;
        return {};
    }

 private:
    mutable std::mutex mutex_;
    std::optional<Error> failure_;
};

}  // namespace tw::sql
