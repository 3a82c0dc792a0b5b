#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tw::events {

/// A message that something has happened, for other services.
struct Event {
    /// The event's id. Consumers recognise by it an event that they have handled before.
    std::string id;
    /// The type, such as "order.created".
    std::string type;
    /// The id of the aggregate that the event is about. The events of one aggregate are published
    /// one after the other.
    std::string aggregate_id;
    std::string payload;
    /// The W3C trace context of the place that wrote the event. If it is empty, `publish` fills in
    /// its own.
    std::string traceparent;
};

/// Handles an event. After an error the event is delivered again. `ctx` says whether the consumer
/// is to end.
using Handler = std::function<Task<Result<void>>(const CallContext& ctx, const Event& event)>;
/// Handles several events at once, in their order: all of them or none. After an error each of them
/// is passed to the consumer's Handler.
using BatchHandler = std::function<Task<Result<void>>(const CallContext& ctx, std::span<const Event> events)>;

/// Which consumer reads which stream, and how.
struct Subscription {
    std::string stream;
    /// The consumer group. Each group gets every event, and the consumers of one group share them.
    std::string group;
    /// The consumer's name, unique within the group. It stays the same after a restart, so that
    /// events that were being handled are found again at once.
    std::string consumer;
    /// How often an event is passed to the handler in a row, and how often it is taken over from a
    /// consumer that died with it. After that it goes to the stream "<stream>:dead", and the group
    /// goes on.
    int deliveries_max = 8;
    /// The pause before an event is delivered again. It doubles from the first value to the last.
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_last{10'000};
    /// RedisBus: an event that another consumer has not finished for this long is taken over. It
    /// must be longer than any handler takes.
    std::chrono::milliseconds claim_after{60'000};
    /// RedisBus: how long one read waits for an event.
    std::chrono::milliseconds block{2000};
    std::size_t batch_events = 32;
    /// DirectBus: handles events that are published together. Without it each event is published
    /// alone.
    BatchHandler handle_batch{};
};

/// Streams of events between services, delivered at least once. A consumer handles one event after
/// the other, in the order of the stream, and retries a failed one before it goes on. The order of
/// an aggregate's events is therefore kept as long as its group has one consumer. With several
/// consumers, and after a take-over, events may overtake each other; the version in the payload
/// shows it.
///
/// A Bus belongs to one loop.
class Bus {
 public:
    virtual ~Bus() = default;

    /// After success the event is in the stream. After an error it may be there nevertheless:
    /// publish it again, with the same id.
    virtual Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) = 0;
    /// Publishes events at once, in their order, if the bus can do that for less than one by one.
    /// Each belongs to the trace in its `traceparent`. Returns true if all of them are published.
    /// Returns false if some may not be: publish each of them then, with the same ids.
    virtual Task<bool> publish_batch(const CallContext&, std::string_view, std::span<const Event>) { co_return false; }

    /// Passes events to `handler` until `ctx` is over, and then returns the error of `ctx`. An
    /// event whose handling was not finished is delivered again, to this consumer when it comes
    /// back or to another. Bus, subscription and handler must stay valid until the task ends.
    virtual Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) = 0;
};

/// Returns the name of the stream for events of `stream` that no consumer could handle.
inline std::string dead_letters_of(std::string_view stream) { return std::string{stream} + ":dead"; }

}  // namespace tw::events
