#pragma once

#include "kit/telemetry/log_line.hpp"
#include "kit/telemetry/otlp/otlp_attributes.hpp"
#include "kit/telemetry/otlp_span_recorder.hpp"

#include <cstddef>
#include <functional>
#include <mutex>

namespace tw::telemetry {

/// Writes log records as OTLP bytes (opentelemetry.proto.logs.v1.LogRecord) into a buffer. The
/// buffer is passed on when it holds `batch_records` of them, or when flushed. Thread-safe, because
/// a logger is. The lock is held for one encoding.
class OtlpLogRecorder final : public LogRecorder {
 public:
    /// Takes the full batch, like OtlpSpanRecorder::OnFull. It is called under the lock, so it must
    /// not log.
    using OnFull = std::move_only_function<void(OtlpBatch& batch)>;

    OtlpLogRecorder(const AttributeLimits& limits, std::size_t batch_records, OnFull on_full)
        : limits_{limits}, batch_records_{batch_records}, on_full_{std::move(on_full)} {}

    void record(const LogRecord& record) override;
    /// Passes on the records in the buffer, if there are any.
    void flush();

 private:
    AttributeLimits limits_;
    std::size_t batch_records_;
    std::mutex mutex_;
    OnFull on_full_;
    OtlpAttributes attributes_;
    OtlpBatch batch_;
};

}  // namespace tw::telemetry
