#include "services/gateway/gateway.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/call_observer.hpp"
#include "kit/rpc/policy_chain.hpp"
#include "proto/tradewind/options.pb.h"
#include "services/gateway/media_type.hpp"
#include "services/gateway/policed_call.hpp"
#include "services/gateway/request_reader.hpp"

#include <memory>
#include <optional>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

constexpr std::string_view kGrpcAllow = "OPTIONS, POST";

const FieldDescriptor* version_field(const rpc::Message& response) {
    const auto* field = response.GetDescriptor()->FindFieldByName("version");
    const bool fits = field != nullptr && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
    return fits ? field : nullptr;
}

/// Messages within an answer that change without its version.
std::vector<const FieldDescriptor*> unversioned_fields(const rpc::Message& response) {
    std::vector<const FieldDescriptor*> fields;
    const auto* type = response.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
        if (type->field(i)->options().GetExtension(tradewind::field).unversioned()) fields.push_back(type->field(i));
    }
    return fields;
}

/// The answer to OPTIONS, by HTTP's own rules and without a body.
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
            return Error{Code::unimplemented, "METHOD_NOT_ALLOWED",
                         "this path does not know the method " + request.method.substr(0, 32)};
        case http::Router::Outcome::malformed_path:
            return Error{Code::invalid_argument, "MALFORMED_PATH", "the path has a percent sign without two hexadecimal digits"};
        default:
            return Error{Code::not_found, "ROUTE_NOT_FOUND", "there is nothing at this path"};
    }
}

}  // namespace

Result<void> Gateway::add(std::span<const rpc::Route> routes, rpc::Channel& channel) {
    for (const auto& route : routes) {
        if (auto added = router_.add(route.verb, route.path, endpoints_.size()); !added) return added;
        const auto& answer = route.method->response_prototype();
        const Call call{&route, &channel, version_field(answer), unversioned_fields(answer),
                        rpc::MethodPolicies::of(policies_, *route.method)};
        endpoints_.emplace_back(call);
        methods_.emplace(route.method->path, call);
    }
    return {};
}

void Gateway::set_policies(std::span<rpc::Policy* const> policies) {
    policies_.assign(policies.begin(), policies.end());
    const auto choose = [&](Call& call) { call.policies = rpc::MethodPolicies::of(policies_, *call.route->method); };
    for (auto& endpoint : endpoints_) {
        if (auto* const call = std::get_if<Call>(&endpoint)) choose(*call);
    }
    for (auto& [path, call] : methods_) choose(call);
}

Result<void> Gateway::add_page(std::string_view path, Page page) {
    if (auto added = router_.add("GET", path, endpoints_.size()); !added) return added;
    endpoints_.emplace_back(std::move(page));
    return {};
}

Task<http::Response> Gateway::answer(const CallContext& ctx, const http::Request& request) const {
    if (const auto form = grpc_form(request); form && request.method == "POST") {
        co_return co_await answer_grpc(ctx, request, *form);
    }
    const auto match = router_.find(request.method, request.path);
    const auto* const meant = called(match);
    std::string_view allow = match.outcome == http::Router::Outcome::options ? std::string_view{match.allow} : "";
    std::optional<Result<http::Response>> answered;
    std::optional<PolicedCall> policed;
    if (meant != nullptr) {
        policed.emplace(*meant->route->method, meant->policies, request);
        answered.emplace(co_await policed->run<http::Response>(
            ctx, [&](const CallContext& inner) { return call(inner, *meant, request, match, policed->info()); }));
    } else if (request.method == "OPTIONS" && find_method(request.path) != nullptr) {
        allow = kGrpcAllow;
        answered.emplace(options(std::string{allow}));
    } else {
        answered.emplace(answer_alone(request, match));
    }
    auto response = *answered ? std::move(**answered) : http::problem(answered->error(), ctx.trace(), request.path);
    if (match.outcome == http::Router::Outcome::wrong_method) response.headers.add("allow", match.allow);
    if (meant != nullptr && response.status == 415) tell_accepted(request.method, response);
    if (policed) policed->add_fields(response);
    cors_.apply(request, allow, response);
    response.route = match.route;
    co_return response;
}

const Gateway::Call* Gateway::called(const http::Router::Match& match) const {
    return match.outcome == http::Router::Outcome::found ? std::get_if<Call>(&endpoints_[match.payload]) : nullptr;
}

Result<http::Response> Gateway::answer_alone(const http::Request& request, const http::Router::Match& match) const {
    if (match.outcome == http::Router::Outcome::options) return options(match.allow);
    if (match.outcome != http::Router::Outcome::found) return refuse(match.outcome, request);
    return std::get<Page>(endpoints_[match.payload])(request);
}

Task<Result<http::Response>> Gateway::call(const CallContext& ctx, const Call& call, const http::Request& request,
                                           const http::Router::Match& match, rpc::CallInfo& info) const {
    auto message = read_request(*call.route, request, match.variables);
    if (!message) co_return std::move(message).error();
    if (Preconditions::asked(request.headers)) {
        co_return co_await call_if(ctx, call, request, match, std::move(*message), info);
    }
    auto answer = co_await ask(ctx, call, &info, **message);
    if (!answer) co_return explain_plus(std::move(answer).error(), request.query);
    co_return write_response(call, **answer);
}

Task<Result<void>> Gateway::pass_on(const CallContext& ctx, const Call& call, rpc::CallInfo* info, const rpc::Message& message,
                                    rpc::Message& answer) const {
    const auto& method = *call.route->method;
    Result<void> done;
    if (info == nullptr || call.policies.around.empty()) {
        done = co_await call.channel->unary(ctx, method, message, answer);
    } else {
        // A policy gets checked requests only.
        if (auto fine = rpc::check(method, message); !fine) co_return fine;
        done = co_await rpc::run_around(call.policies.around, *info, ctx, message, answer, [&](const CallContext& inner) {
            return call.channel->unary(inner, method, message, answer);
        });
    }
    if (!done) log_failure(ctx, call, done.error());
    co_return done;
}

Task<Result<std::unique_ptr<rpc::Message>>> Gateway::ask(const CallContext& ctx, const Call& call, rpc::CallInfo* info,
                                                         const rpc::Message& message) const {
    std::unique_ptr<rpc::Message> answer{call.route->method->response_prototype().New()};
    if (auto done = co_await pass_on(ctx, call, info, message, *answer); !done) co_return std::move(done).error();
    co_return answer;
}

void Gateway::log_failure(const CallContext& ctx, const Call& call, const Error& error) const {
    if (log_ == nullptr || error.code() != Code::unavailable || error.cause().empty()) return;
    const auto method = rpc::full_name(*call.route->method);
    const auto body = std::string{method} + ' ' + std::string{code_name(error.code())} + ": " + error.cause();
    log_->warn(ctx, "rpc.refused",
               {{"rpc.method", method},
                {"rpc.response.status_code", code_name(error.code())},
                {"error.type", error.reason()},
                {"error.message", error.cause()}},
               body);
}

}  // namespace tw::gateway
