#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/rpc/service.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace tw::rpc {

/// grpc.health.v1.Health (grpc/doc/health-checking.md): who asks learns whether a service of this port can do its work. Belongs
/// to a loop.
///
/// Check answers NOT_FOUND for a service that the source does not know. Watch says SERVICE_UNKNOWN of it, and every change
/// within `pause`; it goes on until the caller leaves or `shut_down` is called, which says NOT_SERVING first.
class HealthService : public Service {
 public:
    /// Whether `service` ("user.UserService"; empty: the whole server) takes calls; nothing where nobody has heard of it. Asked
    /// on the loop, often; must not block.
    using Source = std::function<std::optional<bool>(std::string_view service)>;

    static constexpr std::chrono::milliseconds kPause{200};

    static std::unique_ptr<HealthService> make(EventLoop& loop, Source source, std::chrono::milliseconds pause = kPause);

    /// From now on nothing is served, and no Watch keeps a drain waiting.
    virtual void shut_down() = 0;
};

}  // namespace tw::rpc
