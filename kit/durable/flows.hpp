#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/base/backoff.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/random.hpp"
#include "kit/base/result.hpp"
#include "kit/durable/codec.hpp"
#include "kit/durable/flow_kind.hpp"
#include "kit/durable/flow_store.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::durable {

class FlowRun;  // kit/durable/run/flow_run.hpp
enum class RunEnd : std::uint8_t;

/// How a replica runs flows.
struct FlowOptions {
    /// For how long a replica that takes a flow has it. A replica renews its leases. If it dies,
    /// another one takes its flows after this time.
    std::chrono::milliseconds lease{15'000};
    /// How often a replica looks for flows that are due. While it finds none, the pause doubles up
    /// to poll_idle.
    std::chrono::milliseconds poll_interval{500};
    std::chrono::milliseconds poll_idle{2'000};
    /// How many flows run at once on one loop. Others wait in the database.
    std::size_t running_max = 256;
    /// For how long the flows that have ended are kept.
    std::chrono::hours kept{30 * 24};
};

/// A flow that was added to a unit (Flows::add). Give it to `run` when the unit was written.
class AddedFlow {
 public:
    const std::string& id() const { return flow_.id; }

 private:
    friend class Flows;
    AddedFlow(FlowRecord flow, SteadyTime lease_until) : flow_{std::move(flow)}, lease_until_{lease_until} {}
    FlowRecord flow_;
    SteadyTime lease_until_;
};

/// Runs the durable flows of one module on one loop (flow.hpp says what a flow is). Flows are rows
/// of the module's database, and any loop of any replica continues them.
///
/// A flow is run by whoever has its lease, and whatever a run writes names the number with which
/// the lease was taken (a fencing token: M. Kleppmann, "How to do distributed locking", 2016). So a
/// replica that was paused for longer than its lease can write nothing. It may still be in a call:
/// give each call its step's key.
///
/// Leases are taken by comparing and setting a row, without advisory locks and SKIP LOCKED.
/// Replicas' clocks may differ: a lease is then taken early or late, and nothing worse happens.
///
/// Belongs to its loop. Start it once, and stop it before it is destroyed.
class Flows {
 public:
    /// `owner` names the replica for people, such as "order-7f9c". All references outlive the
    /// object.
    Flows(EventLoop& loop, sql::Database& database, const Clock& clock, Random& random, telemetry::Telemetry telemetry,
          std::string owner, const FlowOptions& options = {});
    ~Flows();
    Flows(const Flows&) = delete;
    Flows& operator=(const Flows&) = delete;

    /// Adds a kind of flow. Add all kinds before `start`.
    void add_kind(FlowKind kind);
    /// Begins to look for flows that are due.
    void start();
    /// Takes no more flows that wait in the database. Those that run here go on, and new flows are
    /// still run here, since the requests that add them may wait for them. For the beginning of a
    /// drain.
    void take_no_more() { draining_ = true; }
    /// Takes no more flows, and lets those that run stop before their next step, where any replica
    /// may continue them. Returns when no flow runs. Calls that are still under way at the deadline
    /// are cancelled.
    Task<void> stop(Deadline deadline);

    /// Adds a new flow to `unit`, which may contain the change that asks for it: both exist, or
    /// none does. If there is a flow of this id, writing the unit violates the constraint
    /// flows_pkey: then `wait` for that one. `kind` was added before. `id` has 1 to 120 printable
    /// ASCII characters.
    template <class Input>
    AddedFlow add(const CallContext& ctx, sql::Unit& unit, std::string_view kind, std::string id, const Input& input) {
        return add_encoded(ctx, unit, kind, std::move(id), Codec<Input>::encode(input));
    }
    /// Runs a flow here and now, after the unit that it was added to has been written. Call it only
    /// if the write succeeded. A flow that is not run here is taken by a replica when the lease
    /// ends. `ctx` is the context of the request, whose trace the flow continues.
    void run(const CallContext& ctx, AddedFlow flow);

    /// Waits until the flow has ended, and returns its result; nothing if it has not ended before
    /// `until`, or is parked. If an operator has canceled the flow, the result is that of
    /// FlowKind::canceled, or nothing if that is empty. Fails with NOT_FOUND (FLOW_NOT_FOUND), and
    /// with ctx's error. The flow goes on whoever waits.
    template <class Output>
    Task<Result<std::optional<Result<Output>>>> wait(const CallContext& ctx, std::string id, Deadline until) {
        auto result = co_await wait_encoded(ctx, std::move(id), until);
        if (!result) co_return std::move(result).error();
        std::optional<Result<Output>> decoded;
        if (!*result) co_return decoded;
        if (**result) {
            decoded.emplace(Codec<Output>::decode(***result));
        } else {
            decoded.emplace((**result).error());
        }
        co_return decoded;
    }

    /// Adds a signal for the flow to `unit`. Each name counts once: writing a second one violates
    /// the constraint flow_signals_pkey; if there is no flow, flow_signals_flow_fkey is violated.
    /// Call `wake` when the unit was written.
    template <class Payload>
    void signal(sql::Unit& unit, const std::string& id, std::string_view name, const Payload& payload) const {
        FlowStore::signal(unit, id, name, Codec<Payload>::encode(payload), clock_.now());
    }
    /// Looks for flows that are due now, without waiting for the interval.
    void wake();

    /// The number of flows that run on this loop now.
    std::size_t running() const { return runs_.size(); }
    FlowStore& store() { return store_; }

 private:
    /// A flow that runs on this loop, and those who wait for it.
    struct Running;

    AddedFlow add_encoded(const CallContext& ctx, sql::Unit& unit, std::string_view kind, std::string id, std::string input);
    Task<Result<std::optional<Result<std::string>>>> wait_encoded(const CallContext& ctx, std::string id, Deadline until);
    /// Waits until something may have changed about the flow. `pauses` is for a flow that does not
    /// run here.
    Task<void> wait_for_news(const CallContext& ctx, const std::string& id, Backoff& pauses);

    using Next = telemetry::BackgroundLoop::Next;
    Task<Next> poll(const CallContext& ctx);
    Task<void> renew_leases(const CallContext& ctx);
    Task<bool> renew(const CallContext& ctx, std::shared_ptr<Running> running);
    /// Takes flows that are due, of all kinds.
    Task<Next> take_due(const CallContext& ctx);
    /// Takes flows whose lease ends later than a lease can: it was taken by a clock that was ahead,
    /// perhaps in a process that is dead. If that process lives, the fence ends its run.
    Task<void> take_wrong_leases(const CallContext& ctx);
    /// Takes as many of these flows as may run here. Returns how many it took.
    Task<std::size_t> take_all(const CallContext& ctx, std::vector<DueFlow> due);
    /// Kinds of the same version, whose flows are looked for by one statement.
    struct KindsOfVersion {
        std::int64_t version;
        std::vector<std::string_view> names;
    };
    std::vector<KindsOfVersion> kinds_by_version() const;
    Task<bool> take(const CallContext& ctx, const FlowKind& kind, DueFlow due);
    Task<void> drive(const FlowKind& kind, FlowRecord flow, std::vector<StepRecord> steps, SteadyTime lease_until,
                     std::optional<CallContext> parent);
    void report(const FlowRun& run, RunEnd end);
    /// Parks a flow that this code is too new for.
    Task<void> park_too_old(const CallContext& ctx, const FlowKind& kind, const FlowRecord& flow);
    Task<Next> observe(const CallContext& ctx);
    Timestamp lease_end() const { return clock_.now() + options_.lease; }

    EventLoop& loop_;
    const Clock& clock_;
    Random& random_;
    telemetry::Telemetry telemetry_;
    std::string owner_;
    FlowOptions options_;
    FlowStore store_;
    std::map<std::string, FlowKind, std::less<>> kinds_;
    /// The flows that run on this loop, by their ids.
    std::map<std::string, std::shared_ptr<Running>, std::less<>> runs_;
    /// The kinds and states that were reported as metrics.
    std::set<std::pair<std::string, State>> reported_;
    Gate gate_;
    bool draining_ = false;
    bool stopping_ = false;
    /// How long the replica rests before it looks for flows again.
    std::chrono::milliseconds rest_;
    telemetry::BackgroundLoop polling_;
    telemetry::BackgroundLoop observing_;
};

}  // namespace tw::durable
