#pragma once

#include "kit/telemetry/otlp_span_recorder.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace tw::otlp {

/// Why telemetry was lost.
enum class DropReason : std::uint8_t {
    queue_full,     ///< the receiver is away or too slow
    export_failed,  ///< sent, refused or not answered, and no time left for another attempt
    rejected,       ///< the receiver took the rest of the batch (partial success)
    shutdown,       ///< the process ended first
};
inline constexpr std::size_t kDropReasons = 4;

/// "queue_full" and so on.
std::string_view drop_reason_name(DropReason reason);

/// Encoded records of one source (a resource) on their way to the exporter.
struct QueuedBatch {
    std::size_t source = 0;
    telemetry::OtlpBatch batch;
};

/// Between the loops that record and the thread that exports, for one signal. Bounded by records and by bytes, because
/// a receiver may be away for long; what does not fit is dropped, the newest first, and counted. Used buffers go back to
/// whoever brings full ones, so that in steady state nothing is allocated. Thread-safe; the lock is held for moments.
class ExportQueue {
 public:
    struct Limits {
        std::size_t records_max = 2048;
        std::size_t bytes_max = 16 * 1024 * 1024;
        /// When so many are there, it is time to send.
        std::size_t due_records = 512;
    };
    enum class Outcome : std::uint8_t {
        kept,
        due,  ///< kept, and the exporter is to be woken; told once until something is taken
        dropped,
    };

    explicit ExportQueue(const Limits& limits) : limits_{limits} {}

    /// Takes the batch whole or drops it whole; either way `batch` is empty afterwards, with some capacity if any is to be had.
    Outcome push(std::size_t source, telemetry::OtlpBatch& batch);
    /// The oldest batches that together have no more than `records_max` records, but at least one where there is any.
    std::vector<QueuedBatch> take(std::size_t records_max);
    /// Gives a buffer back that `take` gave out.
    void recycle(std::string buffer);
    /// Drops what there is and all that comes from now on, as DropReason::shutdown.
    void close();

    std::size_t records() const;
    std::size_t bytes() const;

    void count_dropped(DropReason reason, std::uint64_t records) {
        dropped_[static_cast<std::size_t>(reason)].fetch_add(records, std::memory_order_relaxed);
    }
    std::uint64_t dropped(DropReason reason) const {
        return dropped_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
    }

 private:
    /// Gives `batch` a used buffer for the one that was taken.
    void renew(telemetry::OtlpBatch& batch);

    const Limits limits_;
    mutable std::mutex mutex_;
    std::deque<QueuedBatch> batches_;
    std::vector<std::string> spare_;
    std::size_t records_ = 0;
    std::size_t bytes_ = 0;
    std::size_t spare_bytes_ = 0;
    bool told_ = false;
    bool closed_ = false;
    std::array<std::atomic<std::uint64_t>, kDropReasons> dropped_{};
};

}  // namespace tw::otlp
