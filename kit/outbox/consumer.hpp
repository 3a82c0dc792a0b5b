#pragma once

#include "kit/async/gate.hpp"
#include "kit/base/clock.hpp"
#include "kit/events/bus.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <map>
#include <span>
#include <string>

namespace tw::outbox {

/// Consumes a stream of events until it is stopped. An event whose handler fails again and again is
/// put aside as a dead event, with its last error, and the consumer goes on: an operator redrives
/// or drops it.
///
/// The handler writes what it does together with `mark_applied` (inbox.hpp), so that an event that
/// comes twice is applied once.
///
/// Belongs to one loop. Once started, it must be stopped before it is destroyed.
class Consumer {
 public:
    struct Options {
        std::string stream;
        /// The name of the consumer group, such as "order.timeline".
        std::string name;
        /// The name of the module that the consumer belongs to.
        std::string module;
        /// The name of this replica, unique within the group.
        std::string replica;
        /// After how many attempts an event is put aside.
        int attempts_max = 8;
        /// The pause before an event is tried again. It doubles from the first value to the last.
        std::chrono::milliseconds retry_first{100};
        std::chrono::milliseconds retry_last{10'000};
    };

    /// All references outlive the object. `batch_handler` is optional. It gets events that the bus
    /// has together. If it fails, the handler gets each of them.
    Consumer(EventLoop& loop, events::Bus& bus, sql::Database& database, const Clock& clock, telemetry::Telemetry telemetry,
             Options options, events::Handler handler, events::BatchHandler batch_handler = {});

    void start();
    Task<void> stop();

 private:
    Task<void> consume();
    Task<Result<void>> handle(const CallContext& ctx, const events::Event& event);
    Task<Result<void>> handle_batch(const CallContext& ctx, std::span<const events::Event> events);

    RootCall call_;
    events::Bus& bus_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    Options options_;
    events::Handler handler_;
    events::BatchHandler batch_handler_;
    OutboxStore store_;
    events::Subscription subscription_;
    events::Handler counting_;
    /// How often the events that failed were tried.
    std::map<std::string, int> attempts_;
    Gate gate_;
};

}  // namespace tw::outbox
