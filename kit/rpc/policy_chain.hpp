#pragma once

#include "kit/rpc/service_table.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Runs `next` with each policy's `around` around it. What is referred to outlives the task.
Task<Result<void>> run_around(std::span<Policy* const> policies, CallInfo& info, const CallContext& ctx, const Message& request,
                              Message& response, Policy::Next next);

/// Runs the handler of a unary call with the policies around it. `request` has not been checked yet.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, const Message& request,
                                Message& response);
/// The same from bytes; appends the response to `response`.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx,
                                std::string_view request, std::string& response);
/// Runs the handler of a streaming call with the policies around it.
Task<Result<void>> call_handler(const ServiceTable::Entry& entry, CallInfo& info, const CallContext& ctx, ServerStream& stream);

}  // namespace tw::rpc
