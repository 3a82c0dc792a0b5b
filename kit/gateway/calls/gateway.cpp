#include "kit/gateway/calls/gateway.hpp"

#include "kit/gateway/calls/media_type.hpp"
#include "kit/http/problem.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/call_observer.hpp"
#include "kit/rpc/policy_chain.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

constexpr std::string_view kGrpcAllow = "OPTIONS, POST";

/// Returns the response to OPTIONS, which follows HTTP's own rules and has no body.
http::Response options(const std::string& allow) {
    http::Response response{.status = 204};
    response.content_type.clear();
    response.headers.add("allow", allow);
    http::for_each_element(allow, [&response](std::string_view method) { tell_accepted(method, response); });
    return response;
}

Error refuse(http::Router::Outcome outcome, const http::Request& request) {
    switch (outcome) {
        case http::Router::Outcome::wrong_method:
            return Error{Code::unimplemented, reason::kMethodNotAllowed,
                         "this path does not support the method " + request.method.substr(0, 32)};
        case http::Router::Outcome::malformed_path:
            return Error{Code::invalid_argument, "MALFORMED_PATH", "the path has a percent sign without two hexadecimal digits"};
        default:
            return Error{Code::not_found, "ROUTE_NOT_FOUND", "there is no route with this path"};
    }
}

}  // namespace

Result<void> Gateway::add(std::span<const rpc::Route> routes, rpc::Channel& channel) {
    for (const auto& route : routes) {
        if (auto added = router_.add(route.verb, route.path, endpoints_.size()); !added) return added;
        const Call call{&route, &channel, rpc::MethodPolicies::of(policies_, *route.method)};
        endpoints_.emplace_back(call);
    }
    serve_by_grpc(routes, channel);
    return {};
}

void Gateway::serve_by_grpc(std::span<const rpc::Route> routes, rpc::Channel& channel) {
    std::map<std::string_view, std::vector<const rpc::Method*>> services;
    for (const auto& route : routes) {
        auto& methods = services[route.method->service];
        // A method may have several routes.
        const bool known = std::ranges::find(methods, route.method) != methods.end();
        if (!known && route.method->shape == rpc::Shape::unary) methods.push_back(route.method);
    }
    for (const auto& [name, methods] : services) {
        if (methods.empty()) continue;
        services_.push_back(std::make_unique<rpc::ForwardedService>(methods, channel));
        table_.add(*services_.back(), telemetry_);
    }
}

void Gateway::set_policies(std::span<rpc::Policy* const> policies) {
    policies_.assign(policies.begin(), policies.end());
    edge_.clear();
    for (auto* const policy : policies) {
        if (auto* const sees_http = dynamic_cast<EdgePolicy*>(policy)) edge_.push_back(sees_http);
    }
    const auto choose = [&](Call& call) { call.policies = rpc::MethodPolicies::of(policies_, *call.route->method); };
    for (auto& endpoint : endpoints_) {
        if (auto* const call = std::get_if<Call>(&endpoint)) choose(*call);
    }
    table_.set_policies(policies_);
}

Result<void> Gateway::add_page(std::string_view path, Page page) {
    if (auto added = router_.add("GET", path, endpoints_.size()); !added) return added;
    endpoints_.emplace_back(std::move(page));
    return {};
}

Task<http::Response> Gateway::answer(const CallContext& ctx, const http::Request& request) const {
    if (const auto form = grpc_form(request); form && request.method == "POST") return answer_grpc(ctx, request, *form);
    auto match = router_.find(request.method, request.path);
    if (const auto* const meant = called(match)) {
        const bool streams = meant->route->method->shape == rpc::Shape::server_streaming;
        if (streams) return answer_events(ctx, request, *meant, std::move(match));
        return answer_call(ctx, request, *meant, std::move(match));
    }
    return answer_alone(ctx, request, std::move(match));
}

const Gateway::Call* Gateway::called(const http::Router::Match& match) const {
    return match.outcome == http::Router::Outcome::found ? std::get_if<Call>(&endpoints_[match.payload]) : nullptr;
}

Task<http::Response> Gateway::answer_alone(const CallContext& ctx, const http::Request& request,
                                           http::Router::Match match) const {
    auto allow = match.outcome == http::Router::Outcome::options ? match.allow : std::string{};
    if (request.method == "OPTIONS" && table_.find(request.path) != nullptr) allow = kGrpcAllow;
    auto answered = allow.empty() ? find_page(request, match) : options(allow);
    auto response = answered ? std::move(*answered) : http::problem(answered.error(), ctx.trace(), request.path);
    if (match.outcome == http::Router::Outcome::wrong_method) response.headers.add("allow", match.allow);
    complete(request, nullptr, response);
    response.route = match.route;
    co_return response;
}

void Gateway::complete(const http::Request& request, const ServiceAnswer* from, http::Response& response) const {
    for (auto* const policy : std::views::reverse(edge_)) policy->on_answer(request, from, response);
}

Result<http::Response> Gateway::find_page(const http::Request& request, const http::Router::Match& match) const {
    if (match.outcome != http::Router::Outcome::found) return refuse(match.outcome, request);
    return std::get<Page>(endpoints_[match.payload])(request);
}

Task<Result<void>> Gateway::pass_on(const CallContext& ctx, const Call& call, rpc::CallInfo& info, const rpc::Message& message,
                                    rpc::Message& answer) {
    if (call.policies.around.empty()) return rpc::forward_unary(*call.channel, ctx, info, message, answer);
    return pass_around(ctx, call, info, message, answer);
}

Task<Result<void>> Gateway::pass_around(const CallContext& ctx, const Call& call, rpc::CallInfo& info,
                                        const rpc::Message& message, rpc::Message& answer) {
    // Policies get checked requests only.
    if (auto fine = rpc::check(*call.route->method, message); !fine) co_return fine;
    co_return co_await rpc::run_around(call.policies.around, info, ctx, message, answer, [&](const CallContext& inner) {
        return rpc::forward_unary(*call.channel, inner, info, message, answer);
    });
}

void Gateway::log_failure(const CallContext& ctx, const Call& call, const Result<void>& outcome) const {
    if (outcome || outcome.error().code() != Code::unavailable || outcome.error().cause().empty()) return;
    const auto& error = outcome.error();
    const auto method = rpc::full_name(*call.route->method);
    const auto body = std::string{method} + ' ' + std::string{code_name(error.code())} + ": " + error.cause();
    telemetry_.log.warn(ctx, "rpc.refused",
                        {{"rpc.method", method},
                         {"rpc.response.status_code", code_name(error.code())},
                         {"error.type", error.reason()},
                         {"error.message", error.cause()}},
                        body);
}

}  // namespace tw::gateway
