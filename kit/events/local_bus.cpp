#include "kit/events/local_bus.hpp"

#include "kit/events/delivery/deliver.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <utility>

namespace tw::events {

LocalBus::Stream& LocalBus::stream_of(std::string_view name) {
    const auto known = streams_.find(name);
    if (known != streams_.end()) return *known->second;
    return *streams_.emplace(name, std::make_unique<Stream>()).first->second;
}

Result<void> LocalBus::append(std::string_view name, Event event) {
    auto& stream = stream_of(name);
    if (stream.events.size() >= events_max_) {
        const auto needed = [&](const auto& group) { return group.second.next <= stream.first; };
        if (std::ranges::any_of(stream.groups, needed)) {
            return Error{Code::unavailable, "BUS_FULL", "the consumers of the stream do not keep up"};
        }
        stream.events.pop_front();
        ++stream.first;
    }
    stream.events.push_back(std::move(event));
    stream.waiters.wake_all();
    return {};
}

Task<Result<void>> LocalBus::publish(const CallContext& ctx, std::string_view stream, const Event& event) {
    auto span = observer_.start_send(ctx, stream, event);
    auto copy = event;
    if (copy.traceparent.empty()) copy.traceparent = telemetry::format_traceparent(span.context().trace());
    auto outcome = append(stream, std::move(copy));
    observer_.on_sent(stream, outcome);
    if (!outcome) span.fail(outcome.error());
    co_return outcome;
}

Task<Error> LocalBus::consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) {
    auto& stream = stream_of(subscription.stream);
    auto& group = stream.groups.try_emplace(subscription.group, Group{.next = stream.first}).first->second;
    while (!ctx.over()) {
        std::uint64_t number = 0;
        Event event;
        if (!group.abandoned.empty()) {
            auto node = group.abandoned.extract(group.abandoned.begin());
            number = node.key();
            event = std::move(node.mapped());
        } else if (group.next < stream.first + stream.events.size()) {
            number = group.next++;
            event = stream.events[number - stream.first];
        } else {
            WaitList::Waiter waiter{stream.waiters, ctx.loop(), ctx.scope()};
            co_await waiter;
            continue;
        }
        const auto delivery = co_await deliver(ctx, observer_, subscription, handler, event);
        if (delivery == Delivery::handled) continue;
        if (delivery == Delivery::hopeless) {
            observer_.on_dead_letter(ctx, subscription, event);
            static_cast<void>(append(dead_letters_of(subscription.stream), std::move(event)));
            continue;
        }
        group.abandoned.emplace(number, std::move(event));
        // Other consumers of the group may be waiting for an event.
        stream.waiters.wake_all();
    }
    co_return *ctx.over();
}

}  // namespace tw::events
