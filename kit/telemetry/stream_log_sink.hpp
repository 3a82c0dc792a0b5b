#pragma once

#include "kit/telemetry/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace tw::telemetry {

/// Writes log lines to a file descriptor from a thread of its own. Whoever reads the other end may stop reading: a line
/// then waits in a bounded buffer, and when that is full, lines are dropped and counted, and once there is room again a
/// line says how many. So a blocked standard output never blocks a loop. Thread-safe.
class StreamLogSink final : public LogSink {
 public:
    struct Options {
        LogStyle style = LogStyle::json;
        std::size_t buffer_bytes_max = 1024 * 1024;
        /// How long the destructor waits for the reader.
        std::chrono::milliseconds last_flush_max{1'000};
    };

    /// `fd` stays the caller's and open for as long as the sink is.
    StreamLogSink(int fd, const Clock& clock, Options options);
    /// Waits up to `last_flush_max` for what is buffered to be written, and drops the rest.
    ~StreamLogSink() override;
    StreamLogSink(const StreamLogSink&) = delete;
    StreamLogSink& operator=(const StreamLogSink&) = delete;

    LogStyle style() const override;
    void write(std::string_view line) override;

    /// Waits until all lines so far have been written; false when that took too long. Blocks.
    bool flush(std::chrono::milliseconds at_most);
    /// Lines dropped so far.
    std::uint64_t dropped() const;

 private:
    struct Shared;
    static void run(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace tw::telemetry
