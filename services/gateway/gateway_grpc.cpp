#include "services/gateway/gateway.hpp"
#include "services/gateway/policed_call.hpp"

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
    if (entry.policies.reads_metadata) call.metadata = metadata_of(request);
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
    std::string decoded;
    rpc::BodyAnswer answer;
    if (entry == nullptr) {
        answer.outcome = Error{Code::unimplemented, "METHOD_UNKNOWN", "There is no such method here."};
    } else if (form == GrpcForm::grpc && request.version != http::Version::http_2) {
        answer.outcome = Error{Code::unimplemented, "HTTP_2_NEEDED", "gRPC needs HTTP/2; over HTTP/1.1 there is gRPC-Web."};
    } else {
        auto call = body_call(request, form, *entry, decoded);
        answer = co_await rpc::serve_body(*entry, ctx, std::move(call), limits);
    }
    auto response = write_grpc_response(form, request.version, std::move(answer.frames), answer.outcome, error_domain_);
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
