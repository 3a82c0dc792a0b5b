#include "kit/runtime/export/process_resource.hpp"

#include "kit/base/random.hpp"
#include "kit/runtime/export/container_id.hpp"

#include <array>
#include <unistd.h>

namespace tw::runtime {
namespace {

struct DownwardVariable {
    const char* name;
    std::string_view attribute;
};
constexpr std::array kDownwardVariables{
    DownwardVariable{"K8S_POD_NAME", "k8s.pod.name"},
    DownwardVariable{"K8S_POD_UID", "k8s.pod.uid"},
    DownwardVariable{"K8S_NAMESPACE_NAME", "k8s.namespace.name"},
    DownwardVariable{"K8S_NODE_NAME", "k8s.node.name"},
    DownwardVariable{"K8S_CONTAINER_NAME", "k8s.container.name"},
    DownwardVariable{"K8S_DEPLOYMENT_NAME", "k8s.deployment.name"},
    DownwardVariable{"K8S_CLUSTER_NAME", "k8s.cluster.name"},
};

void add_host(telemetry::Resource& resource) {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0) resource.set("host.name", std::string{host.data()});
    if (auto id = own_container_id(); !id.empty()) resource.set("container.id", std::move(id));
}

void add_process(telemetry::Resource& resource) {
    resource.set("process.pid", std::int64_t{::getpid()});
    resource.set("process.runtime.name", std::string{"cpp"});
#ifdef __clang__
    resource.set("process.runtime.version", std::string{__clang_version__});
    resource.set("process.runtime.description", std::string{"C++ compiled by Clang"});
#else
    resource.set("process.runtime.version", std::string{__VERSION__});
    resource.set("process.runtime.description", std::string{"C++ compiled by GCC"});
#endif
}

}  // namespace

telemetry::Resource process_resource(const Program& program, Profile profile, const Clock& clock,
                                     const std::map<std::string, std::string>& environment,
                                     std::span<const std::pair<std::string, std::string>> chosen) {
    Random random;
    telemetry::Resource resource;
    resource.set("service.namespace", program.name.text());
    resource.set("service.version", std::string{program.version});
    resource.set("service.instance.id", random.uuid_v7(clock.now()).to_string());
    resource.set("deployment.environment.name", std::string{profile == Profile::production ? "production" : "development"});
    add_host(resource);
    add_process(resource);
    for (const auto& [name, attribute] : kDownwardVariables) {
        const auto found = environment.find(name);
        if (found != environment.end() && !found->second.empty()) resource.set(attribute, found->second);
    }
    // Whose service this is, is said for each module.
    for (const auto& [key, value] : chosen) {
        if (key != "service.name") resource.set(key, value);
    }
    return resource;
}

}  // namespace tw::runtime
