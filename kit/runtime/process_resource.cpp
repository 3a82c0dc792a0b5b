#include "kit/runtime/process_resource.hpp"

#include "kit/base/random.hpp"

#include <array>
#include <string>
#include <unistd.h>

namespace tw::runtime {

telemetry::Resource process_resource(std::string_view version, Profile profile, const Clock& clock) {
    Random random;
    std::array<char, 256> host{};
    telemetry::Resource resource;
    resource.set("service.namespace", std::string{"tradewind"});
    resource.set("service.version", std::string{version});
    resource.set("service.instance.id", random.uuid_v7(clock.now()).to_string());
    resource.set("deployment.environment.name", std::string{profile == Profile::production ? "production" : "development"});
    if (::gethostname(host.data(), host.size() - 1) == 0) resource.set("host.name", std::string{host.data()});
    resource.set("process.pid", std::int64_t{::getpid()});
    return resource;
}

}  // namespace tw::runtime
