#include "kit/rpc/adapter.hpp"
#include "kit/rpc/unary_exchange.hpp"
#include "services/gateway/gateway.hpp"
#include "services/gateway/policed_call.hpp"

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
    const auto* const standard = standard_ != nullptr && meant == nullptr ? standard_->find(request.path) : nullptr;
    std::optional<PolicedCall> policed;
    std::string frames;
    Result<void> outcome = Error{Code::unimplemented, "METHOD_UNKNOWN", "There is no such method here."};
    const bool known = meant != nullptr || standard != nullptr;
    if (known && form == GrpcForm::grpc && request.version != http::Version::http_2) {
        outcome = Error{Code::unimplemented, "HTTP_2_NEEDED", "gRPC needs HTTP/2; over HTTP/1.1 there is gRPC-Web."};
    } else if (standard != nullptr) {
        outcome = co_await call_standard(ctx, *standard, request, form, frames);
    } else if (meant != nullptr) {
        const std::unique_ptr<rpc::Message> answer{meant->route->method->response_prototype().New()};
        policed.emplace(*meant->route->method, meant->policies, request);
        auto asked = policed->admission().ask(ctx);
        outcome = co_await std::move(asked);
        if (outcome) {
            outcome = co_await call_grpc(policed->admission().context(), *meant, request, form, policed->info(), *answer);
            log_failure(ctx, *meant, outcome);
        }
        outcome = policed->admission().conclude(std::move(outcome));
        policed->admission().close();
        if (outcome) frames = rpc::frame_message(*answer);
    }
    auto response = write_grpc_response(form, request.version, std::move(frames), outcome, error_domain_);
    if (policed) policed->add_fields(response);
    complete(request, nullptr, response);
    if (meant != nullptr) response.route = meant->route->method->path;
    if (standard != nullptr) response.route = standard->path;
    co_return response;
}

Task<Result<void>> Gateway::call_standard(const CallContext& ctx, const rpc::Method& method, const http::Request& request,
                                          GrpcForm form, std::string& frames) const {
    auto body = read_grpc_frames(request, form);
    if (!body) co_return std::move(body).error();
    std::string encoding{request.headers.find("grpc-encoding").value_or("")};
    auto answers = co_await standard_->call(ctx, method, std::move(*body), std::move(encoding));
    if (!answers) co_return std::move(answers).error();
    frames = std::move(*answers);
    co_return Result<void>{};
}

Task<Result<void>> Gateway::call_grpc(const CallContext& ctx, const Call& call, const http::Request& request, GrpcForm form,
                                      rpc::CallInfo& info, rpc::Message& answer) const {
    auto deadline = ctx.deadline();
    if (const auto timeout = request.headers.find("grpc-timeout")) {
        const auto time = rpc::read_timeout(*timeout);
        if (!time) co_return time.error();
        deadline = std::min(deadline, Deadline::after(ctx.loop().now(), *time));
    }
    const auto bytes = read_grpc_message(request, form, message_bytes_max_);
    if (!bytes) co_return bytes.error();
    const auto& method = *call.route->method;
    const std::unique_ptr<rpc::Message> message{method.request_prototype().New()};
    if (!message->ParseFromString(*bytes)) co_return rpc::malformed_request();
    CancelScope scope{ctx.loop(), deadline, &ctx.scope()};
    const auto limited = ctx.with_scope(scope);
    co_return co_await pass_on(limited, call, info, *message, answer);
}

void Gateway::complete_refusal(const http::Request& request, const Error& why, http::Response& response) const {
    if (const auto form = grpc_form(request); form && request.method == "POST") {
        constexpr int kBodyTooLarge = 413;
        constexpr int kHeaderTooLarge = 431;
        const bool too_large = response.status == kBodyTooLarge || response.status == kHeaderTooLarge;
        const Error error{too_large ? Code::resource_exhausted : why.code(), why.reason(), why.detail()};
        response = write_grpc_response(*form, request.version, {}, error, error_domain_);
    }
    complete(request, nullptr, response);
}

}  // namespace tw::gateway
