#pragma once

#include "kit/redis/breaker.hpp"
#include "kit/redis/client.hpp"
#include "kit/redis/refusal_log.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <atomic>
#include <memory>
#include <span>
#include <string_view>

namespace tw::redis {

/// Tells the log once when Redis goes and once when it is back, however many loops notice. Thread-safe; one a process.
class OutageAlarm {
 public:
    /// Log events `redis.away` (WARN) and `redis.back` (INFO).
    void on_opened(const telemetry::Logger& log, const Settings& settings, const Error& why);
    void on_closed(const telemetry::Logger& log, const Settings& settings);
    /// Log event `redis.refused` (WARN): Redis answers, and does not do what it is asked for.
    void on_refused(const telemetry::Logger& log, const Settings& settings, const Error& refused, SteadyTime now) {
        refusals_.tell(log, settings, refused, now);
    }

 private:
    std::atomic<int> open_{0};
    RefusalLog refusals_;
};

/// A Client for those who can do without: while Redis is away or slow they are told so at once, and now and then one of
/// their commands finds out whether it is back. What is wrong with one key or command alone does not count.
///
/// Belongs to the client's loop; `client` outlives it.
class GuardedClient {
 public:
    GuardedClient(Client& client, telemetry::Telemetry telemetry, std::shared_ptr<OutageAlarm> alarm,
                  Breaker::Limits limits = {});
    ~GuardedClient();

    EventLoop& loop() const { return client_.loop(); }

    /// False while Redis is skipped, unless the next command would be a probe.
    bool would_ask() const { return breaker_.would_allow(client_.loop().now()); }

    /// As Client's; UNAVAILABLE (REDIS_SKIPPED) while it is skipped.
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

/// Whether a GuardedClient did not ask at all.
bool was_skipped(const Error& error);

}  // namespace tw::redis
