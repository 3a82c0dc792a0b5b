#pragma once

#include "kit/runtime/export/telemetry_export.hpp"
#include "kit/runtime/host/process_context.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tw::runtime {

/// A module of this process and what it gets once per process. Made before the loops run.
class ModuleInstance final : public Host {
 public:
    /// `recorders` take the module's spans and log records.
    ModuleInstance(const ModuleSpec& spec, std::unique_ptr<Module> module, const ProcessContext& context, telemetry::Logger log,
                   ServiceRecorders& recorders);

    const ModuleSpec& spec() const { return spec_; }
    Module& module() { return *module_; }
    /// Gives the module its database; `store` outlives the instance.
    void use(sql::Store& store) { store_ = &store; }
    bool has_store() const { return store_ != nullptr; }
    /// The module's metrics on one loop, to be used there.
    telemetry::Meter& meter(std::size_t loop) { return meters_[loop]; }
    ServiceRecorders& recorders() { return recorders_; }
    /// The connections of the module's gRPC port, on all loops together.
    const net::ConnectionCount& rpc_connections() const { return rpc_connections_; }

    /// How many calls its loops serve, where that is limited.
    const std::shared_ptr<std::atomic<std::uint32_t>>& call_count() const { return call_count_; }

    /// Null if the module keeps no idempotency keys.
    const std::shared_ptr<idempotency::KeysInProgress>& keys_in_progress() const { return keys_in_progress_; }

    Profile profile() const override;
    const ModuleConfig& config() const override { return config_; }
    sql::Store& store() override;
    const sql::Schema* schema() const override { return spec_.schema == nullptr ? nullptr : &spec_.schema(); }
    WorkerPool& workers() override { return context_.workers; }
    const Clock& clock() const override { return context_.clock; }
    const telemetry::Logger& log() const override { return log_; }
    EventLoop& loop() override { return context_.loops.at(0); }
    telemetry::Telemetry telemetry() override { return {tracer_, log_, meters_[0], context_.propagators}; }
    Random& random() override { return random_; }
    otlp::Tap* telemetry_tap() override { return spec_.takes_telemetry ? context_.tap : nullptr; }
    const Listening* listening() const override { return context_.listening; }
    void add_port(std::string name, net::Address address) override { ports_.emplace_back(std::move(name), std::move(address)); }
    std::string_view version() const override { return context_.version; }
    /// The ports that the module has bound itself.
    const std::vector<std::pair<std::string, net::Address>>& ports() const { return ports_; }

 private:
    const ModuleSpec& spec_;
    const ProcessContext& context_;
    ModuleConfig config_;
    ServiceRecorders& recorders_;
    telemetry::Logger log_;
    Random random_;
    telemetry::Tracer tracer_;
    /// One a loop. Here and not on the loops, so that they can be read until the process ends.
    std::deque<telemetry::Meter> meters_;
    net::ConnectionCount rpc_connections_;
    std::shared_ptr<std::atomic<std::uint32_t>> call_count_ = std::make_shared<std::atomic<std::uint32_t>>(0);
    std::shared_ptr<idempotency::KeysInProgress> keys_in_progress_;
    sql::Store* store_ = nullptr;
    std::vector<std::pair<std::string, net::Address>> ports_;
    std::unique_ptr<Module> module_;
};

}  // namespace tw::runtime
