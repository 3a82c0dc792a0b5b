#pragma once

#include "kit/rpc/interceptor.hpp"
#include "kit/rpc/policy.hpp"

#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace tw::runtime {

class LoopHost;  // kit/runtime/module.hpp

/// Policies or interceptors that are owned here and used as pointers. Their addresses stay.
template <class T>
class PolicyList {
 public:
    PolicyList() = default;
    PolicyList(std::vector<std::unique_ptr<T>> owned) : owned_{std::move(owned)} {
        for (const auto& one : owned_) pointers_.push_back(one.get());
    }
    operator std::span<T* const>() const { return pointers_; }

 private:
    std::vector<std::unique_ptr<T>> owned_;
    std::vector<T*> pointers_;
};

/// What applies to the calls of a program's modules. Each function makes a list for one module on
/// one event loop, on that loop's thread, before the module serves; the first of a list stands
/// outermost. An empty function: there is none.
struct PolicyLists {
    template <class T>
    using Make = std::function<std::vector<std::unique_ptr<T>>(LoopHost& host)>;

    /// To the calls that a module serves, whether they come over the network or from another module
    /// of the process.
    Make<rpc::Policy> server;
    /// To the calls that come in at the HTTP port, by HTTP, gRPC or gRPC-Web, before they are
    /// passed on to their module. Asked for by the module that answers that port.
    Make<rpc::Policy> edge;
    /// To the calls that a module makes.
    Make<rpc::Interceptor> channel;
};

/// Returns the policies that know a call's caller (auth::Authentication) and decide whether it may
/// call (auth::Authorization), by the settings auth.*. Empty if the host knows no callers.
std::vector<std::unique_ptr<rpc::Policy>> caller_policies(LoopHost& host);
/// Returns the policies for gRPC's own methods at the HTTP port, such as health and reflection.
/// Empty in the development profile, where anyone may call them.
std::vector<std::unique_ptr<rpc::Policy>> standard_policies(LoopHost& host);

/// Returns the usual policies for the calls that a module serves: the limit of concurrent calls, by
/// the setting rpc.concurrent_calls_max; caller_policies; the limit of deadlines, by the contract;
/// the limit that adapts to latency, by the setting rpc.adaptive_limit; the audit log, by the
/// setting audit.records, if the module's schema uses audit::schema; and one effect for each
/// idempotency key, if the module's schema uses idempotency::schema.
std::vector<std::unique_ptr<rpc::Policy>> server_policies(LoopHost& host);

}  // namespace tw::runtime
