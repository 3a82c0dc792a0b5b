#pragma once

#include "kit/runtime/module.hpp"

#include <atomic>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::runtime {

/// Whether the process can do its work: what /ready says, at the edge and on the operations port.
/// Modules are added before the first `enter`, and outlive the registry; from then on it is
/// thread-safe.
class HealthRegistry {
 public:
    enum class Phase : std::uint8_t { starting, serving, draining };

    void add(const Module& module) { modules_.push_back(&module); }
    void enter(Phase phase) { phase_.store(phase, std::memory_order_release); }

    bool serving() const { return phase_.load(std::memory_order_acquire) == Phase::serving; }
    /// Ready while serving if all modules are. Each reason begins with the module's name. Modules
    /// are asked only while serving: before, they are being prepared on another thread.
    Health overall() const;
    /// Each module for itself, in order; empty unless serving.
    std::vector<std::pair<std::string_view, Health>> by_module() const;

 private:
    std::vector<const Module*> modules_;
    std::atomic<Phase> phase_{Phase::starting};
};

}  // namespace tw::runtime
