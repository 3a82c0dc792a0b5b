#pragma once

#include "kit/events/bus.hpp"
#include "kit/events/delivery/event_observer.hpp"
#include "kit/redis/client.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace tw::events {

/// Streams in Redis (XADD, consumer groups), for several replicas. A stream keeps about
/// `events_max` events. Older events are lost for a group that has not received them, so the number
/// limits how long consumers may be down. A Redis that dies loses what it had not stored. The
/// outbox then publishes again, and consumers recognise events that they have handled before.
///
/// Each consumer has its own connection, since its reads block.
class RedisBus final : public Bus {
 public:
    struct Options {
        /// The text before every stream's name. It ends with a colon.
        std::string key_prefix = "tw:events:";
        std::size_t events_max = 100'000;
    };

    /// `client` is used for publishing and outlives the bus.
    RedisBus(redis::Client& client, telemetry::Telemetry telemetry) : RedisBus{client, telemetry, Options{}} {}
    RedisBus(redis::Client& client, telemetry::Telemetry telemetry, Options options);

    /// The errors are those of kit/redis.
    Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) override;
    /// Continues after every failure of Redis.
    Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) override;

 private:
    class Consumer;
    Task<Result<void>> append(const CallContext& ctx, redis::Client& client, std::string_view stream, const Event& event) const;

    redis::Client& client_;
    EventObserver observer_;
    Options options_;
};

}  // namespace tw::events
