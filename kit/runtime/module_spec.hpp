#pragma once

#include "kit/runtime/module.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace tw::runtime {

/// What is known of a module before it exists: the program keeps a list of these, and nothing
/// registers itself.
struct ModuleSpec {
    /// As Module::name() says.
    std::string_view name;
    std::unique_ptr<Module> (*make)();
    /// The usual gRPC port of the module; 0 where it serves none.
    std::uint16_t grpc_port = 0;
    /// Whether it answers the HTTP port.
    bool serves_http = false;
    /// The schema of its database; null where it has none.
    const sql::Schema& (*schema)() = nullptr;
};

}  // namespace tw::runtime
