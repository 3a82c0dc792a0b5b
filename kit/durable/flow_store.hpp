#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/durable/flow_record.hpp"
#include "kit/sql/database.hpp"
#include "kit/sql/row_reader.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::durable {

/// How many flows of a kind are in a state, and since when the oldest exists.
struct FlowCount {
    std::string kind;
    State state = State::running;
    std::int64_t flows = 0;
    Timestamp oldest;
};

/// The place of a flow in a list. The list continues behind it.
struct FlowPosition {
    Timestamp created_at;
    std::string id;
};

/// A flow that a replica may take.
struct DueFlow {
    std::string id;
    std::string kind;
    std::int64_t fence = 0;
    std::int64_t version = 1;
};

/// Reads and writes the tables of flows. A store belongs to one loop, as its database does. Every
/// call may fail as sql::Database does. A row that cannot be read is DATA_LOSS (ROW_UNREADABLE).
class FlowStore {
 public:
    FlowStore(sql::Database& database, telemetry::Telemetry telemetry) : database_{database}, reader_{telemetry, "flows"} {}

    /// The statements below go into a unit. Those with a fence expect the flow to have it still;
    /// otherwise nothing of the unit takes effect (ROWS_UNEXPECTED).
    static void insert(sql::Unit& unit, const FlowRecord& flow);
    static void hold(sql::Unit& unit, const std::string& id, std::int64_t fence);
    static void insert_step(sql::Unit& unit, const std::string& id, const StepRecord& step);
    /// Lets the flow wait until `due`. It expects that no signal has come beyond `signals`.
    static void wait(sql::Unit& unit, const FlowRecord& flow, Timestamp due);
    static void park(sql::Unit& unit, const std::string& id, std::int64_t fence, const Error& why);
    /// Ends the flow in `state`: done or canceled.
    static void finish(sql::Unit& unit, const std::string& id, std::int64_t fence, const Result<std::string>& result,
                       Timestamp now, State state = State::done);
    /// Stores the signal and lets a waiting flow continue at once. A second signal of one name is
    /// refused: the constraint flow_signals_pkey is violated. So is flow_signals_flow_fkey if there
    /// is no flow.
    static void signal(sql::Unit& unit, const std::string& id, std::string_view name, std::string payload, Timestamp now);

    Task<Result<void>> write(const CallContext& ctx, sql::Unit unit) { return database_.write(ctx, std::move(unit)); }

    /// How many kinds find_due takes at most.
    static constexpr std::size_t kKindsMax = 8;
    /// Returns flows of these kinds that are due, the longest due first.
    Task<Result<std::vector<DueFlow>>> find_due(const CallContext& ctx, std::span<const std::string_view> kinds,
                                                std::int64_t version_newest, Timestamp now, std::int64_t flows_max);
    /// Returns running flows of these kinds whose lease ends after `beyond`.
    Task<Result<std::vector<DueFlow>>> find_leased_beyond(const CallContext& ctx, std::span<const std::string_view> kinds,
                                                          std::int64_t version_newest, Timestamp beyond, std::int64_t flows_max);
    /// Takes the flow, unless somebody else has taken it since `due` was read. The fence is then
    /// one more. Fails with FAILED_PRECONDITION (ROWS_UNEXPECTED).
    Task<Result<void>> claim(const CallContext& ctx, const DueFlow& due, std::string_view owner, Timestamp until);
    /// Moves the end of the lease. Fails with FAILED_PRECONDITION (ROWS_UNEXPECTED) if the lease
    /// was lost.
    Task<Result<void>> renew(const CallContext& ctx, const std::string& id, std::int64_t fence, Timestamp until);

    Task<Result<std::optional<FlowRecord>>> find(const CallContext& ctx, const std::string& id);
    /// Returns the steps of a flow in the order in which they answered.
    Task<Result<std::vector<StepRecord>>> steps(const CallContext& ctx, const std::string& id);
    Task<Result<std::optional<std::string>>> find_signal(const CallContext& ctx, const std::string& id, std::string_view name);

    /// Returns flows of a kind in a state, oldest first, from behind `after`. An empty kind means
    /// all kinds.
    Task<Result<std::vector<FlowRecord>>> list(const CallContext& ctx, std::string_view kind, State state, std::int64_t flows_max,
                                               const FlowPosition& after = {});
    Task<Result<std::vector<FlowCount>>> count_open(const CallContext& ctx);
    /// Lets a parked flow continue, or a waiting one at once. Returns false if the flow is in
    /// another state.
    Task<Result<bool>> retry(const CallContext& ctx, const std::string& id, Timestamp now);
    /// Stops the flow where it is, and lets a replica end it: the step kCanceledStep is stored, the
    /// flow is due, and the replica runs FlowKind::canceled. Returns false if the flow has ended,
    /// or was canceled before.
    Task<Result<bool>> cancel(const CallContext& ctx, const std::string& id, Timestamp now);
    /// Ends the flow where it is: canceled, whatever it has begun. Returns false if it has ended.
    Task<Result<bool>> end(const CallContext& ctx, const std::string& id, Timestamp now);
    /// Removes flows that ended before `before`, with their steps and signals; at most `flows_max`.
    /// Returns how many.
    Task<Result<std::int64_t>> remove_done(const CallContext& ctx, Timestamp before, std::int64_t flows_max);

 private:
    Task<Result<std::vector<DueFlow>>> find_to_take(const CallContext& ctx, const sql::Statement& statement,
                                                    std::span<const std::string_view> kinds, std::int64_t version_newest,
                                                    Timestamp moment, std::int64_t flows_max);
    Task<Result<bool>> change(const CallContext& ctx, sql::Unit unit);

    sql::Database& database_;
    sql::RowReader reader_;
};

}  // namespace tw::durable
