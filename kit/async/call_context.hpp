#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/principal.hpp"
#include "kit/async/trace_context.hpp"

#include <memory>
#include <string>

namespace tw {

/// What comes with a request beside its message. It is immutable once the request has been read,
/// and all contexts of the request share it.
struct CallAttributes {
    /// The caller's `idempotency-key`; empty when none was sent.
    std::string idempotency_key;
    /// The caller's W3C `baggage`, in the form in which it is passed on; empty when there is none.
    std::string baggage;
    /// The address that the request came from, for logs; empty for work that no request asked for.
    std::string peer;
    /// The identity of the module that makes the call: the URI name of its TLS client certificate
    /// ("spiffe://shop/order"), or the name that such a certificate would have, if the module runs
    /// in this process. It is empty when the peer sent no certificate.
    std::string peer_identity;
    /// Who makes the call. A policy that authenticates callers sets it (kit/rpc/policy.hpp).
    /// Without such a policy it is the service that `peer_identity` names, or nobody.
    SharedPrincipal principal;
    /// The `authorization` that proved the principal, such as "Bearer …". Calls to other processes
    /// pass it on, so that they verify it themselves. It is a secret. Null if there is none.
    std::shared_ptr<const std::string> authorization;
};

/// What all code that does I/O for a call knows about it: how long it may take, whether it is still
/// wanted, and which trace it belongs to. It is passed explicitly, by const reference, and copied
/// where a child differs. Never store it beyond the call, because the scope that it points to ends
/// with the call.
class CallContext {
 public:
    CallContext(EventLoop& loop, CancelScope& scope) : loop_{&loop}, scope_{&scope} {}

    EventLoop& loop() const { return *loop_; }
    CancelScope& scope() const { return *scope_; }
    Deadline deadline() const { return scope_->deadline(); }
    /// Why the call is over (CANCELLED, DEADLINE_EXCEEDED), or nothing. Check this before starting
    /// I/O.
    const std::optional<Error>& over() const { return scope_->error(); }
    /// Returns the error of a call that was over before its work began. Nothing was done, so the
    /// error's outcome is not open. The call must be over: check over() first.
    Error over_before_start() const;

    const TraceContext& trace() const { return trace_; }
    const CallAttributes& attributes() const;
    const Principal& principal() const { return *attributes().principal; }
    /// The object that the layer which serves this call has attached to it, found by its type (for
    /// RPCs rpc::CallInfo). It is null if no object of that type is attached.
    template <class T>
    T* attached() const {
        return attached_type_ == &kTypeMark<T> ? static_cast<T*>(attached_) : nullptr;
    }

    CallContext with_scope(CancelScope& scope) const {
        CallContext child = *this;
        child.scope_ = &scope;
        return child;
    }
    CallContext with_trace(TraceContext trace) const {
        CallContext child = *this;
        child.trace_ = std::move(trace);
        return child;
    }
    CallContext with_attributes(std::shared_ptr<const CallAttributes> attributes) const {
        CallContext child = *this;
        child.attributes_ = std::move(attributes);
        return child;
    }
    /// Attaches an object, which replaces the one attached before. It must outlive the context.
    template <class T>
    CallContext with_attached(T* attached) const {
        CallContext child = *this;
        child.attached_ = attached;
        child.attached_type_ = &kTypeMark<T>;
        return child;
    }

 private:
    /// The address of this object stands for the type.
    template <class T>
    static constexpr char kTypeMark = 0;

    EventLoop* loop_;
    CancelScope* scope_;
    void* attached_ = nullptr;
    const void* attached_type_ = nullptr;
    TraceContext trace_;
    std::shared_ptr<const CallAttributes> attributes_;
};

/// A context with its own scope, for work that no request asked for: start-up, background jobs,
/// tests. The RootCall must stay at its address while its context is in use.
class RootCall {
 public:
    explicit RootCall(EventLoop& loop, Deadline deadline = Deadline::never()) : scope_{loop, deadline}, context_{loop, scope_} {}
    const CallContext& context() const { return context_; }
    CancelScope& scope() { return scope_; }

 private:
    CancelScope scope_;
    CallContext context_;
};

}  // namespace tw
