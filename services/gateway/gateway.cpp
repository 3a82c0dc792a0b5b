#include "services/gateway/gateway.hpp"

#include "kit/http/json_mapping.hpp"
#include "kit/http/problem.hpp"
#include "services/gateway/entity_tag.hpp"
#include "services/gateway/request_reader.hpp"

#include <memory>

#include <google/protobuf/message.h>

namespace tw::gateway {
namespace {

using google::protobuf::FieldDescriptor;

http::Response write_response(const rpc::Message& message) {
    http::Response response;
    http::write_json(message, response.body);
    const auto* version = message.GetDescriptor()->FindFieldByName("version");
    if (version != nullptr && !version->is_repeated() && version->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        response.headers.add("etag", entity_tag(message.GetReflection()->GetInt64(message, version)));
    }
    return response;
}

/// The answer to OPTIONS, by HTTP's own rules and without a body.
http::Response options(const std::string& allow) {
    http::Response response{.status = 204};
    response.content_type.clear();
    response.headers.add("allow", allow);
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
        endpoints_.emplace_back(Call{&route, &channel});
    }
    return {};
}

Result<void> Gateway::add_page(std::string_view path, Page page) {
    if (auto added = router_.add("GET", path, endpoints_.size()); !added) return added;
    endpoints_.emplace_back(std::move(page));
    return {};
}

Task<http::Response> Gateway::answer(const CallContext& ctx, const http::Request& request) const {
    const auto match = router_.find(request.method, request.path);
    auto entered = co_await enter(ctx, request, match);
    auto response = entered ? std::move(*entered) : http::problem(entered.error(), ctx.trace(), request.path);
    if (match.outcome == http::Router::Outcome::wrong_method) response.headers.add("allow", match.allow);
    response.route = match.route;
    co_return response;
}

Task<Result<http::Response>> Gateway::enter(const CallContext& ctx, const http::Request& request,
                                            const http::Router::Match& match) const {
    if (match.outcome == http::Router::Outcome::options) co_return options(match.allow);
    if (match.outcome != http::Router::Outcome::found) co_return refuse(match.outcome, request);
    const auto& endpoint = endpoints_[match.payload];
    if (const auto* page = std::get_if<Page>(&endpoint)) co_return (*page)(request);
    co_return co_await call(ctx, std::get<Call>(endpoint), request, match);
}

Task<Result<http::Response>> Gateway::call(const CallContext& ctx, const Call& call, const http::Request& request,
                                           const http::Router::Match& match) {
    auto message = read_request(*call.route, request, match.variables);
    if (!message) co_return std::move(message).error();
    const auto& method = *call.route->method;
    const std::unique_ptr<rpc::Message> answer{method.response_prototype().New()};
    auto done = co_await call.channel->unary(ctx, method, **message, *answer);
    if (!done) co_return std::move(done).error();
    co_return write_response(*answer);
}

}  // namespace tw::gateway
