#pragma once

#include "kit/base/clock.hpp"
#include "kit/events/bus.hpp"
#include "kit/outbox/outbox_store.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::outbox {

struct RelayOptions {
    /// The name of the module whose events the relay publishes. Modules may share a database.
    std::string module;
    /// For how long a replica that publishes a partition has it. If it dies, another one goes on
    /// after this time.
    std::chrono::milliseconds lease{15'000};
    /// How long the relay rests after events were published, and how long at most when there are
    /// none. Events of this process wake it from the longer rests (`wake`). In the short rest
    /// events gather, since many cost less together than alone.
    std::chrono::milliseconds rest_busy{50};
    std::chrono::milliseconds rest_idle{1'000};
    std::int64_t batch_events = 64;
    /// For how long it is remembered which events were applied.
    std::chrono::hours applied_kept{30 * 24};
};

/// Publishes the events of a module's outbox on a bus, at least once, and in order for each
/// aggregate. Every replica has a relay; each partition is published by the one that has its lease.
/// A relay that was paused past its lease may publish an event again, even after later ones:
/// consumers recognise it by their inbox.
///
/// Belongs to one loop. Once started, it must be stopped before it is destroyed.
class Relay {
 public:
    /// `owner` is unique among the replicas. All references outlive the object.
    Relay(EventLoop& loop, sql::Database& database, events::Bus& bus, const Clock& clock, telemetry::Telemetry telemetry,
          std::string owner, const RelayOptions& options);

    void start();
    Task<void> stop();
    /// Call it after an event was committed: the relay then publishes at once, or after the short
    /// rest that follows other events. Other threads post it to the relay's loop.
    void wake() {
        woken_ = true;
        if (!gathers_) publishing_.wake();
    }

 private:
    struct Owned {
        PartitionLease lease;
        SteadyTime until;
    };
    /// The oldest events of a partition.
    struct Waiting {
        Owned owned;
        std::vector<StoredEvent> events;
    };
    using Next = telemetry::BackgroundLoop::Next;

    Task<Next> round(const CallContext& ctx);
    /// Publishes what waits in the partitions of this replica. Returns how many events that were.
    Task<std::int64_t> publish_owned(const CallContext& ctx);
    /// Reads what waits in the partitions of this replica. Partitions without events are left out.
    Task<std::vector<Waiting>> read_owned(const CallContext& ctx);
    /// Sorts events by partitions, and leaves out those that belong to other replicas.
    std::vector<Waiting> of_owned(std::vector<StoredEvent> events) const;
    /// Reads each partition alone.
    Task<std::vector<Waiting>> read_each(const CallContext& ctx);
    Task<std::vector<StoredEvent>> read(const CallContext& ctx, std::int64_t partition);
    /// Publishes the events of all partitions at once. Returns false if each is to be published
    /// alone. `waiting` is as it was afterwards.
    Task<bool> publish_batch(const CallContext& ctx, std::vector<Waiting>& waiting);
    /// Removes events that were published from all partitions at once, and takes their ids. Returns
    /// how many.
    Task<std::int64_t> remove_all(const CallContext& ctx, std::vector<Waiting>& waiting);
    /// Does the work for each partition, concurrently. Returns the sum of what it returns, and
    /// forgets the partitions for which it returns nothing.
    Task<std::int64_t> for_each(std::vector<Task<std::optional<std::int64_t>>> work, const std::vector<Waiting>& waiting);
    /// Takes partitions that nobody has, and renews the leases of its own.
    Task<void> take_partitions(const CallContext& ctx);
    /// Whether another relay may take the partition.
    bool is_over(const PartitionLease& lease) const;
    Task<void> claim(const CallContext& ctx, std::int64_t partition, std::optional<PartitionLease> known);
    /// Renews leases that this replica has, by one write, or one by one if another replica has one
    /// of them by now.
    Task<void> renew(const CallContext& ctx, std::vector<PartitionLease> leases);
    void report_failure(const CallContext& ctx, std::string_view stream, const events::Event& event, const Error& error);
    /// Publishes the events of a partition one by one, and removes them. Returns how many, or
    /// nothing if the partition is no longer this replica's.
    Task<std::optional<std::int64_t>> publish(const CallContext& ctx, const Waiting& waiting);
    /// Removes events of a partition. Returns what `publish` returns.
    Task<std::optional<std::int64_t>> remove(const CallContext& ctx, PublishedEvents published);
    Task<Next> observe(const CallContext& ctx);

    EventLoop& loop_;
    events::Bus& bus_;
    const Clock& clock_;
    telemetry::Telemetry telemetry_;
    std::string owner_;
    RelayOptions options_;
    OutboxStore store_;
    std::map<std::int64_t, Owned> owned_;
    /// When the leases were looked at last.
    SteadyTime looked_{};
    /// Whether partitions were free that this replica has left for the next round.
    bool free_left_ = true;
    std::chrono::nanoseconds rest_;
    /// Whether this process has written events since the last round began.
    bool woken_ = false;
    /// Whether a round is running, or resting after it has published events.
    bool gathers_ = false;
    /// When a failure to publish was logged last, and how many others there were since then.
    SteadyTime failure_logged_{};
    std::int64_t failures_unlogged_ = 0;
    /// Whether the last round left events in a partition that had more than it takes at once.
    bool more_left_ = false;
    telemetry::Counter published_;
    telemetry::BackgroundLoop publishing_;
    telemetry::BackgroundLoop observing_;
};

}  // namespace tw::outbox
