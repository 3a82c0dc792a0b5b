#include "services/gateway/gateway.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/adapter.hpp"
#include "kit/rpc/call/policy_chain.hpp"
#include "kit/rpc/call_observer.hpp"
#include "proto/tradewind/options.pb.h"
#include "services/gateway/media_type.hpp"
#include "services/gateway/policed_call.hpp"
#include "services/gateway/request_reader.hpp"

#include <memory>

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

/// Puts the request message into `message`, or says what is wrong with the request.
Result<void> read_message(const rpc::Route& route, const http::Request& request, const http::Router::Match& match,
                          std::unique_ptr<rpc::Message>& message) {
    auto read = read_request(route, request, match.variables);
    if (!read) return std::move(read).error();
    message = std::move(*read);
    return {};
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
    if (const auto form = grpc_form(request); form && request.method == "POST") return answer_grpc(ctx, request, *form);
    auto match = router_.find(request.method, request.path);
    if (const auto* const meant = called(match)) return answer_call(ctx, request, *meant, std::move(match));
    return answer_alone(ctx, request, std::move(match));
}

const Gateway::Call* Gateway::called(const http::Router::Match& match) const {
    return match.outcome == http::Router::Outcome::found ? std::get_if<Call>(&endpoints_[match.payload]) : nullptr;
}

Task<http::Response> Gateway::answer_call(const CallContext& ctx, const http::Request& request, const Call& call,
                                          http::Router::Match match) const {
    PolicedCall policed{*call.route->method, call.policies, request};
    auto& admission = policed.admission();
    auto asked = admission.ask(ctx);
    auto done = co_await std::move(asked);
    http::Response response;
    std::unique_ptr<rpc::Message> message;
    if (done) done = read_message(*call.route, request, match, message);
    if (done && Preconditions::asked(request.headers)) {
        auto answered = co_await call_if(admission.context(), call, request, match, std::move(message), policed.info());
        if (answered) response = std::move(*answered);
        if (!answered) done = std::move(answered).error();
    } else if (done) {
        const std::unique_ptr<rpc::Message> answer{call.route->method->response_prototype().New()};
        done = co_await pass_on(admission.context(), call, &policed.info(), *message, *answer);
        log_failure(ctx, call, done);
        if (done) response = write_response(call, *answer);
        if (!done) done = explain_plus(std::move(done).error(), request.query);
    }
    done = admission.conclude(std::move(done));
    admission.close();
    if (!done) response = http::problem(done.error(), ctx.trace(), request.path);
    if (response.status == 415) tell_accepted(request.method, response);
    policed.add_fields(response);
    cors_.apply(request, {}, response);
    response.route = match.route;
    co_return response;
}

Task<http::Response> Gateway::answer_alone(const CallContext& ctx, const http::Request& request,
                                           http::Router::Match match) const {
    auto allow = match.outcome == http::Router::Outcome::options ? match.allow : std::string{};
    if (request.method == "OPTIONS" && find_method(request.path) != nullptr) allow = kGrpcAllow;
    auto answered = allow.empty() ? find_page(request, match) : options(allow);
    auto response = answered ? std::move(*answered) : http::problem(answered.error(), ctx.trace(), request.path);
    if (match.outcome == http::Router::Outcome::wrong_method) response.headers.add("allow", match.allow);
    cors_.apply(request, allow, response);
    response.route = match.route;
    co_return response;
}

Result<http::Response> Gateway::find_page(const http::Request& request, const http::Router::Match& match) const {
    if (match.outcome != http::Router::Outcome::found) return refuse(match.outcome, request);
    return std::get<Page>(endpoints_[match.payload])(request);
}

Task<Result<void>> Gateway::pass_on(const CallContext& ctx, const Call& call, rpc::CallInfo* info, const rpc::Message& message,
                                    rpc::Message& answer) {
    if (info == nullptr || call.policies.around.empty()) return call.channel->unary(ctx, *call.route->method, message, answer);
    return pass_around(ctx, call, *info, message, answer);
}

Task<Result<void>> Gateway::pass_around(const CallContext& ctx, const Call& call, rpc::CallInfo& info,
                                        const rpc::Message& message, rpc::Message& answer) {
    // A policy gets checked requests only.
    if (auto fine = rpc::check(*call.route->method, message); !fine) co_return fine;
    co_return co_await rpc::run_around(call.policies.around, info, ctx, message, answer, [&](const CallContext& inner) {
        return call.channel->unary(inner, *call.route->method, message, answer);
    });
}

Task<Result<std::unique_ptr<rpc::Message>>> Gateway::ask(const CallContext& ctx, const Call& call, rpc::CallInfo* info,
                                                         const rpc::Message& message) const {
    std::unique_ptr<rpc::Message> answer{call.route->method->response_prototype().New()};
    auto done = co_await pass_on(ctx, call, info, message, *answer);
    log_failure(ctx, call, done);
    if (!done) co_return std::move(done).error();
    co_return answer;
}

void Gateway::log_failure(const CallContext& ctx, const Call& call, const Result<void>& outcome) const {
    if (outcome || log_ == nullptr || outcome.error().code() != Code::unavailable || outcome.error().cause().empty()) return;
    const auto& error = outcome.error();
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
