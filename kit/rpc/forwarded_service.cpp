#include "kit/rpc/forwarded_service.hpp"

#include "kit/rpc/adapter.hpp"

#include <memory>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::rpc {

ForwardedService::ForwardedService(std::span<const Method* const> methods, Channel& channel)
    : channel_{channel}, name_{methods.empty() ? std::string_view{} : methods.front()->service} {
    for (const auto* method : methods) handlers_.push_back({method, &forward_bytes, &forward, nullptr});
}

Task<Result<void>> ForwardedService::forward(Service& service, const CallContext& ctx, const Message& request,
                                             Message& response) {
    return static_cast<ForwardedService&>(service).channel_.unary(ctx, served(ctx)->method, request, response);
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
