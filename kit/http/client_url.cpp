#include "kit/http/client_url.hpp"

#include "kit/base/url_text.hpp"
#include "kit/http/text.hpp"

#include <algorithm>

namespace tw::http {
namespace {

Error bad_url(std::string_view text, std::string_view why) {
    return Error{Code::invalid_argument, "INVALID_URL",
                 "\"" + printable_url(text) + "\" is not a URL to call: " + std::string{why}};
}

/// Takes the scheme and its separator off the front. Returns an empty view if there is no
/// separator.
std::string_view take_scheme(std::string_view& text) {
    constexpr std::string_view kSeparator = "://";
    const auto end = text.find(kSeparator);
    if (end == std::string_view::npos) return {};
    const auto scheme = text.substr(0, end);
    text.remove_prefix(end + kSeparator.size());
    return scheme;
}

bool has_port(std::string_view authority) {
    const auto bracket = authority.rfind(']');
    return authority.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    auto rest = text;
    const auto scheme = take_scheme(rest);
    Url url;
    url.tls = equals_ignoring_case(scheme, "https");
    if (!url.tls && !equals_ignoring_case(scheme, "http")) return bad_url(text, "it starts with neither http:// nor https://");

    rest = rest.substr(0, rest.find('#'));
    // A space or a line break here would end the request line early.
    if (std::ranges::any_of(rest, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; })) {
        return bad_url(text, "spaces and control characters are percent-encoded in URLs");
    }
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) return bad_url(text, "a user does not belong there");
    auto address =
        net::Address::parse(has_port(authority) ? std::string{authority} : std::string{authority} + (url.tls ? ":443" : ":80"));
    if (!address) return bad_url(text, address.error().detail());
    url.address = std::move(*address);

    rest.remove_prefix(authority.size());
    url.target = rest.starts_with('/') ? std::string{rest} : "/" + std::string{rest};
    return url;
}

}  // namespace tw::http
