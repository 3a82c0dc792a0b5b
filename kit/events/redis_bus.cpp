#include "kit/events/redis_bus.hpp"

#include "kit/async/sleep.hpp"
#include "kit/base/random.hpp"
#include "kit/events/delivery/deliver.hpp"
#include "kit/redis/reasons.hpp"
#include "kit/redis/refusal_log.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tw::events {
namespace {

constexpr std::chrono::milliseconds kPauseFirst{50};
constexpr std::chrono::milliseconds kPauseLast{2000};

/// Reads a list that alternates fields and values. Unknown fields are ignored.
Event read_event(const redis::ReplyView& fields) {
    Event event;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        const auto name = fields.at(i).text();
        std::string value{fields.at(i + 1).text()};
        if (name == "id")
            event.id = std::move(value);
        else if (name == "type")
            event.type = std::move(value);
        else if (name == "aggregate_id")
            event.aggregate_id = std::move(value);
        else if (name == "payload")
            event.payload = std::move(value);
        else if (name == "traceparent")
            event.traceparent = std::move(value);
    }
    return event;
}

}  // namespace

/// The work of one consumer, on its own connection. Its reads are not traced, since each would be a
/// trace of its own every other second.
class RedisBus::Consumer {
 public:
    Consumer(const RedisBus& bus, EventLoop& loop, const Subscription& subscription, const Handler& handler)
        : bus_{bus},
          subscription_{subscription},
          handler_{handler},
          key_{bus.options_.key_prefix + subscription.stream},
          client_{loop, bus.client_.settings(), {tracer_, bus.observer_.telemetry().log, bus.observer_.telemetry().meter}} {}

    Task<Error> run(const CallContext& ctx) {
        auto pause = kPauseFirst;
        while (!ctx.over()) {
            const auto fine = co_await round(ctx);
            if (ctx.over()) break;
            if (fine) {
                pause = kPauseFirst;
                continue;
            }
            refusals_.tell(bus_.observer_.telemetry().log, client_.settings(), fine.error(), ctx.loop().now());
            // A lost answer may have assigned events to this consumer; they are pending and are
            // read next.
            take_up_ = true;
            has_group_ = has_group_ && fine.error().reason() != reason::kRedisNoGroup;
            static_cast<void>(co_await sleep_for(ctx, pause));
            pause = std::min(2 * pause, kPauseLast);
        }
        co_return *ctx.over();
    }

 private:
    Task<Result<void>> round(const CallContext& ctx) {
        if (!has_group_) {
            redis::Command create{"XGROUP", {"CREATE", key_, subscription_.group, "0", "MKSTREAM"}};
            const auto created = co_await client_.run(ctx, std::move(create));
            if (!created && created.error().reason() != reason::kRedisGroupExists) co_return created.error();
            has_group_ = true;
        }
        if (take_up_) {
            auto fine = co_await read(ctx, "0");
            if (fine && *fine == 0) take_up_ = false;
            co_return fine ? Result<void>{} : std::move(fine).error();
        }
        const auto now = ctx.loop().now();
        if (now >= claim_at_) {
            claim_at_ = now + subscription_.claim_after / 2;
            auto fine = co_await claim(ctx);
            if (!fine) co_return fine;
        }
        auto fine = co_await read(ctx, ">");
        co_return fine ? Result<void>{} : std::move(fine).error();
    }

    /// Reads events and returns how many there were. `from` "0" reads events that were assigned to
    /// this consumer before and are not finished. ">" reads new ones.
    Task<Result<std::size_t>> read(const CallContext& ctx, std::string_view from) {
        // Each read of pending events counts as a delivery of all events that it returns, so those
        // are read one by one.
        const auto count = std::to_string(from == ">" ? subscription_.batch_events : 1);
        const auto block = std::to_string(std::max<std::int64_t>(subscription_.block.count(), 1));
        redis::Command command{
            "XREADGROUP",
            {"GROUP", subscription_.group, subscription_.consumer, "COUNT", count, "BLOCK", block, "STREAMS", key_, from}};
        auto reply = co_await client_.run(ctx, std::move(command), subscription_.block);
        if (!reply) co_return std::move(reply).error();
        const auto entries = reply->at(0).at(1);
        auto fine = co_await handle(ctx, entries, false);
        if (!fine) co_return std::move(fine).error();
        co_return entries.size();
    }

