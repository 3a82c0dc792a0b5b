#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/error.hpp"
#include "kit/redis/settings.hpp"
#include "kit/telemetry/log.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace tw::redis {

/// Logs the refusals of a Redis that answers (it cannot save, has no memory left, the ACL user
/// lacks a permission). It writes the event `redis.refused` once in `kPause` for each reason,
/// however many commands and loops meet it. Thread-safe.
class RefusalLog {
 public:
    static constexpr std::chrono::minutes kPause{1};

    void tell(const telemetry::Logger& log, const Settings& settings, const Error& refused, SteadyTime now);

 private:
    std::mutex mutex_;
    /// For each reason, the time until which no further line is written.
    std::map<std::string, SteadyTime, std::less<>> told_;
};

}  // namespace tw::redis
