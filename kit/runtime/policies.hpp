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

}  // namespace tw::runtime
