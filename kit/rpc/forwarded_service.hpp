#pragma once

#include "kit/rpc/channel.hpp"
#include "kit/rpc/service.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// Makes the call on a channel, for the call `info` that came in. Of the answer's metadata only
/// kReplayedField is passed on.
Task<Result<void>> forward_unary(Channel& channel, const CallContext& ctx, CallInfo& info, const Message& request,
                                 Message& response);

/// A service that is served elsewhere: each call goes on to a channel, with the context of the call
/// that came in. Metadata is not passed on, but kReplayedField of answers. A gateway puts such
/// services into its ServiceTable, so that the table's policies and checks apply to calls that
/// others answer. Belongs to one loop.
class ForwardedService final : public Service {
 public:
    /// `methods` are unary methods of one service. They and `channel` outlive the service.
    ForwardedService(std::span<const Method* const> methods, Channel& channel);

    std::string_view service_name() const override { return name_; }
    std::span<const Handler> handlers() const override { return handlers_; }

 private:
    static Task<Result<void>> forward(Service& service, const CallContext& ctx, const Message& request, Message& response);
    static Task<Result<void>> forward_bytes(Service& service, const CallContext& ctx, std::string_view request,
                                            std::string& response);

    Channel& channel_;
    std::string_view name_;
    std::vector<Handler> handlers_;
};

}  // namespace tw::rpc
