#pragma once

#include "kit/telemetry/log.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace tw::telemetry {

/// Keeps log lines, for tests to read.
class CollectedLogs final : public LogSink {
 public:
    void write(std::string_view line) override {
        const std::lock_guard lock{mutex_};
        lines_.emplace_back(line);
    }
    std::vector<std::string> lines() const {
        const std::lock_guard lock{mutex_};
        return lines_;
    }
    /// Whether some line contains `text`.
    bool contain(std::string_view text) const {
        const std::lock_guard lock{mutex_};
        for (const auto& line : lines_) {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    }

 private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// Discards log lines, for tests that do not read them.
class DiscardedLogs final : public LogSink {
 public:
    void write(std::string_view) override {}
};

}  // namespace tw::telemetry