    /// Takes over the events of consumers that died.
    Task<Result<void>> claim(const CallContext& ctx) {
        const auto idle = std::to_string(subscription_.claim_after.count());
        const auto count = std::to_string(subscription_.batch_events);
        redis::Command command{"XAUTOCLAIM",
                               {key_, subscription_.group, subscription_.consumer, idle, claim_from_, "COUNT", count}};
        const auto reply = co_await client_.run(ctx, std::move(command));
        if (!reply) co_return reply.error();
        claim_from_ = std::string{reply->at(0).text()};
        if (claim_from_ != "0-0") claim_at_ = ctx.loop().now();
        co_return co_await handle(ctx, reply->at(1), true);
    }

    Task<Result<void>> handle(const CallContext& ctx, redis::ReplyView entries, bool claimed) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const auto entry = entries.at(i);
            const std::string number{entry.at(0).text()};
            // The event was trimmed from the stream before it was finished.
            if (entry.at(1).is_nil()) {
                if (auto fine = co_await acknowledge(ctx, number); !fine) co_return fine;
                continue;
            }
            const auto event = read_event(entry.at(1));
            auto delivery = Delivery::hopeless;
            const bool too_often = (claimed || take_up_) && co_await deliveries(ctx, number) > subscription_.deliveries_max;
            if (!too_often) delivery = co_await deliver(ctx, bus_.observer_, subscription_, handler_, event);
            if (delivery == Delivery::abandoned) co_return *ctx.over();
            if (delivery == Delivery::hopeless) {
                const auto dead = dead_letters_of(subscription_.stream);
                auto kept = co_await bus_.append(ctx, client_, dead, event);
                if (!kept) co_return kept;
                bus_.observer_.on_dead_letter(ctx, subscription_, event);
            }
            if (auto fine = co_await acknowledge(ctx, number); !fine) co_return fine;
        }
        co_return Result<void>{};
    }

    Task<Result<void>> acknowledge(const CallContext& ctx, std::string_view number) {
        redis::Command command{"XACK", {key_, subscription_.group, number}};
        const auto reply = co_await client_.run(ctx, std::move(command));
        if (!reply) co_return reply.error();
        co_return Result<void>{};
    }

    /// Returns how often the event was delivered to a consumer.
    Task<std::int64_t> deliveries(const CallContext& ctx, std::string_view number) {
        redis::Command command{"XPENDING", {key_, subscription_.group, number, number, "1"}};
        const auto reply = co_await client_.run(ctx, std::move(command));
        co_return reply ? reply->at(0).at(3).integer() : 0;
    }

    const RedisBus& bus_;
    const Subscription& subscription_;
    const Handler& handler_;
    std::string key_;
    SystemClock clock_;
    Random random_;
    telemetry::Tracer tracer_{clock_, random_};
    redis::Client client_;
    redis::RefusalLog refusals_;
    bool has_group_ = false;
    bool take_up_ = true;
    SteadyTime claim_at_{};
    std::string claim_from_ = "0-0";
};

RedisBus::RedisBus(redis::Client& client, telemetry::Telemetry telemetry, Options options)
    : client_{client}, observer_{telemetry, "redis"}, options_{std::move(options)} {}

Task<Result<void>> RedisBus::append(const CallContext& ctx, redis::Client& client, std::string_view stream,
                                    const Event& event) const {
    const auto key = options_.key_prefix + std::string{stream};
    const auto kept = std::to_string(options_.events_max);
    redis::Command command{"XADD",
                           {key, "MAXLEN", "~", kept, "*", "id", event.id, "type", event.type, "aggregate_id", event.aggregate_id,
                            "payload", event.payload, "traceparent", event.traceparent}};
    const auto reply = co_await client.run(ctx, std::move(command));
    if (!reply) co_return reply.error();
    co_return Result<void>{};
}

Task<Result<void>> RedisBus::publish(const CallContext& ctx, std::string_view stream, const Event& event) {
    auto span = observer_.start_send(ctx, stream, event);
    auto copy = event;
    if (copy.traceparent.empty()) copy.traceparent = telemetry::format_traceparent(span.context().trace());
    auto outcome = co_await append(span.context(), client_, stream, copy);
    observer_.on_sent(stream, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome;
}

Task<Error> RedisBus::consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) {
    Consumer consumer{*this, ctx.loop(), subscription, handler};
    co_return co_await consumer.run(ctx);
}

}  // namespace tw::events
