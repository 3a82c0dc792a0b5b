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
    export_failed,  ///< refused or not answered, and no time left for another attempt
    rejected,       ///< the receiver refused these records and accepted the others (partial success)
    shutdown,       ///< the process ended first
};
inline constexpr std::size_t kDropReasons = 4;

/// Returns the reason's name, such as "queue_full".
std::string_view drop_reason_name(DropReason reason);

/// Encoded records of one source (a resource), which wait for the exporter.
struct QueuedBatch {
    std::size_t source = 0;
    telemetry::OtlpBatch batch;
};

/// The queue between the loops that record and the thread that exports, for one signal. It is
/// bounded by records and by bytes, because a receiver may be away for long. A batch that does not
/// fit is dropped and counted, so the newest records are lost. Used buffers return to the
/// recorders, so that in steady state nothing is allocated. Thread-safe; the lock is held for
/// moments.
class ExportQueue {
 public:
    struct Limits {
        std::size_t records_max = 2048;
        std::size_t bytes_max = 16 * 1024 * 1024;
        /// How many records make it time to send.
        std::size_t due_records = 512;
    };
    enum class Outcome : std::uint8_t {
        kept,
        due,  ///< kept, and the exporter must be woken; returned once until something is taken
        dropped,
    };

    explicit ExportQueue(const Limits& limits) : limits_{limits} {}

    /// Takes the batch as a whole or drops it as a whole. `batch` is empty afterwards, with some
    /// capacity if a used buffer is there.
    Outcome push(std::size_t source, telemetry::OtlpBatch& batch);
    /// Takes the oldest batches that have at most `records_max` records together. It takes at least
    /// one batch, if there is any.
    std::vector<QueuedBatch> take(std::size_t records_max);
    /// Returns a buffer that `take` gave out.
    void recycle(std::string buffer);
    /// Drops all records, now and from now on, as DropReason::shutdown.
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
    /// Gives `batch` a used buffer in place of the one that was taken.
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
