#include "kit/rpc/call_observer.hpp"

#include "kit/net/address.hpp"

#include <string>
#include <utility>

namespace tw::rpc {

void describe_callee(telemetry::Span& span, std::string_view authority) {
    if (authority.empty()) return;
    if (const auto address = net::Address::parse(authority)) {
        span.set("server.address", std::string_view{address->host});
        if (!address->is_local_socket()) span.set("server.port", static_cast<int>(address->port));
    }
}

CallObserver::CallObserver(telemetry::Meter& meter, const telemetry::Instrument& instrument, const Method& method,
                           std::string authority)
    : meter_{meter},
      instrument_{instrument},
      method_{method},
      authority_{std::move(authority)},
      span_attributes_{{{"rpc.system.name", "grpc"}, {"rpc.method", full_name(method)}}} {
    if (const auto address = net::Address::parse(authority_); !authority_.empty() && address) {
        span_attributes_.add("server.address", address->host);
        if (!address->is_local_socket()) span_attributes_.add("server.port", static_cast<int>(address->port));
    }
}

void CallObserver::record(Code code, bool failed, double seconds, const TraceContext& trace) {
    series_.record(code, seconds, trace, [&] { return bind(code, failed); });
}

telemetry::Histogram CallObserver::bind(Code code, bool failed) {
    const std::string status{code_name(code)};
    telemetry::MetricAttributes attributes{{"rpc.method", std::string{full_name(method_)}},
                                           {"rpc.response.status_code", status},
                                           {"rpc.system.name", std::string{"grpc"}}};
    if (failed) attributes.emplace_back("error.type", status);
    if (const auto address = net::Address::parse(authority_); !authority_.empty() && address) {
        attributes.emplace_back("server.address", address->host);
        if (!address->is_local_socket()) attributes.emplace_back("server.port", std::int64_t{address->port});
    }
    return meter_.histogram_with(instrument_, std::move(attributes));
}

}  // namespace tw::rpc
