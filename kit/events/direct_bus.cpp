#include "kit/events/direct_bus.hpp"

#include "kit/async/combine.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/sleep.hpp"
#include "kit/events/delivery/deliver.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace tw::events {
namespace {

Error consumer_has_ended() { return unavailable("a consumer has ended"); }
Error not_handled(std::string detail) { return Error{Code::unavailable, "NOT_HANDLED", std::move(detail)}; }

}  // namespace

std::shared_ptr<DirectBus::Consumers> DirectBus::make_consumers() { return std::make_shared<Consumers>(); }

Task<Result<void>> DirectBus::publish(const CallContext& ctx, std::string_view stream, const Event& event) {
    auto span = observer_.start_send(ctx, stream, event);
    auto copy = event;
    if (copy.traceparent.empty()) copy.traceparent = telemetry::format_traceparent(span.context().trace());
    auto outcome = co_await hand_over(span.context(), stream, copy);
    observer_.on_sent(stream, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome;
}

std::vector<DirectBus::Consumer> DirectBus::consumers_of(std::string_view stream) const {
    std::vector<Consumer> chosen;
    std::set<std::string_view> groups;
    for (const auto& consumer : consumers_->list_) {
        const bool wanted = consumer.subscription->stream == stream && groups.insert(consumer.subscription->group).second;
        if (wanted) chosen.push_back(consumer);
    }
    return chosen;
}

bool DirectBus::is_there(const Consumer& consumer) const {
    return std::ranges::any_of(consumers_->list_, [&](const Consumer& other) { return other.handler == consumer.handler; });
}

Task<Result<void>> DirectBus::hand_over(const CallContext& ctx, std::string_view stream, const Event& event) {
    // The list may change while a handler works.
    const auto chosen = consumers_of(stream);
    std::vector<Task<Result<void>>> handing;
    handing.reserve(chosen.size());
    for (const auto& consumer : chosen) handing.push_back(hand_to(ctx, consumer, event));
    const auto outcomes = co_await all(std::move(handing));
    for (const auto& outcome : outcomes) {
        if (!outcome) co_return outcome.error();
    }
    // Nobody has to ask about this event again.
    auto& progress = consumers_->progress_;
    for (auto place = progress.lower_bound({event.id, {}}); place != progress.end() && place->first.first == event.id;) {
        place = progress.erase(place);
    }
    co_return Result<void>{};
}

Task<bool> DirectBus::publish_batch(const CallContext& ctx, std::string_view stream, std::span<const Event> events) {
    const auto chosen = consumers_of(stream);
    const auto takes_batches = [](const Consumer& consumer) { return consumer.subscription->handle_batch != nullptr; };
    if (events.empty() || !std::ranges::all_of(chosen, takes_batches)) co_return false;
    // Events that have the trace of their writer are handed over as they are.
    std::vector<Event> copies;
    const auto has_no_trace = [](const Event& event) { return event.traceparent.empty(); };
    if (std::ranges::any_of(events, has_no_trace)) copies.assign(events.begin(), events.end());
    std::vector<telemetry::Span> spans;
    spans.reserve(events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto writer = telemetry::parse_traceparent(events[i].traceparent).value_or(TraceContext{});
        spans.push_back(observer_.start_send(ctx.with_trace(writer), stream, events[i]));
        if (!events[i].traceparent.empty()) continue;
        copies[i].traceparent = telemetry::format_traceparent(spans.back().context().trace());
    }
    auto handing = hand_over_batch(ctx, chosen, copies.empty() ? events : std::span<const Event>{copies});
    const bool handled = co_await std::move(handing);
    if (handled) {
        observer_.on_sent(stream, {}, events.size());
        co_return true;
    }
    const auto why = not_handled("a consumer could not handle the events at once");
    for (auto& span : spans) span.fail(why);
    co_return false;
}

Task<bool> DirectBus::hand_over_batch(const CallContext& ctx, const std::vector<Consumer>& chosen,
                                      std::span<const Event> events) {
    for (const auto& consumer : chosen) {
        if (!is_there(consumer)) co_return false;
        const bool handled = co_await deliver_batch(ctx, *consumer.observer, *consumer.subscription, events);
        if (!handled) co_return false;
    }
    co_return true;
}

Task<Result<void>> DirectBus::hand_to(const CallContext& ctx, Consumer consumer, const Event& event) {
    if (!is_there(consumer)) co_return consumer_has_ended();
    const std::pair key{event.id, consumer.subscription->group};
    auto known = consumers_->progress_.find(key);
    Progress progress = known == consumers_->progress_.end() ? Progress{} : known->second;
    if (progress.handled) co_return Result<void>{};
    auto once = *consumer.subscription;
    once.deliveries_max = 1;
    const auto until = ctx.loop().now() + kTryTimeout;
    while (progress.due <= until) {
        if (const auto now = ctx.loop().now(); progress.due > now) static_cast<void>(co_await sleep_for(ctx, progress.due - now));
        if (!is_there(consumer)) co_return consumer_has_ended();
        const auto delivery = co_await deliver(ctx, *consumer.observer, once, *consumer.handler, event);
        if (delivery == Delivery::abandoned) co_return ctx.over_before_start();
        progress.handled = delivery == Delivery::handled;
        progress.pause = progress.pause.count() == 0 ? once.retry_first : std::min(2 * progress.pause, once.retry_last);
        progress.due = ctx.loop().now() + progress.pause;
        if (consumers_->progress_.size() >= Consumers::kProgressMax) consumers_->progress_.clear();
        consumers_->progress_.insert_or_assign(key, progress);
        if (progress.handled) co_return Result<void>{};
    }
    co_return not_handled("a consumer could not handle the event");
}

Task<Error> DirectBus::consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) {
    if (ctx.over()) co_return *ctx.over();
    auto& list = consumers_->list_;
    const auto place = list.insert(list.end(), {&subscription, &handler, &observer_});
    OneShot<bool> over;
    const CancelScope::Hook hook{ctx.scope(), [&over](const Error&) { over.set(true); }};
    co_await over;
    list.erase(place);
    co_return *ctx.over();
}

}  // namespace tw::events
