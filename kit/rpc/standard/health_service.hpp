#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/rpc/service.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace tw::rpc {

/// grpc.health.v1.Health (grpc/doc/health-checking.md): tells clients whether a service of this
/// port can do its work. It belongs to a loop.
///
/// Check fails with NOT_FOUND for a service that the source does not know. Watch reports
/// SERVICE_UNKNOWN for such a service, and reports every change within `pause`. Watch goes on until
/// the caller leaves or `shut_down` is called, after which it reports NOT_SERVING and ends.
class HealthService : public Service {
 public:
    /// Says whether `service` takes calls. `service` is a name such as "user.UserService", or empty
    /// for the whole server. Returns nothing for an unknown service. It is called often, on the
    /// loop, and must not block.
    using Source = std::function<std::optional<bool>(std::string_view service)>;

    static constexpr std::chrono::milliseconds kPause{200};

    static std::unique_ptr<HealthService> make(EventLoop& loop, Source source, std::chrono::milliseconds pause = kPause);

    /// Reports from now on that nothing is served, and ends every Watch, so that no Watch makes a
    /// drain wait.
    virtual void shut_down() = 0;
};

}  // namespace tw::rpc
