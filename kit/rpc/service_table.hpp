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

/// The services of one loop, found by path; used by network servers and local channels alike. Services outlive it.
class ServiceTable {
 public:
    struct Entry {
        Service* service;
        const Handler* handler;
        /// Of the module that serves: its server spans bear its service.name.
        telemetry::Telemetry telemetry;
        std::unique_ptr<CallObserver> observer;
        std::size_t* running;
        MethodPolicies policies;
    };

    /// Has `policies`, which outlive the table, apply to the calls of all services, also of those that are added later. Before
    /// any call.
    void set_policies(std::span<Policy* const> policies);
    void add(Service& service, telemetry::Telemetry telemetry);
    /// `path` as in ":path"; null where nobody serves it. Valid until the next add.
    const Entry* find(std::string_view path) const;
    /// In the order they were added, each once.
    std::vector<std::string_view> service_names() const;
    /// How many handlers are at work. A caller that has gone, or has had its time, is answered and waits no more, while its
    /// handler may go on: whoever destroys the services waits for this to be zero, since servers and channels do not.
    std::size_t running() const { return *running_; }

 private:
    static constexpr std::uint32_t kFree = 0xffff'ffff;
    void rebuild();
    std::size_t slot_of(std::string_view path) const;

    std::vector<Entry> entries_;
    std::vector<Policy*> policies_;
    /// Has a place of its own, as calls refer to it.
    std::unique_ptr<std::size_t> running_ = std::make_unique<std::size_t>(0);
    /// A hash table by path with open addressing, of indices into `entries_`.
    std::vector<std::uint32_t> slots_;
};

}  // namespace tw::rpc
