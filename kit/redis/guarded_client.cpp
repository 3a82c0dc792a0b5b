#include "kit/redis/guarded_client.hpp"

#include "kit/redis/connection/errors.hpp"
#include "kit/telemetry/breaker_metric.hpp"

#include <utility>

namespace tw::redis {
namespace {

constexpr std::string_view kSkipped = "REDIS_SKIPPED";

Error skipped() { return {Code::unavailable, std::string{kSkipped}, "Redis is unavailable or slow and is not used for now"}; }

}  // namespace

bool was_skipped(const Error& error) { return error.reason() == kSkipped; }

void OutageAlarm::on_opened(const telemetry::Logger& log, const Settings& settings, const Error& why) {
    if (open_.fetch_add(1) != 0) return;
    log.log(telemetry::Severity::warn, "redis.unavailable",
            {{"server.address", settings.address.host},
             {"server.port", std::int64_t{settings.address.port}},
             {"error.type", why.reason()},
             {"cause", why.cause()}},
            "Redis is unavailable or slow: it is not used until it answers again");
}

void OutageAlarm::on_closed(const telemetry::Logger& log, const Settings& settings) {
    if (open_.fetch_sub(1) != 1) return;
    log.log(telemetry::Severity::info, "redis.available",
            {{"server.address", settings.address.host}, {"server.port", std::int64_t{settings.address.port}}},
            "Redis answers again");
}

GuardedClient::GuardedClient(Client& client, telemetry::Telemetry telemetry, std::shared_ptr<OutageAlarm> alarm,
                             Breaker::Limits limits)
    : client_{client},
      telemetry_{telemetry},
      alarm_{std::move(alarm)},
      breaker_{limits},
      state_{telemetry.meter.counter(telemetry::kBreakerState, {{"tw.breaker.name", "redis"}})} {}

GuardedClient::~GuardedClient() {
    // The alarm outlives this client, so an outage that this client reported is taken back.
    if (breaker_.open()) on_change(Breaker::Change::closed, nullptr);
}

Task<Result<Reply>> GuardedClient::run(const CallContext& ctx, Command command) {
    if (!breaker_.allows(client_.loop().now())) co_return skipped();
    auto reply = co_await client_.run(ctx, std::move(command));
    learn(reply);
    co_return reply;
}

Task<Result<Reply>> GuardedClient::eval(const CallContext& ctx, const Script& script, std::span<const std::string_view> keys,
                                        std::span<const std::string_view> arguments) {
    if (!breaker_.allows(client_.loop().now())) co_return skipped();
    auto reply = co_await client_.eval(ctx, script, keys, arguments);
    learn(reply);
    co_return reply;
}

void GuardedClient::learn(const Result<Reply>& reply) {
    // A cancelled call says nothing about Redis.
    if (!reply && reply.error().code() == Code::cancelled) return;
    if (reply || !is_outage(reply.error())) {
        if (!reply) alarm_->on_refused(telemetry_.log, client_.settings(), reply.error(), client_.loop().now());
        return on_change(breaker_.on_success(), nullptr);
    }
    on_change(breaker_.on_failure(client_.loop().now()), &reply.error());
}

void GuardedClient::on_change(Breaker::Change change, const Error* why) {
    if (change == Breaker::Change::opened) {
        state_.add(1);
        alarm_->on_opened(telemetry_.log, client_.settings(), *why);
    } else if (change == Breaker::Change::closed) {
        state_.add(-1);
        alarm_->on_closed(telemetry_.log, client_.settings());
    }
}

}  // namespace tw::redis
