#pragma once

#include "kit/rpc/service.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tw::rpc {

/// Server reflection (grpc/doc/server-reflection.md): tells what a port serves, so that tools need no .proto files. Belongs to a
/// loop.
class ReflectionService : public Service {
 public:
    enum class Version : std::uint8_t { v1, v1alpha };

    /// `services` are listed, and their contracts told; what else the program contains stays unsaid.
    static std::unique_ptr<ReflectionService> make(Version version, std::span<const std::string_view> services);

    /// Ends the calls there are with UNAVAILABLE, so that an idle one keeps no drain waiting.
    virtual void shut_down() = 0;
};

}  // namespace tw::rpc
