#include "kit/rpc/service_table.hpp"

#include "kit/rpc/telemetry/rpc_metrics.hpp"

#include <bit>
#include <functional>
#include <utility>

namespace tw::rpc {

void ServiceTable::add(Service& service, telemetry::Telemetry telemetry) {
    for (const auto& handler : service.handlers()) {
        auto observer = std::make_unique<CallObserver>(telemetry.meter, kServerCallDuration, *handler.method);
        entries_.push_back(
            {&service, &handler, telemetry, std::move(observer), running_.get(), MethodPolicies::of(policies_, *handler.method)});
    }
    rebuild();
}

void ServiceTable::set_policies(std::span<Policy* const> policies) {
    policies_.assign(policies.begin(), policies.end());
    for (auto& entry : entries_) entry.policies = MethodPolicies::of(policies_, *entry.handler->method);
}

void ServiceTable::rebuild() {
    // The table is at most half full, so that a search ends soon.
    slots_.assign(std::bit_ceil(2 * entries_.size() + 2), kFree);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto at = slot_of(entries_[i].handler->method->path);
        while (slots_[at] != kFree) at = (at + 1) % slots_.size();
        slots_[at] = static_cast<std::uint32_t>(i);
    }
}

std::size_t ServiceTable::slot_of(std::string_view path) const { return std::hash<std::string_view>{}(path) % slots_.size(); }

const ServiceTable::Entry* ServiceTable::find(std::string_view path) const {
    if (slots_.empty()) return nullptr;
    for (auto at = slot_of(path); slots_[at] != kFree; at = (at + 1) & (slots_.size() - 1)) {
        const auto& entry = entries_[slots_[at]];
        if (entry.handler->method->path == path) return &entry;
    }
    return nullptr;
}

std::vector<const Method*> ServiceTable::methods() const {
    std::vector<const Method*> all;
    for (const auto& entry : entries_) all.push_back(entry.handler->method);
    return all;
}

std::vector<std::string_view> ServiceTable::service_names() const {
    std::vector<std::string_view> names;
    for (const auto& entry : entries_) {
        const auto name = entry.service->service_name();
        if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
}

}  // namespace tw::rpc
