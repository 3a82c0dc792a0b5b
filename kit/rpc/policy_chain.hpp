#pragma once

#include "kit/rpc/service_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Runs `next` with the `around` of each policy around it, the first one outermost. The referents
/// must outlive the task.
Task<Result<void>> run_around(std::span<Policy* const> policies, CallInfo& info, const CallContext& ctx, const Message& request,
                              Message& response, Policy::Next next);

/// Runs the handler of a unary call with the policies around it. `request` is checked against the
/// contract first. Each of these functions clears the fields of answers that the caller may not
/// see, after all policies, so that no policy can show them.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, const Message& request,
                                Message& response);
/// Runs the handler of a unary call, given the bytes of its request, with the policies around it.
/// Appends the bytes of the response to `response`.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                std::string_view request, std::string& response);
/// Runs the handler of a streaming call with the policies around it.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, ServerStream& stream);

}  // namespace tw::rpc
