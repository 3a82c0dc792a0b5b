#pragma once

#include "kit/rpc/service.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tw::rpc {

/// Server reflection (grpc/doc/server-reflection.md): tells what a port serves, so that tools need
/// no .proto files. It belongs to a loop.
class ReflectionService : public Service {
 public:
    enum class Version : std::uint8_t { v1, v1alpha };

    /// Lists `services` and describes their contracts. Other contracts that the program contains
    /// are not described.
    static std::unique_ptr<ReflectionService> make(Version version, std::span<const std::string_view> services);

    /// Ends all open calls with UNAVAILABLE, so that an idle one does not make a drain wait.
    virtual void shut_down() = 0;
};

}  // namespace tw::rpc
