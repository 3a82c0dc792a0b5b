#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/task.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/rpc/standard/health_service.hpp"
#include "kit/rpc/standard/reflection_service.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// What tools and load balancers ask a gRPC port for, on the HTTP port: grpc.health.v1.Health/Check, and reflection of the
/// services that have routes, in both versions. Belongs to one loop.
///
/// Bodies are whole here, so a call of reflection brings its requests, and gets one answer for each; Watch, which never ends, is
/// UNIMPLEMENTED, and clients that watch take that for "serving" (grpc/doc/health-checking.md).
class StandardServices {
 public:
    /// `services` have static storage. `ready`: whether the port can do its work; asked often, must not block.
    StandardServices(EventLoop& loop, telemetry::Telemetry telemetry, std::vector<std::string_view> services,
                     std::function<bool()> ready);

    /// The method at `path`; null where it is none of these services'.
    const rpc::Method* find(std::string_view path) const;
    /// The answers' frames to a call whose body is `frames`, packed by `encoding`.
    Task<Result<std::string>> call(const CallContext& ctx, const rpc::Method& method, std::string frames,
                                   std::string encoding) const;

 private:
    Task<Result<void>> answer_each(const CallContext& ctx, const rpc::Method& method,
                                   const std::vector<std::unique_ptr<rpc::Message>>& requests, std::string& answers) const;

    std::vector<std::string_view> names_;
    std::unique_ptr<rpc::HealthService> health_;
    std::unique_ptr<rpc::ReflectionService> reflection_;
    std::unique_ptr<rpc::ReflectionService> reflection_alpha_;
    rpc::ServiceTable table_;
    std::unique_ptr<rpc::Channel> channel_;
};

}  // namespace tw::gateway
