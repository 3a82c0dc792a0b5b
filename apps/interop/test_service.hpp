#pragma once

#include "apps/interop/server_load.hpp"
#include "kit/rpc/service.hpp"

#include <memory>
#include <string>

namespace tw::interop {

/// grpc.testing.TestService as the suite describes it. The server itself refuses UnimplementedCall.
/// Callers set `load`, which must outlive the service. `server_id` tells this server from others of
/// its kind, for callers that ask which server answered.
std::unique_ptr<rpc::Service> make_test_service(ServerLoad& load, std::string server_id);

}  // namespace tw::interop
