#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/trace_context.hpp"

#include <memory>
#include <string>

namespace tw::rpc {
struct CallInfo;
}

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
    /// The peer's identity from its TLS client certificate (the certificate's URI name:
    /// "spiffe://tradewind/order"). It is empty when the peer sent no certificate.
    std::string peer_identity;
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
    /// The metadata of the RPC that is being handled, for reading it and for answering with it
    /// (kit/rpc/call_info.hpp). It is null outside an RPC handler.
    rpc::CallInfo* served() const { return served_; }

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
    CallContext with_served(rpc::CallInfo* served) const {
        CallContext child = *this;
        child.served_ = served;
        return child;
    }

 private:
    EventLoop* loop_;
    CancelScope* scope_;
    rpc::CallInfo* served_ = nullptr;
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
