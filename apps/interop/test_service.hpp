#pragma once

#include "apps/interop/server_load.hpp"
#include "kit/rpc/service.hpp"

#include <memory>

namespace tw::interop {

/// grpc.testing.TestService as the suite describes it. UnimplementedCall is left to the server to refuse. Its callers set `load`,
/// which outlives it.
std::unique_ptr<rpc::Service> make_test_service(ServerLoad& load);

}  // namespace tw::interop
