#pragma once

#include "kit/rpc/method.hpp"
#include "kit/runtime/module.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tw::gateway {

/// The routes of one service, and the module that serves the service.
struct Mount {
    /// The module's name in runtime::Program::modules. The module may run in another process: calls
    /// then go to its URL.
    std::string module;
    /// The routes that the contract's generated function returns, such as
    /// parcel::parcel_service_routes().
    rpc::Routes routes;
};

struct Options {
    /// The title of the OpenAPI document. If it is empty, the program's name is the title.
    std::string title;
};

/// Makes the module "gateway", which answers the HTTP port of a program:
///
/// - the routes of `mounts`, as JSON, by gRPC and by gRPC-Web;
/// - health checks and reflection by gRPC;
/// - /health, /livez, /ready, /readyz, /version, and /openapi.json, which describes the routes;
/// - /docs, a page that shows the routes and calls them, if the settings say so.
///
/// The policies of the port are the list runtime::PolicyLists::edge of the program. The usual ones
/// are edge_policies (kit/gateway/policies.hpp).
///
///     runtime::ModuleSpec{
///         .name = "gateway",
///         .make = [] {
///             return gateway::make_module({{"parcel", parcel::parcel_service_routes()}});
///         },
///         .serves_http = true}
///
/// The program does not start if two routes are the same, or if it has no module of a mount's name.
std::unique_ptr<runtime::Module> make_module(std::vector<Mount> mounts, Options options = {});

}  // namespace tw::gateway
