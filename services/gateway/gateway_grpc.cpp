#include "kit/rpc/adapter.hpp"
#include "kit/rpc/wire/unary_exchange.hpp"
#include "services/gateway/caller_limits.hpp"
#include "services/gateway/gateway.hpp"

#include <algorithm>
#include <memory>

#include <google/protobuf/message.h>

/// The calls that come to the gateway as gRPC or gRPC-Web.
namespace tw::gateway {

const Gateway::Call* Gateway::find_method(std::string_view path) const {
    const auto found = methods_.find(path);
    return found == methods_.end() ? nullptr : &found->second;
}

Task<http::Response> Gateway::answer_grpc(const CallContext& ctx, const http::Request& request, GrpcForm form) const {
    const auto* const meant = find_method(request.path);
    std::optional<cache::RateDecision> share;
    std::unique_ptr<rpc::Message> answer;
    Result<void> outcome = Error{Code::unimplemented, "METHOD_UNKNOWN", "There is no such method here."};
    if (meant != nullptr && form == GrpcForm::grpc && request.version != http::Version::http_2) {
        outcome = Error{Code::unimplemented, "HTTP_2_NEEDED", "gRPC needs HTTP/2; over HTTP/1.1 there is gRPC-Web."};
    } else if (meant != nullptr) {
        answer.reset(meant->route->method->response_prototype().New());
        outcome = co_await call_grpc(ctx, *meant, request, form, *answer, share);
    }
    auto response = write_grpc_response(form, request.version, outcome ? answer.get() : nullptr, outcome);
    if (share) tell_rate(*share, rate_, response);
    cors_.apply(request, "", response);
    if (meant != nullptr) response.route = meant->route->method->path;
    co_return response;
}

Task<Result<void>> Gateway::call_grpc(const CallContext& ctx, const Call& call, const http::Request& request, GrpcForm form,
                                      rpc::Message& answer, std::optional<cache::RateDecision>& share) const {
    if (auto admitted = co_await admit(ctx, call, share); !admitted) co_return admitted;
    auto deadline = ctx.deadline();
    if (const auto timeout = request.headers.find("grpc-timeout")) {
        const auto time = rpc::read_timeout(*timeout);
        if (!time) co_return time.error();
        deadline = std::min(deadline, Deadline::after(ctx.loop().now(), *time));
    }
    const auto bytes = read_grpc_message(request, form);
    if (!bytes) co_return bytes.error();
    const auto& method = *call.route->method;
    const std::unique_ptr<rpc::Message> message{method.request_prototype().New()};
    if (!message->ParseFromString(*bytes)) co_return rpc::malformed_request();
    CancelScope scope{ctx.loop(), deadline, &ctx.scope()};
    const auto limited = ctx.with_scope(scope);
    co_return co_await call.channel->unary(limited, method, *message, answer);
}

}  // namespace tw::gateway
