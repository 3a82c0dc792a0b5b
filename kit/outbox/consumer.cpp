#include "kit/outbox/consumer.hpp"

#include "kit/events/call_handler.hpp"

#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::outbox {
namespace {

/// What an operator needs to know, who may also see the cause.
std::string explain(const Error& error) {
    auto text = fmt::format("{}: {}", error.reason(), error.detail());
    if (!error.cause().empty()) text += fmt::format(" ({})", error.cause());
    return text;
}

}  // namespace

Consumer::Consumer(EventLoop& loop, events::Bus& bus, sql::Database& database, const Clock& clock, telemetry::Telemetry telemetry,
                   Options options, events::Handler handler, events::BatchHandler batch_handler)
    : call_{loop},
      bus_{bus},
      clock_{clock},
      telemetry_{telemetry},
      options_{std::move(options)},
      handler_{std::move(handler)},
      batch_handler_{std::move(batch_handler)},
      store_{database, telemetry},
      subscription_{.stream = options_.stream,
                    .group = options_.name,
                    .consumer = options_.replica,
                    // This class counts the attempts, and puts events aside in the database.
                    .deliveries_max = std::numeric_limits<int>::max(),
                    .retry_first = options_.retry_first,
                    .retry_last = options_.retry_last},
      counting_{[this](const CallContext& ctx, const events::Event& event) { return handle(ctx, event); }} {
    if (!batch_handler_) return;
    subscription_.handle_batch = [this](const CallContext& ctx, std::span<const events::Event> events) {
        return handle_batch(ctx, events);
    };
}

void Consumer::start() { spawn(gate_, consume()); }

Task<void> Consumer::stop() {
    call_.scope().cancel(cancelled());
    co_await close_and_wait(gate_);
}

Task<void> Consumer::consume() {
    const auto ctx = call_.context().with_trace(TraceContext::no_trace());
    std::ignore = co_await bus_.consume(ctx, subscription_, counting_);
}

Task<Result<void>> Consumer::handle_batch(const CallContext& ctx, std::span<const events::Event> events) {
    auto handling = batch_handler_(ctx, events);
    auto handled = co_await std::move(handling);
    if (!handled || attempts_.empty()) co_return handled;
    for (const auto& event : events) attempts_.erase(event.id);
    co_return handled;
}

Task<Result<void>> Consumer::handle(const CallContext& ctx, const events::Event& event) {
    auto on_exception = [&](std::string_view what) {
        telemetry_.log.error(ctx, "event.handler_failed",
                             {{"messaging.destination.name", options_.stream},
                              {"messaging.consumer.group.name", options_.name},
                              {"messaging.message.id", event.id},
                              {"tw.event.type", event.type},
                              {"exception.message", what}},
                             "an exception left the handler of an event");
    };
    auto handled = co_await events::call_handler(ctx, handler_, event, std::move(on_exception));
    if (handled) {
        attempts_.erase(event.id);
        co_return handled;
    }
    if (ctx.over() || ++attempts_[event.id] < options_.attempts_max) co_return handled;
    const DeadEvent dead{.consumer = options_.name,
                         .module = options_.module,
                         .stream = options_.stream,
                         .event = event,
                         .error = explain(handled.error()),
                         .died_at = clock_.now()};
    auto buried = co_await store_.bury(ctx, dead);
    if (!buried) co_return buried;
    attempts_.erase(event.id);
    telemetry_.log.error(ctx, "event.dead",
                         {{"messaging.message.id", event.id},
                          {"messaging.consumer.group.name", options_.name},
                          {"error.type", handled.error().reason()}},
                         fmt::format("{} could not apply event {} of type {} and has put it aside: {}", options_.name, event.id,
                                     event.type, handled.error().detail()));
    co_return Result<void>{};
}

}  // namespace tw::outbox
