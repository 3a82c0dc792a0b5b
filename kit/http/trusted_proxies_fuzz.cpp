#include "kit/http/trusted_proxies.hpp"
#include "kit/testing/fuzz_input.hpp"

// Fuzzes what is read of X-Forwarded-For, X-Forwarded-Proto and Forwarded. Nobody but a trusted
// proxy is believed, and what a client has written in front of it changes nothing.
namespace tw::http {
namespace {

using test::require;

constexpr const char* kProxy = "10.0.0.1";

void try_client(const TrustedProxies& proxies, std::string_view list, std::string_view proto) {
    const bool forwarded = proxies.header() == ProxyHeader::forwarded;
    const std::string field = forwarded ? "Forwarded" : "X-Forwarded-For";
    Headers headers;
    headers.add(field, std::string{list});
    if (!forwarded) headers.add("X-Forwarded-Proto", std::string{proto});
    const auto client = proxies.client_of(headers, kProxy, false);
    require(parse_ip(client.address).has_value(), "a client is an address");
    require(proxies.client_of(headers, kProxy, false) == client, "a field has one meaning");

    // The last proxy has added its client, which is not trusted. Whatever stands before, counts no
    // more. A malformed field of RFC 7239 counts for nothing as a whole.
    Headers extended;
    extended.add(field, std::string{list});
    extended.add(field, forwarded ? "for=192.0.2.7" : "192.0.2.7");
    const auto last = proxies.client_of(extended, kProxy, false).address;
    require(last == "192.0.2.7" || (forwarded && last == kProxy), "a client is not believed");
}

}  // namespace
}  // namespace tw::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw::http;
    static const auto x_forwarded = TrustedProxies::of("10.0.0.0/8,fd00::/8", ProxyHeader::x_forwarded).value();
    static const auto forwarded = TrustedProxies::of("10.0.0.0/8,fd00::/8", ProxyHeader::forwarded).value();
    tw::test::FuzzInput input{bytes, size};
    const auto proto = input.take(input.byte() % 8);
    const auto list = input.rest();
    try_client(x_forwarded, list, proto);
    try_client(forwarded, list, proto);
    if (const auto elements = read_forwarded(list)) {
        tw::test::require(elements->size() <= list.size() + 1, "elements are separated by commas");
    }
    static_cast<void>(TrustedProxies::of(list, ProxyHeader::forwarded));
    return 0;
}
