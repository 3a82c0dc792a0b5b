#pragma once

#include "kit/runtime/surroundings.hpp"
#include "kit/runtime/telemetry_export.hpp"

#include <cstddef>
#include <deque>
#include <memory>

namespace tw::runtime {

/// A module of this process and what it gets once per process. Made before the loops run.
class ModuleRoom final : public Host {
 public:
    /// `outlet` takes what the module tells; the log's records too.
    ModuleRoom(const ModuleSpec& spec, std::unique_ptr<Module> module, const Surroundings& around, telemetry::Logger log,
               Outlet& outlet);

    const ModuleSpec& spec() const { return spec_; }
    Module& module() { return *module_; }
    /// Gives the module its database; `store` outlives the room.
    void use(sql::Store& store) { store_ = &store; }
    bool has_store() const { return store_ != nullptr; }
    /// The module's metrics on one loop, to be used there.
    telemetry::Meter& meter(std::size_t loop) { return meters_[loop]; }
    Outlet& outlet() { return outlet_; }
    /// Of the module's gRPC port, on all loops together.
    const net::ConnectionCount& rpc_connections() const { return rpc_connections_; }

    Profile profile() const override;
    const ModuleConfig& config() const override { return config_; }
    /// A module whose ModuleSpec names no schema has no database; asking for it is a bug: std::logic_error.
    sql::Store& store() override;
    WorkerPool& workers() override { return around_.workers; }
    const Clock& clock() const override { return around_.clock; }
    const telemetry::Logger& log() const override { return log_; }
    EventLoop& loop() override { return around_.loops.at(0); }
    telemetry::Telemetry telemetry() override { return {tracer_, log_, meters_[0], around_.propagators}; }
    Random& random() override { return random_; }

 private:
    const ModuleSpec& spec_;
    const Surroundings& around_;
    ModuleConfig config_;
    Outlet& outlet_;
    telemetry::Logger log_;
    Random random_;
    telemetry::Tracer tracer_;
    /// One a loop. Here and not on the loops, so that they can be read until the process ends.
    std::deque<telemetry::Meter> meters_;
    net::ConnectionCount rpc_connections_;
    sql::Store* store_ = nullptr;
    std::unique_ptr<Module> module_;
};

}  // namespace tw::runtime
