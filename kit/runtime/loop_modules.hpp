#pragma once

#include "kit/events/direct_bus.hpp"
#include "kit/net/socket.hpp"
#include "kit/runtime/host/rpc_state_registry.hpp"
#include "kit/runtime/module_instance.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tw::runtime {

class LoopAuth;
class LoopModule;

/// One loop's part of the process: each module's services on this loop, and the servers in front of
/// them. Used on the loop's thread only, construction and destruction too.
class LoopModules {
 public:
    /// For the loop with that index.
    LoopModules(std::size_t index, const ProcessContext& context);
    ~LoopModules();
    LoopModules(const LoopModules&) = delete;
    LoopModules& operator=(const LoopModules&) = delete;

    /// Lets each module serve, in order, and sets up the servers. The error of the first that
    /// cannot.
    Result<void> open(std::span<const std::unique_ptr<ModuleInstance>> modules);

    /// Takes over a connection to the HTTP port, or to the gRPC port of a module.
    void serve_http(net::Socket socket);
    void serve_rpc(std::string_view module, net::Socket socket);
    /// Takes over a connection that has no socket under it.
    void serve_http(std::unique_ptr<net::Stream> stream);
    void serve_rpc(std::string_view module, std::unique_ptr<net::Stream> stream);

    /// The methods that the modules serve on this loop.
    std::vector<const rpc::Method*> methods() const;

    /// Whether calls are served that have not ended.
    bool handlers_at_work() const;

    /// Ends all connections in good order and waits for what handlers still do; at the deadline
    /// those that are left are cut. Then ends flows, relays and consumers.
    Task<Result<void>> drain(Deadline deadline);

 private:
    friend LoopModule;
    LoopModule* find(std::string_view module) const;
    LoopModule* http_module() const;
    LoopModule* rpc_module(std::string_view module) const;
    void tell(std::vector<ModuleRpcState>& states) const;
    Task<void> handlers_ended(Deadline deadline);
    Task<void> stop_background(Deadline deadline);
    void show_to_operators();

    std::size_t index_;
    EventLoop& loop_;
    const ProcessContext& context_;
    Random random_;
    /// The consumers of events that stay in the process.
    std::shared_ptr<events::DirectBus::Consumers> event_consumers_ = events::DirectBus::make_consumers();
    /// Null if callers are not known. The policies of modules refer to it.
    std::unique_ptr<LoopAuth> auth_;
    std::vector<std::unique_ptr<LoopModule>> loop_modules_;
};

}  // namespace tw::runtime
