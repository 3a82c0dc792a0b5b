#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/errors.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tw::sql::pg {

/// What was last heard of the server, by whichever loop. Thread-safe, without a lock.
class PostgresHealth {
 public:
    void reached() {
        if (state_.load(std::memory_order_relaxed) != State::fine) note(State::fine);
    }
    /// A commit went through; else as `reached`, which says nothing about the server's disk.
    void heard_from_server() {
        if (state_.load(std::memory_order_relaxed) == State::unreachable) note(State::fine);
    }
    void failed(const Error& error) {
        if (error.reason() == "DATABASE_UNREACHABLE") note(State::unreachable);
        if (error.reason() == "STORAGE_FAILED") note(State::storage_failed);
        if (error.reason() == "DATABASE_CORRUPT") note(State::corrupt);
    }

    Result<void> get() const {
        switch (state_.load(std::memory_order_relaxed)) {
            case State::fine:
                break;
            case State::unreachable:
                return database_unreachable("the last attempt to reach it failed");
            case State::storage_failed:
                // While it says so nobody may write any more, so only time can tell whether that is possible again.
                if (now() - since_.load(std::memory_order_relaxed) > kStorageFailureNanos) break;
                return storage_failed("the server could not store the last change");
            case State::corrupt:
                return database_corrupt("the server found damaged data");
        }
        return {};
    }

 private:
    enum class State : std::uint8_t { fine, unreachable, storage_failed, corrupt };
    static constexpr std::int64_t kStorageFailureNanos = 3'000'000'000;

    static std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds{1}; }
    void note(State state) {
        since_.store(now(), std::memory_order_relaxed);
        state_.store(state, std::memory_order_relaxed);
    }

    std::atomic<State> state_{State::fine};
    std::atomic<std::int64_t> since_{0};
};

}  // namespace tw::sql::pg
