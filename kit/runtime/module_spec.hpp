#pragma once

#include "kit/runtime/module.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace tw::runtime {

/// What is known of a module before it exists. A program keeps a list of these, and nothing
/// registers itself.
///
/// A module without `make` has no code in this program. It always runs elsewhere, and is called at
/// its URL: the setting <name>.url, or the variable <NAME>_SERVICE_URL.
struct ModuleSpec {
    /// As Module::name() says.
    std::string_view name;
    /// Makes the module. Null if the module has no code in this program.
    std::unique_ptr<Module> (*make)() = nullptr;
    /// The usual gRPC port of the module; 0 where it serves none. A module without `make` has one.
    std::uint16_t grpc_port = 0;
    /// Whether it answers the HTTP port.
    bool serves_http = false;
    /// The schema of its database; null where it has none.
    const sql::Schema& (*schema)() = nullptr;
    /// The name of the program that the module belongs to; empty if it is this program. With mTLS,
    /// the module's certificate must have the URI spiffe://<program>/<name>.
    std::string_view program{};
    /// Whether the module wants all telemetry of its process (Host::telemetry_tap). A process that
    /// runs it records spans, metrics and log records even if no receiver is set.
    bool takes_telemetry = false;
    /// Whether the module neither calls other modules nor is called by them. It then has no part in
    /// their mTLS, and needs no certificate for it.
    bool stands_alone = false;
};

}  // namespace tw::runtime
