#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/trace_context.hpp"

#include <memory>
#include <string>

namespace tw::rpc {
struct CallInfo;
}

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
    /// Within the handler of an RPC: that call's metadata, for reading and answering (kit/rpc/call_info.hpp). Else null.
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
