#pragma once

#include "apps/interop/server_load.hpp"
#include "kit/rpc/service.hpp"

#include <memory>
#include <string>

namespace tw::interop {

/// grpc.testing.TestService as the suite describes it. UnimplementedCall is left to the server to refuse. Its callers set `load`,
/// which outlives it. `server_id` tells this server from others of the kind, for callers that ask which one answered.
std::unique_ptr<rpc::Service> make_test_service(ServerLoad& load, std::string server_id);

}  // namespace tw::interop
