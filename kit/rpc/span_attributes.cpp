#include "kit/rpc/span_attributes.hpp"

#include "kit/net/address.hpp"

namespace tw::rpc {

void describe_call(telemetry::Span& span, const Method& method, std::string_view authority) {
    span.set("rpc.system.name", "grpc");
    span.set("rpc.method", full_name(method));
    if (authority.empty()) return;
    if (const auto address = net::Address::parse(authority)) {
        span.set("server.address", std::string_view{address->host});
        span.set("server.port", static_cast<int>(address->port));
    }
}

}  // namespace tw::rpc
