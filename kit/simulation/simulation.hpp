#pragma once

#include "kit/simulation/network.hpp"
#include "kit/simulation/scheduler.hpp"

namespace tw::simulation {

/// A simulated world: its time, and the network between its processes. Objects of the world are
/// made while it exists, on the thread that made it, and destroyed before it.
class Simulation : public Scheduler, public net::NetworkDriver {
 public:
    explicit Simulation(std::uint64_t seed, const NetworkOptions& options = {}) : Scheduler{seed}, network_{*this, options} {}

    SimulatedNetwork& network() { return network_; }

    // The function of LoopDriver.
    void remove(EventLoop& loop) override {
        network_.forget(loop);
        Scheduler::remove(loop);
    }

    // The functions of net::NetworkDriver.
    Task<Result<std::vector<net::Address>>> resolve(const CallContext& ctx, EventLoop& loop,
                                                    const net::Address& address) override {
        return network_.resolve(ctx, loop, address);
    }
    Task<Result<std::unique_ptr<net::Stream>>> connect(EventLoop& loop, CancelScope& scope,
                                                       const net::Address& address) override {
        return network_.connect(loop, scope, address);
    }

 private:
    SimulatedNetwork network_;
};

}  // namespace tw::simulation
