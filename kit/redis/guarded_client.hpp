#pragma once

#include "kit/base/breaker.hpp"
#include "kit/redis/client.hpp"
#include "kit/redis/refusal_log.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <string_view>

namespace tw::redis {

/// Logs once when Redis goes away and once when it is back, however many loops notice. Thread-safe.
/// Each process has one.
class OutageAlarm {
 public:
    /// Writes the log events `redis.unavailable` (WARN) and `redis.available` (INFO).
    void on_opened(const telemetry::Logger& log, const Settings& settings, const Error& why);
    void on_closed(const telemetry::Logger& log, const Settings& settings);
    /// Writes the log event `redis.refused` (WARN): Redis answers, but refuses a command.
    void on_refused(const telemetry::Logger& log, const Settings& settings, const Error& refused, SteadyTime now) {
        refusals_.tell(log, settings, refused, now);
    }

 private:
    std::atomic<int> open_{0};
    RefusalLog refusals_;
};

/// A Client with a circuit breaker, for callers who can do without Redis. While Redis is away or
/// slow their commands fail at once, and now and then one of them is sent as a probe. An error that
/// concerns one key or command alone does not open the breaker.
///
/// It belongs to the client's loop. `client` outlives it.
class GuardedClient {
 public:
    GuardedClient(Client& client, telemetry::Telemetry telemetry, std::shared_ptr<OutageAlarm> alarm,
                  Breaker::Limits limits = {});
    ~GuardedClient();

    EventLoop& loop() const { return client_.loop(); }

    /// Returns false while Redis is skipped, unless the next command would be a probe.
    bool would_ask() const { return breaker_.would_allow(client_.loop().now()); }

    /// Runs a command or script like Client. Fails with UNAVAILABLE (REDIS_SKIPPED) while Redis is
    /// skipped.
    Task<Result<Reply>> run(const CallContext& ctx, Command command);
    Task<Result<Reply>> eval(const CallContext& ctx, const Script& script, std::span<const std::string_view> keys,
                             std::span<const std::string_view> arguments);

 private:
    void learn(const Result<Reply>& reply);
    void on_change(Breaker::Change change, const Error* why);

    Client& client_;
    telemetry::Telemetry telemetry_;
    std::shared_ptr<OutageAlarm> alarm_;
    Breaker breaker_;
    telemetry::Counter state_;
};

/// Whether the error means that a GuardedClient skipped Redis.
bool was_skipped(const Error& error);

}  // namespace tw::redis
