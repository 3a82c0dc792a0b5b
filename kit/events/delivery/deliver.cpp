#include "kit/events/delivery/deliver.hpp"

#include "kit/async/sleep.hpp"
#include "kit/events/call_handler.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace tw::events {
namespace {

Task<Result<void>> attempt(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                           const Handler& handler, const Event& event) {
    // A consumer's work is a trace of its own, which has a link to the trace of the event.
    const auto outside = ctx.with_trace({});
    auto span = observer.start_process(outside, subscription, event);
    const auto began = ctx.loop().now();
    const auto& inside = span.context();
    auto on_exception = [&](std::string_view what) { observer.on_handler_failed(inside, subscription, event, what); };
    auto outcome = co_await call_handler(inside, handler, event, std::move(on_exception));
    observer.on_processed(subscription, ctx.loop().now() - began, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome;
}

Task<Result<void>> call_batch_handler(const CallContext& ctx, const BatchHandler& handler, std::span<const Event> events) {
    try {
        auto handling = handler(ctx, events);
        co_return co_await std::move(handling);
    } catch (const std::exception& exception) {
        co_return internal(std::string{"exception: "} + exception.what());
    } catch (...) {
        co_return internal("exception: an object that is not a std::exception");
    }
}

}  // namespace

Task<Delivery> deliver(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                       const Handler& handler, const Event& event) {
    auto pause = subscription.retry_first;
    for (int tried = 1;; ++tried) {
        if (ctx.over()) co_return Delivery::abandoned;
        const auto outcome = co_await attempt(ctx, observer, subscription, handler, event);
        if (outcome) co_return Delivery::handled;
        if (ctx.over()) co_return Delivery::abandoned;
        if (tried >= subscription.deliveries_max) co_return Delivery::hopeless;
        static_cast<void>(co_await sleep_for(ctx, pause));
        pause = std::min(2 * pause, subscription.retry_last);
    }
}

Task<bool> deliver_batch(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                         std::span<const Event> events) {
    if (ctx.over()) co_return false;
    const auto outside = ctx.with_trace({});
    auto span = observer.start_process(outside, subscription, events);
    const auto began = ctx.loop().now();
    auto outcome = co_await call_batch_handler(span.context(), subscription.handle_batch, events);
    observer.on_processed(subscription, ctx.loop().now() - began, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome.has_value();
}

}  // namespace tw::events
