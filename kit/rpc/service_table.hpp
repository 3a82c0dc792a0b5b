#pragma once

#include "kit/rpc/call_observer.hpp"
#include "kit/rpc/method_policies.hpp"
#include "kit/rpc/service.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// The services of one loop, found by path. Network servers and local channels both use it. The
/// services must outlive it.
class ServiceTable {
 public:
    struct Entry {
        Service* service;
        const Handler* handler;
        /// The telemetry of the module that serves. Server spans carry that module's service.name.
        telemetry::Telemetry telemetry;
        std::unique_ptr<CallObserver> observer;
        std::size_t* running;
        MethodPolicies policies;
    };

    /// Applies `policies` to the calls of all services, including services that are added later.
    /// The policies must outlive the table. Call it before any call is served.
    void set_policies(std::span<Policy* const> policies);
    void add(Service& service, telemetry::Telemetry telemetry);
    /// Finds the method with a ":path". Returns null if no service has it. The result is valid
    /// until the next `add`.
    const Entry* find(std::string_view path) const;
    /// The names of the services, each once, in the order in which they were added.
    std::vector<std::string_view> service_names() const;
    /// The methods of all services.
    std::vector<const Method*> methods() const;
    /// The number of handlers that are running. A caller that has gone, or whose time is over, is
    /// answered without waiting for its handler, which may go on. Servers and channels do not wait
    /// for such handlers either. Whoever destroys the services must first wait until this number is
    /// zero.
    std::size_t running() const { return *running_; }

 private:
    static constexpr std::uint32_t kFree = 0xffff'ffff;
    void rebuild();
    std::size_t slot_of(std::string_view path) const;

    std::vector<Entry> entries_;
    std::vector<Policy*> policies_;
    /// The number has its own allocation, because calls refer to it.
    std::unique_ptr<std::size_t> running_ = std::make_unique<std::size_t>(0);
    /// A hash table by path with open addressing. It holds indices into `entries_`.
    std::vector<std::uint32_t> slots_;
};

}  // namespace tw::rpc
