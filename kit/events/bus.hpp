#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tw::events {

/// Something that has happened, for others to know.
struct Event {
    /// Consumers tell by it what they have had already.
    std::string id;
    /// "order.created"
    std::string type;
    /// What it happened to; the events of one aggregate are published one after the other.
    std::string aggregate_id;
    std::string payload;
    /// W3C, of where it was written; where empty, `publish` puts its own in.
    std::string traceparent;
};

/// Does what an event asks for. An error has the event delivered again; ask `ctx` whether the consumer is to end.
using Handler = std::function<Task<Result<void>>(const CallContext& ctx, const Event& event)>;

/// Who reads a stream, and how.
struct Subscription {
    std::string stream;
    /// Each group gets every event; the consumers of one group share them.
    std::string group;
    /// Unique within the group; the same after a restart, so that what was under way is found again at once.
    std::string consumer;
    /// So often at most is an event handed to the handler in a row, and so often at most is it taken over from a consumer that
    /// died with it; then it goes to the stream "<stream>:dead" and the group goes on.
    int deliveries_max = 8;
    /// Before an event is handed over again: doubles from the first to the last.
    std::chrono::milliseconds retry_first{100};
    std::chrono::milliseconds retry_last{10'000};
    /// RedisBus: what another consumer has not finished for so long is taken over. Longer than any handler takes.
    std::chrono::milliseconds claim_after{60'000};
    /// RedisBus: how long one read waits for an event.
    std::chrono::milliseconds block{2000};
    std::size_t batch_events = 32;
};

/// Streams of events between services, at least once. A consumer handles one event after the other, in the order of the stream,
/// and tries a failed one again before it goes on: so the order of an aggregate's events is kept as long as its group has one
/// consumer. With several, and after a take-over, they may overtake each other; the version in the payload tells.
///
/// Belongs to one loop.
class Bus {
 public:
    virtual ~Bus() = default;

    /// Success: the event is in the stream. After an error it may be there all the same: publish it again, with the same id.
    virtual Task<Result<void>> publish(const CallContext& ctx, std::string_view stream, const Event& event) = 0;

    /// Hands events to `handler` until `ctx` is over; then its error. What was being handled then, and not finished, is
    /// delivered again, to this consumer when it comes back or to another. Bus, subscription and handler stay until the task
    /// ends.
    virtual Task<Error> consume(const CallContext& ctx, const Subscription& subscription, const Handler& handler) = 0;
};

/// Where a stream's events go that nobody could handle.
inline std::string dead_letters_of(std::string_view stream) { return std::string{stream} + ":dead"; }

}  // namespace tw::events
