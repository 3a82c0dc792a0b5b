#include "kit/gateway/calls/gateway.hpp"
#include "kit/gateway/calls/policed_call.hpp"

#include <algorithm>
#include <utility>

/// The calls that come to the gateway by gRPC and gRPC-Web. The gateway knows their forms, and
/// kit/rpc serves them.
namespace tw::gateway {
namespace {

/// Returns `request` as a call of `entry`. `decoded` keeps the frames of a body that is text.
rpc::BodyCall body_call(const http::Request& request, GrpcForm form, const rpc::ServiceTable::Entry& entry,
                        std::string& decoded) {
    rpc::BodyCall call{.frames = grpc_frames(request, form, decoded),
                       .encoding = request.headers.find("grpc-encoding").value_or(""),
                       .timeout = request.headers.find("grpc-timeout")};
    call.metadata = metadata_of(request, entry.policies);
    return call;
}

}  // namespace

Task<http::Response> Gateway::answer_grpc(const CallContext& ctx, const http::Request& request, GrpcForm form) const {
    const auto* entry = table_.find(request.path);
    auto limits = limits_;
    if (entry == nullptr && standard_ != nullptr) {
        entry = standard_->find(request.path);
        limits = StandardServices::kBodyLimits;
    }
    const auto most = entry == nullptr ? 0 : entry->handler->method->request_bytes_max;
    if (most > 0) limits.message_bytes_max = std::min(limits.message_bytes_max, most);
    std::string decoded;
    rpc::BodyAnswer answer;
    if (entry == nullptr) {
        answer.outcome = Error{Code::unimplemented, "METHOD_UNKNOWN", "There is no such method here."};
    } else if (form == GrpcForm::grpc && request.version != http::Version::http_2) {
        answer.outcome = Error{Code::unimplemented, "HTTP_2_NEEDED", "gRPC needs HTTP/2; use gRPC-Web over HTTP/1.1."};
    } else {
        auto call = body_call(request, form, *entry, decoded);
        answer = co_await rpc::serve_body(*entry, ctx, std::move(call), limits);
    }
    auto response = write_grpc_response(form, request.version, std::move(answer.frames), answer.outcome, error_domain_);
    if (!answer.outcome) add_challenge(answer.outcome.error(), response);
    add_fields(answer.initial_metadata, response);
    complete(request, nullptr, response);
    if (entry != nullptr) response.route = entry->handler->method->path;
    co_return response;
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
