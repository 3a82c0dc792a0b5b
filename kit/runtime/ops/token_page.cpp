#include "kit/runtime/ops/token_page.hpp"

#include "kit/http/problem.hpp"
#include "kit/runtime/ops/operator_request.hpp"
#include "kit/runtime/reasons.hpp"

#include <array>

#include <boost/json.hpp>

namespace tw::runtime {
namespace {

constexpr std::string_view kTokenRoute = "/token";
constexpr std::array<std::string_view, 2> kTokenMembers{"role", "user"};
constexpr std::string_view kCustomer = "customer";

Result<boost::json::object> sign_token(const ProcessAuth* auth, const http::Request& request) {
    const auto asked = OperatorRequest::of_body(request, kTokenMembers);
    if (!asked) return asked.error();
    const auto* const issuer = auth == nullptr ? nullptr : auth->development();
    if (issuer == nullptr) {
        return Error{Code::failed_precondition, reason::kNoDevelopmentTokens,
                     "tokens for development need profile = dev and an operations port on loopback"};
    }
    const auto& user = asked->text("user");
    if (user.empty()) return invalid("/user", "is required");
    const auto& role = asked->text("role");
    auth::DevelopmentToken token{.subject = user};
    if (!role.empty() && role != kCustomer) {
        auto name = auth->name_of_role(role);
        if (!name) return invalid("/role", "must be customer, support, merchant or operator");
        token.roles.push_back(std::move(*name));
    }
    return boost::json::object{{"token", issuer->sign(token)}, {"expires_in", token.lifetime.count()}};
}

}  // namespace

http::Response token_page(const ProcessAuth* auth, const http::Request& request) {
    const auto answer = sign_token(auth, request);
    auto response =
        answer ? http::Response{.body = boost::json::serialize(*answer)} : http::problem(answer.error(), {}, request.path);
    response.headers.add("Cache-Control", "no-store");
    response.route = kTokenRoute;
    return response;
}

}  // namespace tw::runtime
