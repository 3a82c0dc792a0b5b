#pragma once

#include "kit/base/clock.hpp"
#include "kit/otlp/pipeline/export_queue.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

namespace tw::otlp {

/// The state of the export of one signal. Counts are since the start, in records (spans, metric
/// points, log records).
struct ExporterStats {
    /// Whether the signal is exported.
    bool enabled = false;
    std::uint64_t exported = 0;
    /// The records in the request that is under way.
    std::uint64_t inflight = 0;
    std::uint64_t queued = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t requests = 0;
    std::array<std::uint64_t, kDropReasons> dropped{};
    /// When a receiver last accepted something, or the epoch if none has.
    Timestamp last_export_at;
    /// The last error; empty while nothing has gone wrong.
    std::string last_error;
    Timestamp last_error_at;

    std::uint64_t dropped_by(DropReason reason) const { return dropped[static_cast<std::size_t>(reason)]; }
    std::uint64_t dropped_in_all() const {
        std::uint64_t sum = 0;
        for (const auto count : dropped) sum += count;
        return sum;
    }
};

/// The numbers that a pipeline writes and others read. Thread-safe.
class ExportCounts {
 public:
    std::atomic<std::uint64_t> exported{0};
    std::atomic<std::uint64_t> inflight{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::int64_t> last_export_micros{0};

    void note_error(std::string what, Timestamp when) {
        const std::lock_guard lock{mutex_};
        last_error_ = std::move(what);
        last_error_at_ = when;
    }
    void read(ExporterStats& stats) const {
        stats.exported = exported.load(std::memory_order_relaxed);
        stats.inflight = inflight.load(std::memory_order_relaxed);
        stats.requests = requests.load(std::memory_order_relaxed);
        stats.last_export_at = Timestamp::from_unix_micros(last_export_micros.load(std::memory_order_relaxed));
        const std::lock_guard lock{mutex_};
        stats.last_error = last_error_;
        stats.last_error_at = last_error_at_;
    }

 private:
    mutable std::mutex mutex_;
    std::string last_error_;
    Timestamp last_error_at_;
};

}  // namespace tw::otlp
