#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/base/clock.hpp"
#include "kit/events/bus.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::outbox {

/// An event that waits to be published.
struct StoredEvent {
    std::string stream;
    events::Event event;
    Timestamp created_at;
};

/// Which replica of a module publishes a partition. A partition that nobody has ever published has
/// no lease.
struct PartitionLease {
    std::string module;
    std::int64_t partition = 0;
    std::string owner;
    std::int64_t fence = 0;
    Timestamp until;
};

/// Events of a partition that its owner has published.
struct PublishedEvents {
    PartitionLease lease;
    std::vector<std::string> ids{};
};

/// An event that a consumer could not apply.
struct DeadEvent {
    std::string consumer;
    /// The module that the consumer belongs to. Its relay publishes the event again.
    std::string module;
    std::string stream;
    events::Event event;
    std::string error;
    Timestamp died_at;
};

/// The place of a dead event in a list. The list continues behind it.
struct DeadPosition {
    Timestamp died_at;
    std::string event_id;
    std::string consumer;
};

/// Reads and writes the tables of events. A store belongs to one loop, as its database does. Every
/// call may fail as sql::Database does.
class OutboxStore {
 public:
    OutboxStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "outbox"} {}

    /// Returns events of all partitions of the module, in the order of their partitions, and then
    /// of their times. It costs less than to look at each partition, if there are few. Fails if one
    /// of them cannot be read.
    Task<Result<std::vector<StoredEvent>>> waiting(const CallContext& ctx, std::string module, std::int64_t events_max);
    /// Returns the oldest events of a module's partition.
    Task<Result<std::vector<StoredEvent>>> oldest(const CallContext& ctx, std::string module, std::int64_t partition,
                                                  std::int64_t events_max);
    /// Removes events that were published, if the leases still have these fences. Fails with
    /// FAILED_PRECONDITION (ROWS_UNEXPECTED) if another replica has one of the partitions; none is
    /// removed then.
    Task<Result<void>> remove(const CallContext& ctx, const std::vector<PublishedEvents>& published);
    /// Returns when the oldest event was written that is not published; nothing if there is none.
    Task<Result<std::optional<Timestamp>>> oldest_time(const CallContext& ctx, std::string module);

    Task<Result<std::vector<PartitionLease>>> leases(const CallContext& ctx, std::string module);
    /// Takes or renews a partition's lease. `known` is what was read of it; nothing if it had none.
    /// Returns the lease; nothing if another replica was faster.
    Task<Result<std::optional<PartitionLease>>> claim(const CallContext& ctx, std::string module, std::int64_t partition,
                                                      const std::optional<PartitionLease>& known, std::string owner,
                                                      Timestamp until);
    /// Renews all leases of the owner. Fails with FAILED_PRECONDITION (ROWS_UNEXPECTED), and renews
    /// none, if they are not this many.
    Task<Result<void>> renew(const CallContext& ctx, std::string module, std::string owner, std::int64_t leases, Timestamp until);

    /// Stores an event that the consumer could not apply. A second time changes nothing.
    Task<Result<void>> bury(const CallContext& ctx, const DeadEvent& dead);
    /// Returns dead events from behind `after`, in the order in which they died.
    Task<Result<std::vector<DeadEvent>>> dead(const CallContext& ctx, std::int64_t events_max, const DeadPosition& after = {});
    Task<Result<std::optional<DeadEvent>>> find_dead(const CallContext& ctx, const std::string& event_id,
                                                     std::string_view consumer);
    /// Publishes a dead event again, for all consumers of its stream: those that have applied it
    /// leave it out. Returns false if there is no such event.
    Task<Result<bool>> redrive(const CallContext& ctx, const std::string& event_id, std::string_view consumer, Timestamp now);
    /// Removes a dead event for good. Returns false if there is none.
    Task<Result<bool>> drop(const CallContext& ctx, const std::string& event_id, std::string_view consumer);
    /// Returns how many dead events the consumers of a module have.
    Task<Result<std::int64_t>> count_dead(const CallContext& ctx, std::string module);

    /// Forgets which events were applied before `before`, at most `events_max`. Returns how many.
    /// An event that is delivered after that is applied again, so keep them for longer than a
    /// stream keeps events.
    Task<Result<std::int64_t>> forget_applied(const CallContext& ctx, Timestamp before, std::int64_t events_max);

 private:
    Task<Result<bool>> change(const CallContext& ctx, sql::Unit unit);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::outbox
