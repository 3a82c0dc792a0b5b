#include "kit/rpc/forwarded_service.hpp"

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/metadata.hpp"

#include <memory>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {
namespace {

Task<Result<void>> forward_keyed(Channel& channel, const CallContext& ctx, CallInfo& info, const Message& request,
                                 Message& response) {
    CallOptions options;
    auto done = co_await channel.unary(ctx, info.method, request, response, &options);
    for (auto& entry : options.initial_metadata) {
        if (entry.first == kReplayedField) info.initial_metadata.push_back(std::move(entry));
    }
    co_return done;
}

}  // namespace

Task<Result<void>> forward_unary(Channel& channel, const CallContext& ctx, CallInfo& info, const Message& request,
                                 Message& response) {
    const bool keyed = info.method.idempotency == Idempotency::keyed && !ctx.attributes().idempotency_key.empty();
    if (keyed) return forward_keyed(channel, ctx, info, request, response);
    return channel.unary(ctx, info.method, request, response);
}

ForwardedService::ForwardedService(std::span<const Method* const> methods, Channel& channel)
    : channel_{channel}, name_{methods.empty() ? std::string_view{} : methods.front()->service} {
    for (const auto* method : methods) handlers_.push_back({method, &forward_bytes, &forward, nullptr});
}

Task<Result<void>> ForwardedService::forward(Service& service, const CallContext& ctx, const Message& request,
                                             Message& response) {
    return forward_unary(static_cast<ForwardedService&>(service).channel_, ctx, *served(ctx), request, response);
}

Task<Result<void>> ForwardedService::forward_bytes(Service& service, const CallContext& ctx, std::string_view request,
                                                   std::string& response) {
    const auto& method = served(ctx)->method;
    const std::unique_ptr<Message> message{method.request_prototype().New()};
    const std::unique_ptr<Message> answer{method.response_prototype().New()};
    if (!message->ParseFromArray(request.data(), static_cast<int>(request.size()))) co_return malformed_request();
    auto done = co_await forward(service, ctx, *message, *answer);
    if (done) answer->AppendToString(&response);
    co_return done;
}

}  // namespace tw::rpc
