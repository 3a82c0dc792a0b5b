#pragma once

#include "kit/rpc/fault.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace tw::rpc {

/// Faults that are injected into the calls of a process until they are changed, whatever the calls
/// ask for. Operators set them at run time. Thread-safe.
class StandingFaults {
 public:
    using List = std::vector<Fault>;

    void set(List faults) { faults_.store(std::make_shared<const List>(std::move(faults))); }
    std::shared_ptr<const List> get() const { return faults_.load(); }

 private:
    std::atomic<std::shared_ptr<const List>> faults_{std::make_shared<const List>()};
};

}  // namespace tw::rpc
