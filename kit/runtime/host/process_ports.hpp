#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/net/listener.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/listening.hpp"
#include "kit/runtime/loop_modules.hpp"
#include "kit/runtime/module_spec.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tw::runtime {

/// The ports of a process: the HTTP port, a gRPC port for each module, and the operations port.
/// Used by the main thread. Keep it until the loops have stopped.
class ProcessPorts {
 public:
    /// Binds what `chosen` serve, and the operations port. The error of the first port that cannot
    /// be bound, with its setting and what to set instead.
    Result<void> bind(const Config& config, std::span<const ModuleSpec> chosen);
    /// With the ports that were bound.
    const Listening& listening() const { return listening_; }
    /// Adds a port that a module has bound itself.
    void add(std::string name, net::Address address) { listening_.own.emplace_back(std::move(name), std::move(address)); }
    /// The operations port, which its owner serves and closes. After bind().
    net::Listener& operations() { return *operations_; }

    /// The modules of a loop, which take its connections.
    using ModulesOf = std::function<LoopModules&(const EventLoop&)>;
    /// Hands on the connections to all ports but the operations port from now on.
    void accept(LoopGroup& loops, const ModulesOf& modules_of);
    /// Takes no new connections at the ports that accept() serves.
    void close();
    /// Closes all ports, also those that were never served.
    void release();

 private:
    struct Port {
        std::unique_ptr<net::Listener> listener;
        std::string module;
    };

    Listening listening_;
    std::unique_ptr<net::Listener> http_;
    std::vector<Port> grpc_;
    std::unique_ptr<net::Listener> operations_;
};

}  // namespace tw::runtime
