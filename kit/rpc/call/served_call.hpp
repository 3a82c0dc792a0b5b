#pragma once

#include "kit/rpc/call/call_body.hpp"
#include "kit/rpc/service_table.hpp"

#include <string_view>

namespace tw::rpc {

/// The callee's side of a call, however the call arrived: over the network, from the same loop, or
/// as the body of an HTTP request.
class ServedCall : public CallBody {
 public:
    /// Takes the outcome as the caller is to see it, without its cause. It is called once, at the
    /// very end, and may destroy the object.
    virtual void on_outcome(Result<void> outcome) = 0;

 protected:
    ~ServedCall() = default;
};

/// What is needed to serve a call. The referents must outlive the call.
struct Serving {
    const ServiceTable::Entry& entry;
    CallInfo& info;
    /// The address of this server as the caller knows it, "host:port". Empty if the caller did not
    /// send it.
    std::string_view authority;
};

/// Runs `call` within its server span, if the policies let it pass. An exception becomes INTERNAL.
/// A code that says that the callee failed makes the span fail. INTERNAL, UNKNOWN and DATA_LOSS are
/// logged as errors; other errors are logged as warnings if they have a cause. At level debug every
/// call is logged. If the scope of the call is over, its reason is the outcome, whatever the
/// handler returned. `ctx` has the caller's trace.
Task<void> serve_call(Serving serving, const CallContext& ctx, ServedCall& call);

/// Returns `error` without its cause, so that it may leave the process.
Error public_part(Error error);

}  // namespace tw::rpc
