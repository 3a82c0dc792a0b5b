#pragma once

#include "kit/events/bus.hpp"
#include "kit/events/event_observer.hpp"
#include "kit/redis/client.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace tw::events {

/// Streams in Redis (XADD, consumer groups), for several replicas. A stream keeps about `events_max` events; what a group has not
/// had by then is lost to it, so the bound is what an outage of consumers may last. Redis loses what it had not stored when it
/// dies: the outbox publishes again, and consumers know what they have had.
///
/// Each consumer has a connection of its own, since its reads block.
class RedisBus final : public Bus {
 public:
    struct Options {
        /// Before every stream's name; ends with a colon.
        std::string key_prefix = "tradewind:events:";
        std::size_t events_max = 100'000;
    };

    /// `client`, which publishes, outlives the bus.
    RedisBus(redis::Client& client, telemetry::Telemetry telemetry) : RedisBus{client, telemetry, Options{}} {}
    RedisBus(redis::Client& client, telemetry::Telemetry telemetry, Options options);

    /// Errors: those of kit/redis.
    Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) override;
    /// Goes on through every failure of Redis.
    Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) override;

 private:
    class Consumer;
    Task<Result<void>> append(const CallContext& ctx, redis::Client& client, std::string_view stream, const Event& event) const;

    redis::Client& client_;
    EventObserver observer_;
    Options options_;
};

}  // namespace tw::events
