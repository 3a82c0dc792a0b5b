#pragma once

#include "kit/telemetry/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace tw::telemetry {

/// Writes log lines to a file descriptor from its own thread. The reader at the other end may stop
/// reading. Lines then wait in a bounded buffer. When that is full, lines are dropped and counted,
/// and a later line says how many were lost. A blocked standard output therefore never blocks a
/// loop. Thread-safe.
class StreamLogSink final : public LogSink {
 public:
    struct Options {
        /// Who writes the records about the sink itself.
        std::string service_name = "log";
        LogStyle style = LogStyle::json;
        std::size_t buffer_bytes_max = 1024 * 1024;
        /// How long the destructor waits for the reader.
        std::chrono::milliseconds last_flush_max{1'000};
    };

    /// `fd` stays the caller's and must stay open for as long as the sink exists.
    StreamLogSink(int fd, const Clock& clock, Options options);
    /// Waits up to `last_flush_max` until the buffered lines are written, and drops the rest.
    ~StreamLogSink() override;
    StreamLogSink(const StreamLogSink&) = delete;
    StreamLogSink& operator=(const StreamLogSink&) = delete;

    LogStyle style() const override;
    void write(std::string_view line) override;

    /// Waits until all lines so far have been written. Returns false if that took too long. The
    /// call blocks.
    bool flush(std::chrono::milliseconds at_most);
    /// The number of lines dropped so far.
    std::uint64_t dropped() const;

 private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace tw::telemetry
