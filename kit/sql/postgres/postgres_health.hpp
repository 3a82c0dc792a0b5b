#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace tw::sql::pg {

/// Whether a process should get requests, as far as its PostgreSQL server decides that: each loop
/// has a connection that serves its reads, and the server could store the last change. Thread-safe,
/// without a lock.
///
/// A damaged page does not make the process unhealthy: a reader of that page gets DATA_LOSS, all
/// other pages are fine, and other replicas use the same server.
class PostgresHealth {
 public:
    /// A commit succeeded.
    void stored() { storage_failed_at_.store(0, std::memory_order_relaxed); }
    void failed(const Error& error) {
        if (error.reason() == reason::kStorageFailed) storage_failed_at_.store(now(), std::memory_order_relaxed);
    }

    /// The number of loops.
    int loops() const { return serving_.load() + away_.load() + full_.load(); }

    Result<void> get() const {
        const auto full = full_.load(std::memory_order_relaxed);
        const bool none_serves = full > 0 && serving_.load(std::memory_order_relaxed) == 0;
        if (away_.load(std::memory_order_relaxed) > 0 || none_serves) {
            return database_unreachable("an event loop has no connection to the database, and its last attempt failed");
        }
        // While the process is unhealthy nobody writes to it, so the failure is dropped after a
        // fixed time.
        const auto failed_at = storage_failed_at_.load(std::memory_order_relaxed);
        if (failed_at != 0 && now() - failed_at <= kStorageFailureNanos) {
            return storage_failed("the database server could not store the last change");
        }
        return {};
    }

 private:
    friend class LoopHealth;
    static constexpr std::int64_t kStorageFailureNanos = 3'000'000'000;

    static std::int64_t now() { return steady_now().time_since_epoch() / std::chrono::nanoseconds{1}; }

    std::atomic<std::int64_t> storage_failed_at_{0};
    /// The numbers of loops that can read, that have no connection, and that have none because the
    /// server is full.
    std::atomic<int> serving_{0};
    std::atomic<int> away_{0};
    std::atomic<int> full_{0};
};

/// One loop's part of the health: whether the loop can serve reads. A loop without a connection
/// because the server has no more to give does not make the process unready while other loops
/// serve.
class LoopHealth {
 public:
    explicit LoopHealth(PostgresHealth& health) : health_{health} { ++*count_; }
    ~LoopHealth() { --*count_; }
    LoopHealth(const LoopHealth&) = delete;
    LoopHealth& operator=(const LoopHealth&) = delete;

    void set(const std::optional<Error>& failure) {
        auto* count = &health_.serving_;
        if (failure) count = is_server_full(*failure) ? &health_.full_ : &health_.away_;
        if (count == count_) return;
        ++*count;
        --*std::exchange(count_, count);
    }

 private:
    PostgresHealth& health_;
    std::atomic<int>* count_ = &health_.serving_;
};

}  // namespace tw::sql::pg
