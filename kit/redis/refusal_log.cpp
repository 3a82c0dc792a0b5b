#include "kit/redis/refusal_log.hpp"

namespace tw::redis {

void RefusalLog::tell(const telemetry::Logger& log, const Settings& settings, const Error& refused, SteadyTime now) {
    {
        const std::lock_guard lock{mutex_};
        auto& until = told_.try_emplace(refused.reason(), SteadyTime::min()).first->second;
        if (now < until) return;
        until = now + kPause;
    }
    log.log(telemetry::Severity::warn, "redis.refused",
            {{"server.address", settings.address.host},
             {"server.port", std::int64_t{settings.address.port}},
             {"error.type", refused.reason()},
             {"cause", refused.cause()}},
            "Redis refuses commands: " + refused.detail());
}

}  // namespace tw::redis
