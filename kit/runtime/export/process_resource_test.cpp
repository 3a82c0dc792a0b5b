#include "kit/runtime/export/process_resource.hpp"

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

Program program(std::string_view version) { return {.name = "shop", .version = version, .modules = {}}; }

std::string text(const telemetry::Resource& resource, std::string_view key) { return std::string{resource.text(key)}; }

TEST(ProcessResource, says_what_runs_and_where) {
    const SystemClock clock;
    const auto resource = process_resource(program("1.2.3"), Profile::production, clock);
    EXPECT_EQ(text(resource, "service.namespace"), "shop");
    EXPECT_EQ(text(resource, "service.version"), "1.2.3");
    EXPECT_EQ(text(resource, "deployment.environment.name"), "production");
    EXPECT_EQ(text(resource, "process.runtime.name"), "cpp");
    EXPECT_FALSE(text(resource, "process.runtime.version").empty());
    EXPECT_EQ(text(resource, "k8s.pod.name"), "");
}

TEST(ProcessResource, an_instance_has_an_id_of_its_own) {
    const SystemClock clock;
    EXPECT_NE(text(process_resource(program("1"), Profile::dev, clock), "service.instance.id"),
              text(process_resource(program("1"), Profile::dev, clock), "service.instance.id"));
}

TEST(ProcessResource, tells_what_the_downward_api_was_told_to_say) {
    const SystemClock clock;
    const auto resource = process_resource(program("1"), Profile::dev, clock,
                                           {{"K8S_POD_NAME", "shop-0"}, {"K8S_NAMESPACE_NAME", "shop"}, {"K8S_NODE_NAME", ""}});
    EXPECT_EQ(text(resource, "k8s.pod.name"), "shop-0");
    EXPECT_EQ(text(resource, "k8s.namespace.name"), "shop");
    for (const auto& [key, value] : resource.attributes()) EXPECT_NE(key, "k8s.node.name");
}

TEST(ProcessResource, what_somebody_chose_goes_before_what_is_found) {
    const SystemClock clock;
    const std::vector<std::pair<std::string, std::string>> chosen{
        {"deployment.environment.name", "canary"}, {"team", "shop"}, {"service.name", "not this"}};
    const auto resource = process_resource(program("1"), Profile::dev, clock, {}, chosen);
    EXPECT_EQ(text(resource, "deployment.environment.name"), "canary");
    EXPECT_EQ(text(resource, "team"), "shop");
    EXPECT_EQ(text(resource, "service.name"), "");
}

}  // namespace
}  // namespace tw::runtime
