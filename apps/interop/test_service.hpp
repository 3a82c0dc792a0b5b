#pragma once

#include "kit/rpc/service.hpp"

#include <memory>

namespace tw::interop {

/// grpc.testing.TestService as the suite describes it. UnimplementedCall is left to the server to refuse.
std::unique_ptr<rpc::Service> make_test_service();

}  // namespace tw::interop
