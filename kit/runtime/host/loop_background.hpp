#pragma once

#include "kit/async/deadline.hpp"
#include "kit/durable/flows.hpp"
#include "kit/events/direct_bus.hpp"
#include "kit/outbox/consumer.hpp"
#include "kit/outbox/relay.hpp"
#include "kit/redis/client.hpp"
#include "kit/runtime/module.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tw::runtime {

/// Where the events of a loop go.
struct EventsPlace {
    /// Nothing means that they stay in the process.
    std::optional<redis::Settings> redis;
    /// The text before every stream's name in Redis.
    std::string key_prefix;
    /// The consumers of the loop, if events stay in the process.
    std::shared_ptr<events::DirectBus::Consumers> consumers;
};

/// What the runtime does for a module in the background of one loop: it runs the module's durable
/// flows, consumes events, and publishes those of its outbox. Used on the loop's thread only.
///
/// The order matters, for all modules of a loop together. Consumers start before any relay and stop
/// after it, since an event that stays in the process is handed only to consumers that are there.
class LoopBackground {
 public:
    /// `host` gives the rest. It and `schema`, the module's, outlive the object. `module` is the
    /// module's name, and `owner` names this loop of this start of the process among all replicas.
    LoopBackground(LoopHost& host, const sql::Schema* schema, std::string module, std::string owner, EventsPlace place);

    durable::Flows& flows();
    events::Bus& events();
    void consume(std::string stream, std::string name, events::Handler handler, events::BatchHandler batch_handler);
    bool has_flows() const { return has_flows_; }
    /// Whether the module has an outbox.
    bool has_outbox() const { return has_outbox_; }
    /// Lets the relay look for events now.
    void wake_relay();
    /// Looks for flows that are due now.
    void wake_flows();

    void start_consumers();
    void start_flows_and_relay();
    /// Takes no more flows.
    void begin_drain();
    /// At the deadline, steps that are under way are cancelled.
    Task<void> stop_flows(Deadline deadline);
    Task<void> stop_relay();
    Task<void> stop_consumers();

 private:
    LoopHost& host_;
    std::string module_;
    std::string owner_;
    EventsPlace place_;
    bool has_flows_;
    bool has_outbox_;
    /// Null where the events stay in the process.
    std::unique_ptr<redis::Client> redis_;
    std::unique_ptr<events::Bus> bus_;
    std::vector<std::unique_ptr<outbox::Consumer>> consumers_;
    std::unique_ptr<durable::Flows> flows_;
    std::unique_ptr<outbox::Relay> relay_;
    bool consuming_ = false;
    bool working_ = false;
};

}  // namespace tw::runtime
