#include "kit/otlp/transport/endpoint.hpp"

#include "kit/base/url_text.hpp"
#include "kit/http/client_url.hpp"

#include <algorithm>

namespace tw::otlp {
namespace {

/// Returns where the path begins. If there is no path, it returns where the query or fragment
/// begins, or the end.
std::size_t path_start(std::string_view url) {
    const auto scheme = url.find("://");
    return std::min(url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3), url.size());
}

Error not_followed(std::string_view location, std::string_view why) {
    return Error{Code::failed_precondition, "REDIRECT_NOT_FOLLOWED",
                 "the redirect to " + printable_url(location) + " is not followed: " + std::string{why}};
}

}  // namespace

std::string with_path(std::string_view url, std::string_view path) {
    url = url.substr(0, url.find('#'));
    const auto query = std::min(url.find('?'), url.size());
    auto base = url.substr(0, query);
    while (base.ends_with('/')) base.remove_suffix(1);
    return std::string{base}.append(path).append(url.substr(query));
}

std::string without_path(std::string_view url) { return std::string{url.substr(0, path_start(url))}; }

bool has_path_or_query(std::string_view url) {
    const auto rest = url.substr(path_start(url));
    return !rest.empty() && rest != "/";
}

Result<std::string> follow(std::string_view url, std::string_view location) {
    const auto scheme = url.substr(0, url.find("://"));
    std::string target;
    if (location.contains("://")) {
        target = location;
    } else if (location.starts_with("//")) {
        target = std::string{scheme} + ":" + std::string{location};
    } else if (location.starts_with('/')) {
        target = without_path(url) + std::string{location};
    } else {
        return not_followed(location, location.empty() ? "it names no target" : "it is relative");
    }
    const auto parsed = http::Url::parse(target);
    if (!parsed) return not_followed(location, "it is no http or https URL");
    const auto from = http::Url::parse(url);
    if (from && from->tls && !parsed->tls) return not_followed(location, "it leads from https to http");
    return target;
}

bool same_origin(std::string_view a, std::string_view b) {
    const auto one = http::Url::parse(a);
    const auto other = http::Url::parse(b);
    return one && other && one->tls == other->tls && one->address == other->address;
}

}  // namespace tw::otlp
