#include "kit/events/delivery/deliver.hpp"

#include "kit/async/sleep.hpp"

#include <algorithm>
#include <exception>
#include <string>

namespace tw::events {
namespace {

/// Calls the handler and returns its result. An exception that leaves the handler is a failure of
/// this one event.
Task<Result<void>> call_handler(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                                const Handler& handler, const Event& event) {
    std::string what;
    try {
        auto handling = handler(ctx, event);
        co_return co_await std::move(handling);
    } catch (const std::exception& exception) {
        what = exception.what();
    } catch (...) {
        what = "something that is no std::exception";
    }
    observer.on_handler_failed(ctx, subscription, event, what);
    co_return internal("exception: " + what);
}

Task<Result<void>> attempt(const CallContext& ctx, const EventObserver& observer, const Subscription& subscription,
                           const Handler& handler, const Event& event) {
    auto span = observer.start_process(ctx, subscription, event);
    const auto began = ctx.loop().now();
    auto outcome = co_await call_handler(span.context(), observer, subscription, handler, event);
    observer.on_processed(subscription, ctx.loop().now() - began, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome;
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

}  // namespace tw::events
