#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/lasting_gate.hpp"
#include "kit/async/task.hpp"
#include "kit/net/address.hpp"
#include "kit/rpc/network/resolve_schedule.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace tw::rpc {

/// Keeps a channel's list of addresses up to date, as its schedule says. It belongs to a loop. It
/// may be destroyed while a lookup is under way.
class Resolver {
 public:
    /// Returns the addresses, at least one, or why there are none. Ends when `ctx` is over.
    using Lookup = std::move_only_function<Task<Result<std::vector<net::Address>>>(const CallContext& ctx)>;
    /// Receives the outcome of each lookup, on the loop.
    using Sink = std::move_only_function<void(Result<std::vector<net::Address>>)>;

    Resolver(EventLoop& loop, Lookup lookup, std::chrono::nanoseconds time_max, const ResolveSchedule::Options& schedule,
             Sink sink);
    ~Resolver();

    /// Looks up now if the schedule allows it, else as soon as it does.
    void resolve();
    /// Says that the addresses may have changed.
    void want();
    bool running() const { return schedule_.running(); }
    SteadyTime next() const { return schedule_.next(); }

 private:
    /// The data that a lookup shares with the resolver, which may be destroyed before the lookup
    /// ends.
    struct Shared;
    static Task<void> run(std::shared_ptr<Shared> shared);
    void on_outcome(Result<std::vector<net::Address>> outcome);

    EventLoop& loop_;
    ResolveSchedule schedule_;
    Sink sink_;
    std::shared_ptr<Shared> shared_;
    Timer timer_;
    LastingGate gate_;
};

}  // namespace tw::rpc
