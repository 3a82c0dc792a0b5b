#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/principal.hpp"
#include "kit/async/trace_context.hpp"

#include <memory>
#include <string>

namespace tw {

/// What comes with a request beside its message. Immutable once the request has been read; shared by all its contexts.
struct CallAttributes {
    /// The `idempotency-key` of the caller; empty when none was sent.
    std::string idempotency_key;
    /// The caller's W3C `baggage`, as it is to be passed on; empty when none.
    std::string baggage;
    /// The address the request came from, for logs; empty for work of our own.
    std::string peer;
    /// Who the peer is by its TLS client certificate (its URI name: "spiffe://tradewind/order"); empty where it showed none.
    std::string peer_identity;
    /// Who makes the call. A policy that authenticates callers decides it (kit/rpc/policy.hpp); otherwise it is the service that
    /// `peer_identity` names, or nobody.
    Principal principal;
};

/// What is known about a call by everybody who does I/O for it: how long it may take, whether it is still wanted, which
/// trace it belongs to. Passed explicitly, by const reference; copied where a child differs. Never stored beyond the call,
/// because the scope that it points to ends with it.
class CallContext {
 public:
    CallContext(EventLoop& loop, CancelScope& scope) : loop_{&loop}, scope_{&scope} {}

    EventLoop& loop() const { return *loop_; }
    CancelScope& scope() const { return *scope_; }
    Deadline deadline() const { return scope_->deadline(); }
    /// Why the call is over (CANCELLED, DEADLINE_EXCEEDED), or nothing. Ask before starting I/O.
    const std::optional<Error>& over() const { return scope_->error(); }
    /// The error of a call that is over, for work that has not begun: nothing was done, so the outcome is not open. Ask `over`
    /// first.
    Error over_before_start() const;

    const TraceContext& trace() const { return trace_; }
    const CallAttributes& attributes() const;
    const Principal& principal() const { return attributes().principal; }
    /// What the layer that serves this call has attached to it, asked for by its type (rpc::CallInfo); null where nothing of that
    /// type is attached.
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
    /// `attached` outlives the contexts that have it. It takes the place of what was attached before.
    template <class T>
    CallContext with_attached(T* attached) const {
        CallContext child = *this;
        child.attached_ = attached;
        child.attached_type_ = &kTypeMark<T>;
        return child;
    }

 private:
    /// Its address stands for the type.
    template <class T>
    static constexpr char kTypeMark = 0;

    EventLoop* loop_;
    CancelScope* scope_;
    void* attached_ = nullptr;
    const void* attached_type_ = nullptr;
    TraceContext trace_;
    std::shared_ptr<const CallAttributes> attributes_;
};

/// A context with its own scope, for work that no request asked for: start-up, background jobs, tests. Keep it in place
/// while its context is in use.
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
