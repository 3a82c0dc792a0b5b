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

/// Tells the log what a Redis that answers keeps refusing (it cannot save, has no memory left, the ACL user lacks a permission):
/// the event `redis.refused`, once in `kPause` for each reason, however many commands and loops meet it. Thread-safe.
class RefusalLog {
 public:
    static constexpr std::chrono::minutes kPause{1};

    void tell(const telemetry::Logger& log, const Settings& settings, const Error& refused, SteadyTime now);

 private:
    std::mutex mutex_;
    /// Until when no line is written about a reason.
    std::map<std::string, SteadyTime, std::less<>> told_;
};

}  // namespace tw::redis
