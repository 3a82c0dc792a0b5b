#include "kit/runtime/host/process_ports.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// Binds `address` and replaces it by the address that was bound.
Result<std::unique_ptr<net::Listener>> bind_port(const Config& config, net::Address& address, std::string_view key) {
    auto listener = net::Listener::bind(address);
    if (listener) {
        address = (*listener)->local();
        return listener;
    }
    auto error = std::move(listener).error();
    const auto detail = fmt::format("{} ({}); {}", error.detail(), key, address_hint(config, key));
    return std::move(error).with_detail(detail);
}

}  // namespace

Result<void> ProcessPorts::bind(const Config& config, std::span<const ModuleSpec> chosen) {
    listening_ = plan_listening(config, chosen);
    if (listening_.http) {
        auto bound = bind_port(config, *listening_.http, "http.address");
        if (!bound) return bound.error();
        http_ = std::move(*bound);
    }
    for (auto& [module, address] : listening_.grpc) {
        auto bound = bind_port(config, address, module + ".address");
        if (!bound) return bound.error();
        grpc_.push_back({std::move(*bound), module});
    }
    auto bound = bind_port(config, listening_.ops, "ops.address");
    if (!bound) return bound.error();
    operations_ = std::move(*bound);
    return {};
}

void ProcessPorts::accept(LoopGroup& loops, const ModulesOf& modules_of) {
    for (const auto& port : grpc_) {
        port.listener->start(loops, [modules_of, module = port.module](EventLoop& loop, net::Socket socket) {
            modules_of(loop).serve_rpc(module, std::move(socket));
        });
    }
    if (!http_) return;
    http_->start(loops, [modules_of](EventLoop& loop, net::Socket socket) { modules_of(loop).serve_http(std::move(socket)); });
}

void ProcessPorts::close() {
    if (http_) http_->close();
    for (const auto& port : grpc_) port.listener->close();
}

void ProcessPorts::release() {
    close();
    if (operations_) operations_->close();
}

}  // namespace tw::runtime
