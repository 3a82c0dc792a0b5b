#include "kit/runtime/health_registry.hpp"

namespace tw::runtime {

Health HealthRegistry::overall() const {
    switch (phase_.load(std::memory_order_acquire)) {
        case Phase::starting:
            return {.ready = false, .reasons = {"the process is starting"}};
        case Phase::draining:
            return {.ready = false, .reasons = {"the process is shutting down"}};
        case Phase::serving:
            break;
    }
    Health all;
    for (const auto& [name, health] : by_module()) {
        all.ready = all.ready && health.ready;
        for (const auto& reason : health.reasons) all.reasons.push_back(std::string{name} + ": " + reason);
    }
    return all;
}

std::vector<std::pair<std::string_view, Health>> HealthRegistry::by_module() const {
    std::vector<std::pair<std::string_view, Health>> all;
    if (phase_.load(std::memory_order_acquire) != Phase::serving) return all;
    for (const auto* module : modules_) all.emplace_back(module->name(), module->health());
    return all;
}

}  // namespace tw::runtime
