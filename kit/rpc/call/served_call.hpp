#pragma once

#include "kit/rpc/call/call_body.hpp"
#include "kit/rpc/service_table.hpp"

#include <string_view>

namespace tw::rpc {

/// The callee's side of a call, whatever brought it: over the network or from the same loop.
class ServedCall : public CallBody {
 public:
    /// The outcome as the caller is to see it: without cause. Comes once, as the last thing; may destroy this.
    virtual void on_outcome(Result<void> outcome) = 0;

 protected:
    ~ServedCall() = default;
};

/// What a call is served with. Referents outlive the call.
struct Serving {
    const ServiceTable::Entry& entry;
    CallInfo& info;
    /// Where the caller thinks this server is, "host:port"; empty where it did not say.
    std::string_view authority;
};

/// Runs `call` with its server span, if the policies let it pass. Exceptions become INTERNAL; errors that are the callee's fault
/// are logged with their cause and fail the span; at level debug every call is logged. When the call's scope is over, that is its
/// outcome, whatever the handler said. `ctx` has the caller's trace.
Task<void> serve_call(Serving serving, const CallContext& ctx, ServedCall& call);

/// The error that ends `ctx`'s call, without its cause, so that it may leave the process.
Error public_part(Error error);

}  // namespace tw::rpc
