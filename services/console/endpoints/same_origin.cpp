#include "services/console/endpoints/same_origin.hpp"

#include "services/console/reasons.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tw::console {
namespace {

Error cross_site(std::string detail) { return Error{Code::permission_denied, reason::kCrossSiteRequest, std::move(detail)}; }

}  // namespace

bool changes_something(const http::Request& request) {
    constexpr std::array<std::string_view, 3> kSafe{"GET", "HEAD", "OPTIONS"};
    return std::ranges::find(kSafe, request.method) == kSafe.end();
}

Result<void> check_same_origin(const http::Request& request) {
    if (request.headers.find("x-tradewind-console") != "1")
        return cross_site("a request that changes something needs the header field X-Tradewind-Console: 1");
    const auto type = request.headers.find("content-type").value_or("");
    if (!request.body.empty() && type.substr(0, type.find(';')) != "application/json")
        return cross_site("a request that changes something needs a body of the type application/json");
    const auto site = request.headers.find("sec-fetch-site");
    if (site && *site != "same-origin") return cross_site("the request comes from another site");
    const auto origin = request.headers.find("origin");
    const auto host = request.headers.find("host").value_or("");
    if (!site && origin && *origin != "http://" + std::string{host}) return cross_site("the request comes from another origin");
    return {};
}

}  // namespace tw::console
